/* points.csv, steps.csv and cost.csv from the rows of a store. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "columns.h"
#include "file.h"
#include "store.h"

/* What is written. */
struct selection {
    const struct tw_store *store;
    const struct tw_sheet *sheet;
    json_t *written; /* keys that a file of one entry per key has had already */
};

/* An axis called nodes or ratio is a column of the contract already. */
static int is_further(const char *axis)
{
    return tw_columns_index(&tw_columns_points, axis) < 0;
}

static void write_points(struct selection *what, FILE *to)
{
    const struct tw_sheet *sheet = what->sheet;
    tw_columns_header(&tw_columns_points, to);
    for (int a = 0; a < sheet->axis_count; a++) {
        if (!is_further(sheet->axes[a]))
            continue;
        fputc(',', to);
        tw_csv_text(to, sheet->axes[a]);
    }
    fputc('\n', to);
    for (int k = 0; k < sheet->key_count; k++) {
        const json_t *row = tw_store_find(what->store, sheet->keys[k]);
        if (!row)
            continue;
        tw_columns_values(&tw_columns_points, json_object_get(row, "point"), sheet->keys[k], to);
        for (int a = 0; a < sheet->axis_count; a++) {
            if (!is_further(sheet->axes[a]))
                continue;
            fputc(',', to);
            tw_csv_text(to, sheet->values[(size_t)k * (size_t)sheet->axis_count + (size_t)a]);
        }
        fputc('\n', to);
    }
}

/* The row of the k-th key, the first time the key is met; else NULL. */
static const json_t *row_once(struct selection *what, int k)
{
    const char *key = what->sheet->keys[k];
    if (json_object_get(what->written, key))
        return NULL;
    json_object_set_new(what->written, key, json_true());
    return tw_store_find(what->store, key);
}

static void write_steps(struct selection *what, FILE *to)
{
    tw_columns_header(&tw_columns_steps, to);
    fputc('\n', to);
    for (int k = 0; k < what->sheet->key_count; k++) {
        const json_t *steps = json_object_get(row_once(what, k), "steps");
        for (size_t i = 0; i < json_array_size(steps); i++) {
            tw_columns_values(&tw_columns_steps, json_array_get(steps, i), what->sheet->keys[k],
                              to);
            fputc('\n', to);
        }
    }
}

static void write_costs(struct selection *what, FILE *to)
{
    tw_columns_header(&tw_columns_cost, to);
    fputc('\n', to);
    for (int k = 0; k < what->sheet->key_count; k++) {
        const json_t *row = row_once(what, k);
        if (!row)
            continue;
        tw_columns_values(&tw_columns_cost, json_object_get(row, "cost"), what->sheet->keys[k], to);
        fputc('\n', to);
    }
}

/* The lists that rows have where they were asked for. */
static void write_lists(struct selection *what, const struct tw_columns *columns, const char *name,
                        FILE *to)
{
    tw_columns_header(columns, to);
    fputc('\n', to);
    for (int k = 0; k < what->sheet->key_count; k++) {
        const json_t *list = json_object_get(row_once(what, k), name);
        for (size_t i = 0; i < json_array_size(list); i++) {
            tw_columns_values(columns, json_array_get(list, i), what->sheet->keys[k], to);
            fputc('\n', to);
        }
    }
}

static void write_links(struct selection *what, FILE *to)
{
    write_lists(what, &tw_columns_links, "links", to);
}

static void write_energy(struct selection *what, FILE *to)
{
    write_lists(what, &tw_columns_energy, "energy", to);
}

static int has_list(const struct tw_store *store, const struct tw_sheet *sheet, const char *name)
{
    for (int k = 0; k < sheet->key_count; k++)
        if (json_object_get(tw_store_find(store, sheet->keys[k]), name))
            return 1;
    return 0;
}

static tw_status write_file(struct selection *what, const char *directory,
                            const struct tw_columns *columns,
                            void (*content)(struct selection *, FILE *), struct tw_err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    what->written = json_object();
    if (!memory || !what->written) {
        if (memory)
            fclose(memory);
        free(text);
        json_decref(what->written);
        return tw_err_set(err, TW_MEMORY, "no memory for %s", columns->file);
    }
    content(what, memory);
    int failed = ferror(memory);
    failed |= fclose(memory);
    tw_status status = failed ? tw_err_set(err, TW_MEMORY, "no memory for %s", columns->file)
                              : tw_file_replace(directory, columns->file, text, size, err);
    free(text);
    json_decref(what->written);
    return status;
}

/* A file of lists where it was asked for; one of earlier rows does not outlive them. */
static tw_status write_or_remove(struct selection *what, const char *directory,
                                 const struct tw_columns *columns, const char *name,
                                 void (*content)(struct selection *, FILE *), struct tw_err *err)
{
    if (has_list(what->store, what->sheet, name))
        return write_file(what, directory, columns, content, err);
    char *path = tw_file_path(directory, columns->file);
    tw_status status = path ? TW_OK : TW_MEMORY;
    if (path && unlink(path) && errno != ENOENT)
        status = tw_file_error(err, path, "cannot remove");
    free(path);
    return status;
}

static tw_status write_all(struct tw_store *store, const char *directory,
                           const struct tw_sheet *sheet, int *missing, struct tw_err *err)
{
    struct selection what = {store, sheet, NULL};
    tw_status status = tw_store_refresh(store, err);
    if (status)
        return status;
    *missing = 0;
    for (int k = 0; k < sheet->key_count; k++)
        *missing += !tw_store_find(store, sheet->keys[k]);
    status = write_file(&what, directory, &tw_columns_points, write_points, err);
    if (!status)
        status = write_file(&what, directory, &tw_columns_steps, write_steps, err);
    if (!status)
        status = write_file(&what, directory, &tw_columns_cost, write_costs, err);
    if (!status)
        status = write_or_remove(&what, directory, &tw_columns_links, "links", write_links, err);
    if (!status)
        status = write_or_remove(&what, directory, &tw_columns_energy, "energy", write_energy, err);
    return status ? status : tw_failed_prune(store, err);
}

tw_status tw_results_write(struct tw_store *store, const char *directory,
                           const struct tw_sheet *sheet, int *missing, struct tw_err *err)
{
    /* The directory itself is the lock: of shards that end together, the last writes all rows. */
    int held = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (held < 0)
        return tw_file_error(err, directory, "cannot open");
    tw_status status = flock(held, LOCK_EX) ? tw_file_error(err, directory, "cannot lock")
                                            : write_all(store, directory, sheet, missing, err);
    close(held);
    return status;
}
