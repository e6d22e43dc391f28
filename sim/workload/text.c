/* Named texts. jargon: "The Jargon File, version 4.0.0, 24 JUL 1996", which says of itself that it
 * is in the public domain; 1,546,705 bytes of 100 different values, as GNU info has it. */
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

#define LENGTH_MAX ((uint64_t)1 << 30)

const char *const tw_text_names[] = {"jargon", NULL};

static const struct source {
    const char *package, *file; /* Debian's; below /usr/share/info */
} sources[] = {{"jargon", "jargon.info.gz"}};

tw_status tw_text_path(int index, char *path, size_t size, struct tw_err *err)
{
    const char *root = getenv("THINWIRE_DATA");
    int length;

    if (root && *root)
        length = snprintf(path, size, "%s/%s/%s", root, tw_text_names[index], sources[index].file);
    else
        length = snprintf(path, size, "/usr/share/info/%s", sources[index].file);
    if (length < 0 || (size_t)length >= size)
        return tw_err_set(err, TW_IO, "THINWIRE_DATA: the path is longer than %zu bytes", size);
    return TW_OK;
}

static tw_status say_package(int index, tw_status status, struct tw_err *err)
{
    return tw_err_hint(err, status,
                       "install the Debian package %s, or set THINWIRE_DATA to the directory that "
                       "holds %s/, or name a text by file",
                       sources[index].package, tw_text_names[index]);
}

tw_status tw_text_check(int index, struct tw_err *err)
{
    char path[PATH_MAX];
    const tw_status status = tw_text_path(index, path, sizeof path, err);

    if (status != TW_OK)
        return status;
    if (access(path, R_OK) == 0)
        return TW_OK;
    tw_err_set(err, TW_IO, "text %s: %s: %s", tw_text_names[index], path, strerror(errno));
    return say_package(index, TW_IO, err);
}

/* Appends up to the room; *ended at the end of the text. */
static tw_status read_some(gzFile file, const char *path, struct tw_text *text, uint64_t room,
                           int *ended, struct tw_err *err)
{
    const uint64_t left = room - text->length;
    const int got = gzread(file, text->symbols + text->length, (unsigned)left);
    int code;
    const char *said = gzerror(file, &code);

    if (code == Z_ERRNO)
        return tw_err_set(err, TW_IO, "%s: %s", path, strerror(errno));
    if (got < 0 || code != Z_OK)
        return tw_err_set(err, TW_CORRUPT, "%s: gzip data is damaged or cut off (%s)", path, said);
    text->length += (uint64_t)got;
    *ended = (uint64_t)got < left;
    return TW_OK;
}

static tw_status read_all(gzFile file, const char *path, struct tw_text *text, struct tw_err *err)
{
    uint64_t room = 0;
    int ended = 0;

    while (!ended) {
        const uint64_t wanted = room ? 2 * room : (uint64_t)1 << 20;
        uint8_t *grown;
        tw_status status;

        if (room >= LENGTH_MAX)
            return tw_err_set(err, TW_RANGE, "%s: longer than 1 GiB", path);
        grown = realloc(text->symbols, wanted);
        if (!grown)
            return tw_err_set(err, TW_MEMORY, "%s: no memory for %llu bytes", path,
                              (unsigned long long)wanted);
        text->symbols = grown;
        room = wanted;
        status = read_some(file, path, text, room, &ended, err);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

static tw_status number_symbols(const char *path, struct tw_text *text, struct tw_err *err)
{
    uint8_t symbol[256] = {0}, seen[256] = {0};

    text->hash = XXH3_64bits(text->symbols, text->length);
    for (uint64_t i = 0; i < text->length; i++)
        seen[text->symbols[i]] = 1;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (!seen[byte])
            continue;
        text->bytes[text->vocabulary] = (uint8_t)byte;
        symbol[byte] = (uint8_t)text->vocabulary++;
    }
    if (text->vocabulary < 2)
        return tw_err_set(err, TW_CORRUPT, "%s: no text of at least two different bytes", path);
    for (uint64_t i = 0; i < text->length; i++)
        text->symbols[i] = symbol[text->symbols[i]];
    return TW_OK;
}

tw_status tw_text_open(int index, const char *file, struct tw_text *text, struct tw_err *err)
{
    char path[PATH_MAX];
    tw_status status = TW_OK;
    gzFile opened = NULL;

    *text = (struct tw_text){0};
    if (!file[0]) {
        status = tw_text_path(index, path, sizeof path, err);
        if (status != TW_OK)
            return status;
    }
    errno = 0;
    opened = gzopen(file[0] ? file : path, "rbe");
    if (opened)
        status = read_all(opened, file[0] ? file : path, text, err);
    else
        status = tw_err_set(err, errno ? TW_IO : TW_MEMORY, "%s: %s", file[0] ? file : path,
                            errno ? strerror(errno) : "no memory to read it");
    if (opened)
        gzclose_r(opened);
    if (status == TW_OK)
        status = number_symbols(file[0] ? file : path, text, err);
    if (status == TW_IO && !file[0])
        status = say_package(index, status, err);
    if (status != TW_OK)
        tw_text_close(text);
    return status;
}

void tw_text_close(struct tw_text *text)
{
    free(text->symbols);
    *text = (struct tw_text){0};
}
