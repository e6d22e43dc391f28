/* Opens recordings: files, shapes, tensors. */
#include "recording.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include "tensor_csv.h"

enum { RANKS_MAX = 65536, PATH_B = 1024 };

struct tw_recorded_file {
    struct tw_mapping map;
    struct tw_arrays arrays; /* of .npy: one, called "" */
};

int tw_recording_rank_file(const char *file, uint64_t rank, char *path, size_t size)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *end = name + strlen(name), *at;
    int length;

    while (end > name && !isdigit((unsigned char)end[-1]))
        end--;
    for (at = end; at > name && isdigit((unsigned char)at[-1]);)
        at--;
    if (at == end || strspn(at, "0") != (size_t)(end - at))
        return 0;
    length = snprintf(path, size, "%.*s%0*llu%s", (int)(at - file), file, (int)(end - at),
                      (unsigned long long)rank, end);
    return length > 0 && (size_t)length < size;
}

/* ---- one file ---- */

/* One array without a name; arrays_add wants one. */
static tw_status parse_npy(struct tw_recorded_file *file, struct tw_err *err)
{
    struct tw_npy npy;
    tw_status status = tw_npy_parse(file->map.bytes, file->map.size, &npy, err);

    if (status == TW_OK)
        status = tw_arrays_add(&file->arrays, "npy", 3, &npy, NULL, err);
    if (status == TW_OK)
        file->arrays.list[0].name[0] = '\0';
    return status;
}

static tw_status open_file(const char *path, struct tw_recorded_file *file, struct tw_err *err)
{
    struct tw_err inner = {0};
    tw_status status = tw_mapping_open(path, &file->map, err);
    const uint8_t *bytes = file->map.bytes;
    const size_t size = file->map.size;

    if (status != TW_OK)
        return status;
    if (size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        status = parse_npy(file, &inner);
    else if (size >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0))
        status = tw_npz_parse(bytes, size, &file->arrays, &inner);
    else if (size >= 9 && bytes[8] == '{')
        status = tw_safetensors_parse(bytes, size, &file->arrays, &inner);
    else
        status = tw_err_set(&inner, TW_CORRUPT, "neither .npy nor .npz nor safetensors");
    if (status == TW_OK)
        return TW_OK;
    tw_err_set(err, status, "%s: %s", path, inner.text);
    return tw_err_hint(err, status, "%s", inner.hint);
}

static void close_file(struct tw_recorded_file *file)
{
    tw_arrays_free(&file->arrays);
    tw_mapping_close(&file->map);
}

/* ---- shapes ---- */

static const char *expected_shape(const struct tw_recording *self, int named)
{
    if (self->per_rank)
        return named ? "(steps, …shape of the tensor)" : "(steps, d)";
    return named ? "(steps, ranks, …shape of the tensor)" : "(steps, ranks, d) or (steps, d)";
}

static tw_status wrong_shape(const struct tw_recording *self, const char *path,
                             const struct tw_array *array, struct tw_err *err)
{
    const int named = array->name[0] != '\0';

    tw_err_set(err, TW_CORRUPT, "%s: %s%s%san array of %d dimensions and %llu values", path,
               named ? "'" : "", array->name, named ? "': " : "", array->npy.dimensions,
               (unsigned long long)array->npy.count);
    return tw_err_hint(err, TW_CORRUPT, "a recording is shaped %s%s", expected_shape(self, named),
                       self->per_rank ? ", a file per rank" : "");
}

/* How many of the array's dimensions count steps and ranks; 0: it has not the shape. */
static int leading(const struct tw_recording *self, const struct tw_array *array)
{
    const int dimensions = array->npy.dimensions, named = array->name[0] != '\0';

    if (array->npy.count == 0)
        return 0;
    if (named)
        return self->per_rank ? dimensions >= 1 : dimensions >= 2 ? 2 : 0;
    if (self->per_rank)
        return dimensions == 2;
    return dimensions == 3 ? 2 : dimensions == 2;
}

/* Steps and ranks of the first array, which all others share. */
static tw_status take_counts(struct tw_recording *self, const char *path, int file,
                             struct tw_err *err)
{
    const struct tw_arrays *arrays = &self->files[file].arrays;

