/* Reads the layout of a recording, line by line. */
#include "tensor_csv.h"

#include <ctype.h>
#include <errno.h>
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
    int has_vector;
    XXH3_state_t *hasher;
    struct tw_model *model;
    int capacity;
};

static tw_status wrong(const struct reader *reader, struct tw_err *err, const char *what)
{
    return tw_err_set(err, TW_CORRUPT, "%s:%ld: %s", reader->path, reader->number, what);
}

/* 1: a line without its end is in reader->line; 0: end of file or a failure (see ferror). */
static int next_line(struct reader *reader)
{
    const ssize_t length = getline(&reader->line, &reader->line_B, reader->file);

    if (length < 0)
        return 0;
    reader->number++;
    XXH3_64bits_update(reader->hasher, reader->line, (size_t)length);
    reader->line[strcspn(reader->line, "\r\n")] = '\0';
    return 1;
}

/* A whole number up to a comma or the end; *at moves behind it. */
static int take_number(char **at, uint64_t *value)
{
    char *end;

    if (!isdigit((unsigned char)**at))
        return 0;
    errno = 0;
    *value = strtoull(*at, &end, 10);
    if (errno || (*end != ',' && *end != '\0'))
        return 0;
    *at = *end == ',' ? end + 1 : end;
    return 1;
}

static tw_status parse_tensor(struct reader *reader, struct tw_tensor *tensor, struct tw_err *err)
{
    char *at = strchr(reader->line, ',');
    const size_t length = at ? (size_t)(at - reader->line) : 0;
    uint64_t vector = 0;

    *tensor = (struct tw_tensor){0};
    if (length < 1 || length >= sizeof tensor->name)
        return wrong(reader, err, "a name of 1 to 63 bytes and a comma were expected");
    memcpy(tensor->name, reader->line, length);
    at++;
    if (!take_number(&at, &tensor->offset) || !take_number(&at, &tensor->rows) ||
        !take_number(&at, &tensor->columns) || (reader->has_vector && !take_number(&at, &vector)) ||
        *at != '\0')
        return wrong(reader, err, "the line has not the columns that the header names");
    if (vector > 1)
        return wrong(reader, err, "vector is neither 0 nor 1");
    tensor->vector = reader->has_vector ? (int)vector : tensor->rows == 1;
    if (tensor->vector && tensor->rows != 1)
        return wrong(reader, err, "a vector has one row");
    return TW_OK;
}

static tw_status add_tensor(struct reader *reader, struct tw_tensor *tensor, struct tw_err *err)
{
    struct tw_model *model = reader->model;
    uint64_t size;

    if (tensor->offset != model->dimension)
        return tw_err_set(err, TW_CORRUPT,
                          "%s:%ld: offset %llu leaves a hole or an overlap: the "
                          "tensors above end at %llu",
                          reader->path, reader->number, (unsigned long long)tensor->offset,
                          (unsigned long long)model->dimension);
    if (__builtin_mul_overflow(tensor->rows, tensor->columns, &size) ||
        __builtin_add_overflow(model->dimension, size, &model->dimension))
        return wrong(reader, err, "the sizes overflow");
    if (model->count == reader->capacity) {
        const int capacity = reader->capacity ? 2 * reader->capacity : 16;
        void *grown = realloc(model->tensors, (size_t)capacity * sizeof *model->tensors);
        if (!grown)
            return tw_err_set(err, TW_MEMORY, "%s: no memory", reader->path);
        model->tensors = grown;
        reader->capacity = capacity;
    }
    tensor->id = (uint32_t)model->count;
    model->tensors[model->count++] = *tensor;
    return TW_OK;
}

static tw_status read_lines(struct reader *reader, struct tw_err *err)
{
    if (!next_line(reader))
        return ferror(reader->file) ? tw_err_set(err, TW_IO, "%s: reading failed", reader->path)
                                    : wrong(reader, err, "the file is empty");
    reader->has_vector = strcmp(reader->line, "name,offset,rows,columns,vector") == 0;
    if (!reader->has_vector && strcmp(reader->line, "name,offset,rows,columns") != 0)
        return wrong(reader, err, "the first line is not name,offset,rows,columns[,vector]");
    while (next_line(reader)) {
        struct tw_tensor tensor;
        tw_status status = parse_tensor(reader, &tensor, err);
        if (status == TW_OK)
            status = add_tensor(reader, &tensor, err);
        if (status != TW_OK)
            return status;
    }
    if (ferror(reader->file))
        return tw_err_set(err, TW_IO, "%s: reading failed", reader->path);
    return TW_OK;
}

tw_status tw_tensor_csv_read(const char *path, uint64_t dimension, struct tw_model *model,
                             uint64_t *hash, struct tw_err *err)
{
    struct reader reader = {.path = path, .model = model};
    tw_status status;

    *model = (struct tw_model){0};
    reader.file = fopen(path, "re");
    if (!reader.file)
        return tw_err_set(err, TW_IO, "%s: %s", path, strerror(errno));
    reader.hasher = XXH3_createState();
    if (!reader.hasher || XXH3_64bits_reset(reader.hasher) == XXH_ERROR) {
        status = tw_err_set(err, TW_MEMORY, "%s: no memory", path);
        goto done;
    }
    status = read_lines(&reader, err);
    if (status == TW_OK && model->dimension != dimension)
        status =
            tw_err_set(err, TW_CORRUPT, "%s: its tensors hold %llu values, the recording has %llu",
                       path, (unsigned long long)model->dimension, (unsigned long long)dimension);
    *hash = XXH3_64bits_digest(reader.hasher);
done:
    if (status != TW_OK)
        tw_model_free(model);
    XXH3_freeState(reader.hasher);
    free(reader.line);
    fclose(reader.file);
    return status;
}
