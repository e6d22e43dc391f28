/* Reads the format of LIBSVM (Chang and Lin 2011, ACM TIST 2:27), line by line. */
#include "samples.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct reader {
    const char *path;
    FILE *file;
    char *line;
    size_t line_B;
    long number;
    XXH3_state_t *hasher;
    struct tw_sparse_samples *samples;
    size_t sample_room, entry_room;
    double *labels; /* per sample */
};

static tw_status wrong(const struct reader *reader, struct tw_err *err, const char *what)
{
    tw_err_set(err, TW_CORRUPT, "%s:%ld: %s", reader->path, reader->number, what);
    return tw_err_hint(err, TW_CORRUPT, "LIBSVM format: +1 3:0.5 17:1");
}

static void *grow(void *old, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : realloc(old, bytes);
}

/* Room for one more sample (and the end of the starts). */
static int room_for_sample(struct reader *reader)
{
    struct tw_sparse_samples *s = reader->samples;

    if (s->count + 1 < reader->sample_room)
        return 1;
    const size_t room = 2 * reader->sample_room + 1024;
    uint64_t *starts = grow(s->starts, room, sizeof *starts);
    if (starts)
        s->starts = starts;
    double *labels = grow(reader->labels, room, sizeof *labels);
    if (labels)
        reader->labels = labels;
    if (!starts || !labels)
        return 0;
    reader->sample_room = room;
    return 1;
}

static int room_for_entry(struct reader *reader, uint64_t entries)
{
    struct tw_sparse_samples *s = reader->samples;

    if (entries < reader->entry_room)
        return 1;
    const size_t room = 2 * reader->entry_room + 8192;
    uint32_t *columns = grow(s->columns, room, sizeof *columns);
    if (columns)
        s->columns = columns;
    double *values = grow(s->values, room, sizeof *values);
    if (values)
        s->values = values;
    if (!columns || !values)
        return 0;
    reader->entry_room = room;
    return 1;
}

/* A finite number up to white space or the end; *at moves behind it. */
static int take_real(char **at, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(*at, &end);
    if (end == *at || !isfinite(*value) || (*end != '\0' && !isspace((unsigned char)*end)))
        return 0;
    *at = end;
    return 1;
}

static void skip_space(char **at)
{
    while (isspace((unsigned char)**at))
        (*at)++;
}

/* index:value pairs up to the end of the line. */
static tw_status parse_entries(struct reader *reader, char *at, struct tw_err *err)
{
    struct tw_sparse_samples *s = reader->samples;
    uint64_t entries = s->starts[s->count], last = 0;

    for (skip_space(&at); *at; skip_space(&at)) {
        char *end;
        double value;

        if (!isdigit((unsigned char)*at))
            return wrong(reader, err, "an entry is not index:value");
        errno = 0;
        const unsigned long long index = strtoull(at, &end, 10);
        if (errno || index < 1 || index > 0x7fffffffU)
            return wrong(reader, err, "an index is not in 1 to 2147483647");
        if (*end != ':')
            return wrong(reader, err, "an entry is not index:value");
        if (index <= last)
            return wrong(reader, err, "indices are not in ascending order");
        at = end + 1;
        if (isspace((unsigned char)*at) || !take_real(&at, &value))
            return wrong(reader, err, "a value is not a finite number");
        if (!room_for_entry(reader, entries))
            return tw_err_set(err, TW_MEMORY, "%s: no memory for its entries", reader->path);
        s->columns[entries] = (uint32_t)index - 1;
        s->values[entries++] = value;
        last = index;
    }
    if (last > s->features)
        s->features = (uint32_t)last;
    s->starts[++s->count] = entries;
    return TW_OK;
}

static tw_status parse_line(struct reader *reader, struct tw_err *err)
{
    struct tw_sparse_samples *s = reader->samples;
    char *at = reader->line;

    at[strcspn(at, "#")] = '\0';
    skip_space(&at);
    if (!*at)
        return TW_OK;
    if (s->count == 0x7fffffffU || !room_for_sample(reader))
        return tw_err_set(err, TW_MEMORY, "%s: no memory for its samples", reader->path);
    if (s->count == 0)
        s->starts[0] = 0;
    if (!take_real(&at, &reader->labels[s->count]))
        return wrong(reader, err, "the label is not a finite number");
    return parse_entries(reader, at, err);
}

static tw_status read_lines(struct reader *reader, struct tw_err *err)
{
    ssize_t length;

    while ((length = getline(&reader->line, &reader->line_B, reader->file)) >= 0) {
        reader->number++;
        XXH3_64bits_update(reader->hasher, reader->line, (size_t)length);
        if (strlen(reader->line) != (size_t)length)
            return wrong(reader, err, "a zero byte: not a text");
        const tw_status status = parse_line(reader, err);
        if (status != TW_OK)
            return status;
    }
    if (ferror(reader->file))
        return tw_err_set(err, TW_IO, "%s: reading failed", reader->path);
    if (reader->samples->count == 0)
        return tw_err_set(err, TW_CORRUPT, "%s: no samples", reader->path);
    return TW_OK;
}

/* The greater of the two labels is positive. */
static tw_status assign_classes(struct reader *reader, struct tw_err *err)
{
    struct tw_sparse_samples *s = reader->samples;
    double least = reader->labels[0], most = reader->labels[0];

    for (uint32_t i = 1; i < s->count; i++) {
        least = fmin(least, reader->labels[i]);
        most = fmax(most, reader->labels[i]);
    }
    if (!(least < most))
        return tw_err_set(err, TW_CORRUPT, "%s: all labels are %g: one class only", reader->path,
                          least);
    s->positive = malloc(s->count);
    if (!s->positive)
        return tw_err_set(err, TW_MEMORY, "%s: no memory for its labels", reader->path);
    for (uint32_t i = 0; i < s->count; i++) {
        if (reader->labels[i] != least && reader->labels[i] != most)
            return tw_err_set(err, TW_CORRUPT,
                              "%s: labels %g, %g and %g: more than the two classes of a binary "
                              "problem",
                              reader->path, least, reader->labels[i], most);
        s->positive[i] = reader->labels[i] == most;
    }
    return TW_OK;
}

tw_status tw_libsvm_read(const char *path, struct tw_sparse_samples *samples, struct tw_err *err)
{
    struct reader reader = {.path = path, .samples = samples};
    tw_status status;

    *samples = (struct tw_sparse_samples){0};
    reader.file = fopen(path, "re");
    if (!reader.file)
        return tw_err_set(err, TW_IO, "%s: %s", path, strerror(errno));
    reader.hasher = XXH3_createState();
    if (!reader.hasher || XXH3_64bits_reset(reader.hasher) == XXH_ERROR) {
        status = tw_err_set(err, TW_MEMORY, "%s: no memory", path);
        goto done;
    }
    status = read_lines(&reader, err);
    if (status == TW_OK)
        status = assign_classes(&reader, err);
    if (status == TW_OK && samples->features == 0)
        status = tw_err_set(err, TW_CORRUPT, "%s: no features", path);
    samples->hash = XXH3_64bits_digest(reader.hasher);
done:
    if (status != TW_OK)
        tw_sparse_samples_free(samples);
    XXH3_freeState(reader.hasher);
    free(reader.labels);
    free(reader.line);
    fclose(reader.file);
    return status;
}