    for (int i = 0; i < arrays->count; i++) {
        const struct tw_array *array = &arrays->list[i];
        const int lead = leading(self, array);
        const uint64_t steps = array->npy.shape[0], ranks = lead == 2 ? array->npy.shape[1] : 1;

        if (lead == 0)
            return wrong_shape(self, path, array, err);
        if (file == 0 && i == 0) {
            self->steps = steps;
            self->ranks = ranks;
        }
        if (steps != self->steps || (!self->per_rank && ranks != self->ranks))
            return tw_err_set(
                err, TW_CORRUPT,
                "%s: '%s' has %llu steps of %llu ranks, what is before it %llu of %llu", path,
                array->name, (unsigned long long)steps, (unsigned long long)ranks,
                (unsigned long long)self->steps, (unsigned long long)self->ranks);
    }
    return TW_OK;
}

/* A file of another rank holds the same tensors in the same order. */
static tw_status compare_files(const struct tw_recording *self, int file, const char *path,
                               struct tw_err *err)
{
    const struct tw_arrays *first = &self->files[0].arrays, *other = &self->files[file].arrays;

    if (first->count != other->count)
        return tw_err_set(err, TW_CORRUPT, "%s: it holds %d arrays, the file of rank 0 has %d",
                          path, other->count, first->count);
    for (int i = 0; i < first->count; i++) {
        const struct tw_array *a = &first->list[i], *b = &other->list[i];
        if (strcmp(a->name, b->name) != 0 || a->npy.dimensions != b->npy.dimensions ||
            memcmp(a->npy.shape, b->npy.shape, sizeof a->npy.shape) != 0)
            return tw_err_set(err, TW_CORRUPT,
                              "%s: array %d ('%s') has not the name and shape of rank 0's ('%s')",
                              path, i, b->name, a->name);
    }
    return TW_OK;
}

/* ---- files ---- */

static tw_status open_one(struct tw_recording *self, const char *path, struct tw_err *err)
{
    struct tw_recorded_file *grown =
        realloc(self->files, (size_t)(self->file_count + 1) * sizeof *grown);
    const int file = self->file_count;
    tw_status status;

    if (!grown)
        return tw_err_set(err, TW_MEMORY, "no memory for a list of files");
    self->files = grown;
    self->files[self->file_count++] = (struct tw_recorded_file){0};
    status = open_file(path, &self->files[file], err);
    if (status == TW_OK)
        status = take_counts(self, path, file, err);
    if (status == TW_OK && file > 0)
        status = compare_files(self, file, path, err);
    return status;
}

static tw_status open_all(struct tw_recording *self, const char *file, struct tw_err *err)
{
    char path[PATH_B];
    tw_status status;

    if (self->per_rank && !tw_recording_rank_file(file, 0, path, sizeof path)) {
        tw_err_set(err, TW_INPUT, "%s: there is no 0 in its name to put other ranks' numbers for",
                   file);
        return tw_err_hint(err, TW_INPUT,
                           "per_rank=\"yes\" wants the name of rank 0's file: grad_0.npy");
    }
    status = open_one(self, file, err);
    for (uint64_t rank = 1; status == TW_OK && self->per_rank && rank < RANKS_MAX; rank++) {
        if (!tw_recording_rank_file(file, rank, path, sizeof path) || access(path, F_OK) != 0)
            break;
        status = open_one(self, path, err);
    }
    if (self->per_rank)
        self->ranks = (uint64_t)self->file_count;
    return status;
}

/* ---- tensors ---- */

static void shape_tensor(const struct tw_recording *self, const struct tw_array *array,
                         struct tw_tensor *tensor)
{
    const int lead = leading(self, array);

    tensor->vector = array->npy.dimensions - lead < 2;
    tensor->rows = tensor->vector ? 1 : array->npy.shape[lead];
    tensor->columns = 1;
    for (int i = tensor->vector ? lead : lead + 1; i < array->npy.dimensions; i++)
        tensor->columns *= array->npy.shape[i];
    snprintf(tensor->name, sizeof tensor->name, "%s", array->name[0] ? array->name : "recorded");
}

