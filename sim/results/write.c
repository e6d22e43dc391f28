/* points.csv, steps.csv and cost.csv from the rows of a store. */
#include <stdlib.h>
#include <string.h>
#include "columns.h"
#include "store.h"

/* What is written: these keys in this order, with these further columns. */
struct selection {
    const struct tw_store *store;
    const char *const *keys;
    int key_count;
    const char *const *axes;
    int axis_count;
};

/* An axis called nodes or ratio is a column of the contract already. */
static int is_further(const char *axis)
{
    return tw_columns_index(&tw_columns_points, axis) < 0;
}

static void write_points(const struct selection *what, FILE *to)
{
    tw_columns_header(&tw_columns_points, to);
    for (int a = 0; a < what->axis_count; a++) {
        if (!is_further(what->axes[a]))
            continue;
        fputc(',', to);
        tw_csv_text(to, what->axes[a]);
    }
    fputc('\n', to);
    for (int k = 0; k < what->key_count; k++) {
        const json_t *row = tw_store_find(what->store, what->keys[k]);
        const json_t *axes = json_object_get(row, "axes");
        if (!row)
            continue;
        tw_columns_values(&tw_columns_points, json_object_get(row, "point"), what->keys[k], to);
        for (int a = 0; a < what->axis_count; a++) {
            if (!is_further(what->axes[a]))
                continue;
            fputc(',', to);
            tw_csv_text(to, json_string_value(json_object_get(axes, what->axes[a])));
        }
        fputc('\n', to);
    }
}

static void write_steps(const struct selection *what, FILE *to)
{
    tw_columns_header(&tw_columns_steps, to);
    fputc('\n', to);
    for (int k = 0; k < what->key_count; k++) {
        const json_t *row = tw_store_find(what->store, what->keys[k]);
        const json_t *steps = json_object_get(row, "steps");
        for (size_t i = 0; i < json_array_size(steps); i++) {
            tw_columns_values(&tw_columns_steps, json_array_get(steps, i), what->keys[k], to);
            fputc('\n', to);
        }
    }
}

static void write_costs(const struct selection *what, FILE *to)
{
    tw_columns_header(&tw_columns_cost, to);
    fputc('\n', to);
    for (int k = 0; k < what->key_count; k++) {
        const json_t *row = tw_store_find(what->store, what->keys[k]);
        if (!row)
            continue;
        tw_columns_values(&tw_columns_cost, json_object_get(row, "cost"), what->keys[k], to);
        fputc('\n', to);
    }
}

static tw_status write_file(const struct selection *what, const char *directory,
                            const struct tw_columns *columns,
                            void (*content)(const struct selection *, FILE *), struct tw_err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return TW_MEMORY;
    content(what, memory);
    int failed = ferror(memory);
    failed |= fclose(memory);
    tw_status status = failed ? tw_err_set(err, TW_MEMORY, "no memory for %s", columns->file)
                              : tw_file_replace(directory, columns->file, text, size, err);
    free(text);
    return status;
}

tw_status tw_results_write(const struct tw_store *store, const char *directory,
                           const char *const *keys, int key_count, const char *const *axes,
                           int axis_count, int *missing, struct tw_err *err)
{
    const struct selection what = {store, keys, key_count, axes, axis_count};
    *missing = 0;
    for (int k = 0; k < key_count; k++)
        *missing += !tw_store_find(store, keys[k]);
    tw_status status = write_file(&what, directory, &tw_columns_points, write_points, err);
    if (!status)
        status = write_file(&what, directory, &tw_columns_steps, write_steps, err);
    if (!status)
        status = write_file(&what, directory, &tw_columns_cost, write_costs, err);
    return status ? status : tw_failed_prune(store, err);
}
