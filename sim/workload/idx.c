/* IDX (Y. LeCun, "The MNIST database of handwritten digits"): two zero bytes, a type (8: unsigned
 * byte), the number of dimensions, each size as a big-endian u32, then the values row-major. */
#include "idx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

/* A file in memory, given out piece by piece, inflated where it is gzip. */
struct source {
    const char *path;
    uint8_t *bytes;
    size_t size, at;
    int gzip, ended;
    z_stream inflater;
};

static tw_status read_whole(int file, struct source *source, struct tw_err *err)
{
    struct stat about;
    size_t have = 0;

    if (fstat(file, &about) != 0)
        return tw_err_set(err, TW_IO, "%s: %s", source->path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return tw_err_set(err, TW_IO, "%s: not a regular file", source->path);
    source->bytes = malloc((size_t)about.st_size + 1);
    if (!source->bytes)
        return tw_err_set(err, TW_MEMORY, "%s: no memory for %lld bytes", source->path,
                          (long long)about.st_size);
    while (have < (size_t)about.st_size) {
        const ssize_t got = read(file, source->bytes + have, (size_t)about.st_size - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tw_err_set(err, TW_IO, "%s: %s", source->path, strerror(errno));
        if (got == 0)
            break;
        have += (size_t)got;
    }
    source->size = have;
    return TW_OK;
}

static tw_status source_open(struct source *source, struct tw_err *err)
{
    tw_status status;
    const int file = open(source->path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return tw_err_set(err, TW_IO, "%s: %s", source->path, strerror(errno));
    status = read_whole(file, source, err);
    close(file);
    if (status != TW_OK)
        return status;
    if (source->size < 2 || source->bytes[0] != 0x1f || source->bytes[1] != 0x8b)
        return TW_OK;
    if (inflateInit2(&source->inflater, 16 + MAX_WBITS) != Z_OK)
        return tw_err_set(err, TW_MEMORY, "%s: no memory to inflate it", source->path);
    source->gzip = 1;
    source->inflater.next_in = source->bytes;
    return TW_OK;
}

static void source_close(struct source *source)
{
    if (source->gzip)
        inflateEnd(&source->inflater);
    free(source->bytes);
}

static tw_status inflate_some(struct source *source, uint8_t *out, size_t want, size_t *got,
                              struct tw_err *err)
{
    z_stream *z = &source->inflater;

    while (*got < want && !source->ended) {
        const size_t room = want - *got;
        const size_t left = source->size - source->at;
        const uInt in = left < 1U << 30 ? (uInt)left : 1U << 30;
        const uInt space = room < 1U << 30 ? (uInt)room : 1U << 30;
        int code;

        z->next_in = source->bytes + source->at;
        z->avail_in = in;
        z->next_out = out + *got;
        z->avail_out = space;
        code = inflate(z, Z_NO_FLUSH);
        source->at += in - z->avail_in;
        *got += space - z->avail_out;
        if (code == Z_STREAM_END)
            source->ended = 1;
        else if (code == Z_BUF_ERROR || (code == Z_OK && in == 0))
            break; /* the input ended early: the caller sees fewer bytes than it wanted */
        else if (code != Z_OK)
            return tw_err_set(err, TW_CORRUPT, "%s: gzip data is damaged (%s)", source->path,
                              z->msg ? z->msg : "inflate failed");
    }
    return TW_OK;
}

/* Up to `want` bytes; fewer only at the end. */
static tw_status take(struct source *source, uint8_t *out, size_t want, size_t *got,
                      struct tw_err *err)
{
    *got = 0;
    if (source->gzip)
        return inflate_some(source, out, want, got, err);
    *got = source->size - source->at < want ? source->size - source->at : want;
    memcpy(out, source->bytes + source->at, *got);
    source->at += *got;
    return TW_OK;
}

static tw_status read_header(struct source *source, int dimensions, struct tw_idx *idx,
                             struct tw_err *err)
{
    uint8_t header[4 + 4 * TW_IDX_DIMENSIONS] = {0};
    const size_t want = 4 + 4 * (size_t)dimensions;
    size_t got;
    tw_status status = take(source, header, want, &got, err);

    if (status != TW_OK)
        return status;
    if (got < want)
        return tw_err_set(err, TW_CORRUPT, "%s: truncated: %zu of %zu header bytes", source->path,
                          got, want);
    if (header[0] || header[1] || header[2] != 8 || header[3] != dimensions)
        return tw_err_set(err, TW_CORRUPT,
                          "%s: not an IDX file of unsigned bytes with %d dimensions "
                          "(it starts %02x %02x %02x %02x)",
                          source->path, dimensions, header[0], header[1], header[2], header[3]);
    idx->dimensions = dimensions;
    idx->count = 1;
    for (int i = 0; i < dimensions; i++) {
        const uint8_t *at = header + 4 + 4 * (size_t)i;
        idx->size[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        if (__builtin_mul_overflow(idx->count, (uint64_t)idx->size[i], &idx->count))
            return tw_err_set(err, TW_CORRUPT, "%s: its sizes overflow", source->path);
    }
    /* deflate never does better than 1032 : 1, so larger sizes are a lie, and cost no memory */
    if (idx->count / 1032 > source->size)
        return tw_err_set(err, TW_CORRUPT, "%s: truncated: the header promises %llu values",
                          source->path, (unsigned long long)idx->count);
    return TW_OK;
}

static tw_status read_values(struct source *source, struct tw_idx *idx, struct tw_err *err)
{
    uint8_t more;
    size_t got;
    tw_status status;

    idx->values = malloc(idx->count + 1);
    if (!idx->values)
        return tw_err_set(err, TW_MEMORY, "%s: no memory for %llu bytes", source->path,
                          (unsigned long long)idx->count);
    status = take(source, idx->values, idx->count, &got, err);
    if (status != TW_OK)
        return status;
    if (got < idx->count)
        return tw_err_set(err, TW_CORRUPT, "%s: truncated: %zu of %llu values", source->path, got,
                          (unsigned long long)idx->count);
    status = take(source, &more, 1, &got, err); /* reaches the check sum of gzip, too */
    if (status != TW_OK)
        return status;
    if (got || source->at < source->size)
        return tw_err_set(err, TW_CORRUPT, "%s: longer than its header says", source->path);
    if (source->gzip && !source->ended)
        return tw_err_set(err, TW_CORRUPT, "%s: truncated: gzip's check sum is missing",
                          source->path);
    return TW_OK;
}

tw_status tw_idx_read(const char *path, int dimensions, struct tw_idx *idx, struct tw_err *err)
{
    struct source source = {.path = path};
    tw_status status;

    *idx = (struct tw_idx){0};
    status = source_open(&source, err);
    if (status == TW_OK)
        status = read_header(&source, dimensions, idx, err);
    if (status == TW_OK)
        status = read_values(&source, idx, err);
    if (status == TW_OK)
        idx->hash = XXH3_64bits(source.bytes, source.size);
    else
        tw_idx_free(idx);
    source_close(&source);
    return status;
}

void tw_idx_free(struct tw_idx *idx)
{
    free(idx->values);
    *idx = (struct tw_idx){0};
}