static tw_status make_tensors(struct tw_recording *self, const char *path, struct tw_err *err)
{
    const struct tw_arrays *arrays = &self->files[0].arrays;

    self->model.tensors = calloc((size_t)arrays->count, sizeof *self->model.tensors);
    self->pieces = calloc((size_t)arrays->count, sizeof *self->pieces);
    if (!self->model.tensors || !self->pieces)
        return tw_err_set(err, TW_MEMORY, "no memory for the tensors of a recording");
    self->piece_count = arrays->count;
    self->model.count = arrays->count;
    for (int i = 0; i < arrays->count; i++) {
        struct tw_tensor *tensor = &self->model.tensors[i];

        shape_tensor(self, &arrays->list[i], tensor);
        tensor->offset = self->dimension;
        tensor->id = (uint32_t)i;
        self->pieces[i] = (struct tw_recorded_piece){arrays->list[i].name, self->dimension,
                                                     tw_tensor_size(tensor)};
        if (__builtin_add_overflow(self->dimension, tw_tensor_size(tensor), &self->dimension))
            return tw_err_set(err, TW_CORRUPT, "%s: its sizes overflow", path);
    }
    self->model.dimension = self->dimension;
    return TW_OK;
}

/* Named pieces go where the layout has their tensor. */
static tw_status place_pieces(struct tw_recording *self, const char *path, const char *layout,
                              struct tw_err *err)
{
    for (int i = 0; i < self->piece_count && self->pieces[i].name[0]; i++) {
        struct tw_recorded_piece *piece = &self->pieces[i];
        const struct tw_tensor *tensor = NULL;

        for (int t = 0; t < self->model.count && !tensor; t++)
            tensor = strcmp(self->model.tensors[t].name, piece->name) == 0 ? &self->model.tensors[t]
                                                                           : NULL;
        if (!tensor)
            return tw_err_set(err, TW_CORRUPT, "%s: tensor '%s' of %s is not in it", layout,
                              piece->name, path);
        if (tw_tensor_size(tensor) != piece->count)
            return tw_err_set(err, TW_CORRUPT, "%s: '%s' holds %llu values, %s says %llu x %llu",
                              path, piece->name, (unsigned long long)piece->count, layout,
                              (unsigned long long)tensor->rows,
                              (unsigned long long)tensor->columns);
        piece->first = tensor->offset;
    }
    return TW_OK;
}

static tw_status apply_layout(struct tw_recording *self, const char *path, const char *layout,
                              struct tw_err *err)
{
    struct tw_model model;
    tw_status status = tw_tensor_csv_read(layout, self->dimension, &model, &self->layout_hash, err);

    if (status != TW_OK)
        return status;
    if (self->pieces[0].name[0] && model.count != self->piece_count)
        status = tw_err_set(err, TW_CORRUPT, "%s: it has %d tensors, %s has %d", layout,
                            model.count, path, self->piece_count);
    tw_model_free(&self->model);
    self->model = model;
    return status == TW_OK ? place_pieces(self, path, layout, err) : status;
}

tw_status tw_recording_open(const char *file, const char *layout, int per_rank,
                            struct tw_recording *recording, struct tw_err *err)
{
    tw_status status;

    *recording = (struct tw_recording){.per_rank = per_rank};
    status = open_all(recording, file, err);
    if (status == TW_OK)
        status = make_tensors(recording, file, err);
    if (status == TW_OK && layout[0])
        status = apply_layout(recording, file, layout, err);
    if (status != TW_OK)
        tw_recording_close(recording);
    return status;
}

void tw_recording_close(struct tw_recording *recording)
{
    for (int i = 0; i < recording->file_count; i++)
        close_file(&recording->files[i]);
    free(recording->files);
    free(recording->pieces);
    tw_model_free(&recording->model);
    *recording = (struct tw_recording){0};
}

void tw_recording_read(const struct tw_recording *recording, uint64_t step, uint64_t rank,
                       int piece, uint64_t first, uint64_t count, double *out)
{
    const struct tw_recorded_file *file = &recording->files[recording->per_rank ? rank : 0];
    const uint64_t index = recording->per_rank ? step : step * recording->ranks + rank;

    tw_npy_read(&file->arrays.list[piece].npy, index * recording->pieces[piece].count + first,
                count, out);
}

uint64_t tw_recording_hash(const struct tw_recording *recording)
{
    uint64_t hash = recording->layout_hash;

    for (int i = 0; i < recording->file_count; i++) {
        const struct tw_mapping *map = &recording->files[i].map;
        const uint64_t pair[2] = {XXH3_64bits(map->bytes, map->size), hash};
        hash = XXH3_64bits(pair, sizeof pair);
    }
    return hash;
}
