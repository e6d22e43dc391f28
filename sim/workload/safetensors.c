/* The safetensors format (its repository's README.md):
 *   N, u64 little-endian; N bytes of JSON; the values, little-endian, in C order.
 *   JSON: {"__metadata__": {text: text}, NAME: {"dtype": …, "shape": […], "data_offsets": [b, e]}}
 * with offsets counted from behind the JSON; the tensors cover the values without hole or overlap.
 * Writers sort tensors as they like, so the order of the data is the order here. */
#include "arrays.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 100000000U

static const struct {
    const char *name;
    unsigned value_B;
    int brain;
} types[] = {{"F64", 8, 0}, {"F32", 4, 0}, {"F16", 2, 0}, {"BF16", 2, 1}};

/* One tensor of the header, and where its data begins. */
struct entry {
    const char *name; /* the JSON's */
    struct tw_npy npy;
    uint64_t begin, end;
};

static tw_status damaged(struct tw_err *err, const char *name, const char *what)
{
    return tw_err_set(err, TW_CORRUPT, "safetensors: tensor '%.63s': %s", name, what);
}

static tw_status read_type(const json_t *object, struct entry *entry, struct tw_err *err)
{
    const char *text = json_string_value(json_object_get(object, "dtype"));

    if (!text)
        return damaged(err, entry->name, "it has no dtype");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(text, types[i].name) == 0) {
            entry->npy.value_B = types[i].value_B;
            entry->npy.brain = types[i].brain;
            return TW_OK;
        }
    }
    tw_err_set(err, TW_REFUSED, "safetensors: tensor '%.63s': type '%.20s' is not read",
               entry->name, text);
    return tw_err_hint(err, TW_REFUSED, "floats only: F64 F32 F16 BF16");
}

static int whole(const json_t *value, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return 0;
    *number = (uint64_t)json_integer_value(value);
    return 1;
}

static tw_status read_shape(const json_t *object, struct entry *entry, struct tw_err *err)
{
    const json_t *shape = json_object_get(object, "shape");
    struct tw_npy *npy = &entry->npy;

    if (!json_is_array(shape))
        return damaged(err, entry->name, "it has no shape");
    if (json_array_size(shape) > TW_NPY_DIMENSIONS)
        return tw_err_set(err, TW_REFUSED, "safetensors: tensor '%.63s': more than %d dimensions",
                          entry->name, TW_NPY_DIMENSIONS);
    npy->dimensions = (int)json_array_size(shape);
    npy->count = 1;
    for (int i = 0; i < npy->dimensions; i++) {
        if (!whole(json_array_get(shape, (size_t)i), &npy->shape[i]))
            return damaged(err, entry->name, "its shape is not a list of whole numbers");
        if (__builtin_mul_overflow(npy->count, npy->shape[i], &npy->count))
            return damaged(err, entry->name, "its shape overflows");
    }
    return TW_OK;
}

static tw_status read_place(const json_t *object, size_t data_B, struct entry *entry,
                            struct tw_err *err)
{
    const json_t *offsets = json_object_get(object, "data_offsets");
    uint64_t needed;

    if (json_array_size(offsets) != 2 || !whole(json_array_get(offsets, 0), &entry->begin) ||
        !whole(json_array_get(offsets, 1), &entry->end))
        return damaged(err, entry->name, "its data_offsets are not two whole numbers");
    if (entry->begin > entry->end || entry->end > data_B)
        return tw_err_set(err, TW_CORRUPT,
                          "safetensors: truncated: tensor '%.63s' ends at byte %llu of %zu",
                          entry->name, (unsigned long long)entry->end, data_B);
    if (__builtin_mul_overflow(entry->npy.count, (uint64_t)entry->npy.value_B, &needed) ||
        needed != entry->end - entry->begin)
        return damaged(err, entry->name, "its shape does not fit its data_offsets");
    return TW_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end; /* empty ones first */
}

static tw_status add_all(struct entry *entries, size_t count, const uint8_t *data, size_t data_B,
                         struct tw_arrays *arrays, struct tw_err *err)
{
    uint64_t at = 0;

    qsort(entries, count, sizeof *entries, by_place);
    for (size_t i = 0; i < count; i++) {
        tw_status status;

        if (entries[i].begin != at)
            return damaged(err, entries[i].name, "its data leaves a hole or an overlap");
        at = entries[i].end;
        entries[i].npy.data = data + entries[i].begin;
        status = tw_arrays_add(arrays, entries[i].name, strlen(entries[i].name), &entries[i].npy,
                               NULL, err);
        if (status != TW_OK)
            return status;
    }
    if (at != data_B)
        return tw_err_set(err, TW_CORRUPT, "safetensors: %llu of its %zu bytes of data are used",
                          (unsigned long long)at, data_B);
    return count > 0 ? TW_OK : tw_err_set(err, TW_CORRUPT, "safetensors: it holds no tensor");
}

static tw_status read_header(json_t *header, const uint8_t *data, size_t data_B,
                             struct tw_arrays *arrays, struct tw_err *err)
{
    struct entry *entries = calloc(json_object_size(header) + 1, sizeof *entries);
    tw_status status = TW_OK;
    size_t count = 0;
    const char *name;
    json_t *object;

    if (!entries)
        return tw_err_set(err, TW_MEMORY, "no memory for the list of tensors");
    json_object_foreach(header, name, object)
    {
        struct entry *entry = &entries[count];

        if (strcmp(name, "__metadata__") == 0)
            continue;
        entry->name = name;
        count++;
        status = json_is_object(object) ? read_type(object, entry, err)
                                        : damaged(err, name, "it is not an object");
        if (status == TW_OK)
            status = read_shape(object, entry, err);
        if (status == TW_OK)
            status = read_place(object, data_B, entry, err);
        if (status != TW_OK)
            break;
    }
    if (status == TW_OK)
        status = add_all(entries, count, data, data_B, arrays, err);
    free(entries);
    return status;
}

tw_status tw_safetensors_parse(const uint8_t *bytes, size_t size, struct tw_arrays *arrays,
                               struct tw_err *err)
{
    uint64_t header_B = 0;
    json_error_t error;
    json_t *header;
    tw_status status;

    for (int i = 7; i >= 0 && size >= 8; i--)
        header_B = header_B << 8 | bytes[i];
    if (size < 10 || header_B > HEADER_MAX || header_B > size - 8 || header_B < 2 ||
        bytes[8] != '{')
        return tw_err_set(err, TW_CORRUPT, "truncated inside its header, or not safetensors");
    header = json_loadb((const char *)bytes + 8, header_B, JSON_REJECT_DUPLICATES, &error);
    if (!header)
        return tw_err_set(err, TW_CORRUPT, "safetensors: its header is not JSON: %s", error.text);
    status = json_is_object(header)
                 ? read_header(header, bytes + 8 + header_B, size - 8 - header_B, arrays, err)
                 : tw_err_set(err, TW_CORRUPT, "safetensors: its header is not an object");
    json_decref(header);
    if (status != TW_OK)
        tw_arrays_free(arrays);
    return status;
}
