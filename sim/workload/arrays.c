/* Lists of named arrays. */
#include "arrays.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static tw_status check_name(const struct tw_arrays *arrays, const char *name, size_t name_B,
                            struct tw_err *err)
{
    if (name_B == 0)
        return tw_err_set(err, TW_CORRUPT, "an array has no name");
    if (name_B >= TW_ARRAY_NAME)
        return tw_err_set(err, TW_REFUSED, "array '%.40s…' has a name of more than %d bytes", name,
                          TW_ARRAY_NAME - 1);
    for (size_t i = 0; i < name_B; i++) {
        if (iscntrl((unsigned char)name[i]) || strchr(",'\"", name[i]))
            return tw_err_set(err, TW_REFUSED,
                              "array %d has a control character, a comma or a quote in its name",
                              arrays->count);
    }
    for (int i = 0; i < arrays->count; i++) {
        if (strlen(arrays->list[i].name) == name_B &&
            memcmp(arrays->list[i].name, name, name_B) == 0)
            return tw_err_set(err, TW_CORRUPT, "array '%s' comes twice", arrays->list[i].name);
    }
    return TW_OK;
}

static tw_status grow(struct tw_arrays *arrays, struct tw_err *err)
{
    const int capacity = arrays->capacity ? 2 * arrays->capacity : 16;
    void *grown;

    if (arrays->count < arrays->capacity)
        return TW_OK;
    grown = realloc(arrays->list, (size_t)capacity * sizeof *arrays->list);
    if (!grown)
        return tw_err_set(err, TW_MEMORY, "no memory for a list of arrays");
    arrays->list = grown;
    arrays->capacity = capacity;
    return TW_OK;
}

tw_status tw_arrays_add(struct tw_arrays *arrays, const char *name, size_t name_B,
                        const struct tw_npy *npy, uint8_t *owned, struct tw_err *err)
{
    tw_status status = check_name(arrays, name, name_B, err);
    struct tw_array *array;

    if (status == TW_OK)
        status = grow(arrays, err);
    if (status != TW_OK) {
        free(owned);
        return status;
    }
    array = &arrays->list[arrays->count++];
    *array = (struct tw_array){.npy = *npy, .owned = owned};
    memcpy(array->name, name, name_B);
    return TW_OK;
}

void tw_arrays_free(struct tw_arrays *arrays)
{
    for (int i = 0; i < arrays->count; i++)
        free(arrays->list[i].owned);
    free(arrays->list);
    *arrays = (struct tw_arrays){0};
}
