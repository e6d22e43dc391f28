/* The store: one JSON line per finished point, appended with one write(), so that a run may be
 * killed at any moment and go on later, and shards of one sweep need nothing but a folder. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "columns.h"
#include "file.h"
#include "store.h"

#define LINE_FORMAT (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17))

/* ---- rows ---- */

/* A list of objects, or nothing. */
static tw_status check_list(const json_t *row, const char *name, const struct tw_columns *columns,
                            struct tw_err *err)
{
    const json_t *list = json_object_get(row, name);
    tw_status status = TW_OK;
    if (list && !json_is_array(list))
        return tw_err_set(err, TW_INTERNAL, "the %s of key %s are no list", name,
                          json_string_value(json_object_get(row, "key")));
    for (size_t i = 0; !status && i < json_array_size(list); i++)
        status = tw_columns_check(columns, json_array_get(list, i), err);
    return status;
}

static tw_status check_row(const json_t *row, struct tw_err *err)
{
    const char *key = json_string_value(json_object_get(row, "key"));
    if (!key || !*key)
        return tw_err_set(err, TW_INTERNAL, "a row has no key");
    if (!json_is_object(json_object_get(row, "point")))
        return tw_err_set(err, TW_INTERNAL, "the row of key %s has no point", key);
    tw_status status = tw_columns_check(&tw_columns_points, json_object_get(row, "point"), err);
    if (!status)
        status = check_list(row, "steps", &tw_columns_steps, err);
    if (!status)
        status = check_list(row, "links", &tw_columns_links, err);
    if (!status)
        status = check_list(row, "energy", &tw_columns_energy, err);
    return status ? status : tw_columns_check(&tw_columns_cost, json_object_get(row, "cost"), err);
}

/* What a row is compared by; it has those from EXTRA on where they were asked for. */
static const char *const parts[] = {"point", "steps", "links", "energy"};
enum { EXTRA = 2, PARTS = sizeof parts / sizeof *parts };

/* Names what differs between two rows, apart from their cost and extras that only one of them has:
 * "point.step_time_s", "steps"; returns 0 when nothing does. */
static int differ(const json_t *a, const json_t *b, char *where, size_t size)
{
    const char *name;
    json_t *value;
    for (int i = 0; i < PARTS; i++) {
        const json_t *left = json_object_get(a, parts[i]), *right = json_object_get(b, parts[i]);
        if ((!left && !right) || json_equal(left, right))
            continue;
        if ((!left || !right) && i >= EXTRA)
            continue;
        snprintf(where, size, "%s", parts[i]);
        json_object_foreach((json_t *)left, name, value)
        {
            if (json_equal(value, json_object_get(right, name)))
                continue;
            snprintf(where, size, "%s.%s", parts[i], name);
            break;
        }
        return 1;
    }
    return 0;
}

static int brings_extras(const json_t *known, const json_t *row)
{
    int brings = 0;
    for (int i = EXTRA; i < PARTS; i++)
        brings |= json_object_get(row, parts[i]) && !json_object_get(known, parts[i]);
    return brings;
}

/* The row also gets what the known one has and it has not; 0: no memory. */
static int keep_extras(const json_t *known, json_t *row)
{
    for (int i = EXTRA; i < PARTS; i++) {
        json_t *extra = json_object_get(known, parts[i]);
        if (extra && !json_object_get(row, parts[i]) && json_object_set(row, parts[i], extra))
            return 0;
    }
    return 1;
}

/* Takes the row in (stealing it). A second row of a key must say the same, and may add extras. */
static tw_status take_row(struct tw_store *store, json_t *row, struct tw_err *err)
{
    char where[128];
    const char *key = json_string_value(json_object_get(row, "key"));
    const json_t *known = json_object_get(store->rows, key);
    tw_status status = TW_OK;
    if (known && differ(known, row, where, sizeof where)) {
        status = tw_err_set(err, TW_CORRUPT, "two rows of key %s differ in %s", key, where);
        tw_err_hint(err, status, "equal keys must give equal results; --fresh starts over");
    } else if ((!known || brings_extras(known, row)) &&
               (!keep_extras(known, row) || json_object_set(store->rows, key, row))) {
        status = TW_MEMORY;
    }
    json_decref(row);
    return status;
}

/* ---- reading ---- */

static tw_status take_line(struct tw_store *store, const char *path, long number, const char *line,
                           size_t size, struct tw_err *err)
{
    json_error_t why;
    json_t *row = json_loadb(line, size, JSON_REJECT_DUPLICATES, &why);
    struct tw_err inner = {0};
    tw_err_at(err, path, number);
    if (row && check_row(row, &inner) == TW_OK) {
        tw_status status = take_row(store, row, err);
        if (!status)
            tw_err_at(err, NULL, 0);
        return status;
    }
    tw_status status = tw_err_set(err, TW_CORRUPT, "this line is no row of results: %s",
                                  row ? inner.text : why.text);
    tw_err_hint(err, status, "delete the line to compute its point again, or use --fresh");
    json_decref(row);
    return status;
}

/* Takes in the whole lines of a file; *whole is where the last of them ends. */
static tw_status take_file(struct tw_store *store, int descriptor, const char *path, size_t *whole,
                           struct tw_err *err)
{
    char *text;
    size_t size;
    long number = 0;
    tw_status status = tw_file_read_all(descriptor, path, &text, &size, err);
    *whole = 0;
    while (!status) {
        const char *line = text + *whole, *end = memchr(line, '\n', size - *whole);
        if (!end)
            break;
        status = take_line(store, path, ++number, line, (size_t)(end - line), err);
        *whole += (size_t)(end - line) + 1;
    }
    free(text);
    return status;
}

static tw_status take_others(struct tw_store *store, const glob_t *files, struct tw_err *err)
{
    tw_status status = TW_OK;
    for (size_t i = 0; !status && i < files->gl_pathc; i++) {
        size_t whole;
        if (!strcmp(files->gl_pathv[i], store->path))
            continue;
        int descriptor = open(files->gl_pathv[i], O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
            return tw_file_error(err, files->gl_pathv[i], "cannot open");
        status = take_file(store, descriptor, files->gl_pathv[i], &whole, err);
        close(descriptor);
    }
    return status;
}

/* ---- opening ---- */

static tw_status lock(int descriptor, const char *path, struct tw_err *err)
{
    if (!flock(descriptor, LOCK_EX | LOCK_NB))
        return TW_OK;
    if (errno != EWOULDBLOCK)
        return tw_file_error(err, path, "cannot lock");
    tw_err_at(err, path, 0);
    tw_err_set(err, TW_REFUSED, "another run is writing this file");
    return tw_err_hint(err, TW_REFUSED, "wait for it, or give this run another -o or --shard");
}

/* Empties the files of other writers, unless one of them is at work. */
static tw_status empty_others(const struct tw_store *store, const glob_t *files, struct tw_err *err)
{
    tw_status status = TW_OK;
    /* All are locked before the first is emptied: a refusal leaves everything as it was. */
    int *held = malloc((files->gl_pathc + 1) * sizeof *held);
    size_t count = 0;
    if (!held)
        return TW_MEMORY;
    for (size_t i = 0; !status && i < files->gl_pathc; i++) {
        if (!strcmp(files->gl_pathv[i], store->path))
            continue;
        held[count] = open(files->gl_pathv[i], O_RDWR | O_CLOEXEC);
        if (held[count] < 0)
            status = tw_file_error(err, files->gl_pathv[i], "cannot open");
        else
            status = lock(held[count++], files->gl_pathv[i], err);
    }
    for (size_t i = 0; i < count; i++) {
        if (!status && ftruncate(held[i], 0))
            status = tw_file_error(err, store->directory, "cannot empty a file of rows");
        close(held[i]);
    }
    free(held);
    return status;
}

static tw_status start_over(struct tw_store *store, const glob_t *files, int shards,
                            struct tw_err *err)
{
    tw_status status = shards == 1 ? empty_others(store, files, err) : TW_OK;
    if (status)
        return status;
    if (ftruncate(store->descriptor, 0))
        return tw_file_error(err, store->path, "cannot empty");
    if (shards == 1 && unlink(store->failed) && errno != ENOENT)
        return tw_file_error(err, store->failed, "cannot remove");
    return TW_OK;
}

/* Rows of the own file, which loses a torn last line; then those of the others. */
static tw_status take_all(struct tw_store *store, const glob_t *files, struct tw_err *err)
{
    size_t whole;
    tw_status status = take_file(store, store->descriptor, store->path, &whole, err);
    if (!status && ftruncate(store->descriptor, (off_t)whole))
        status = tw_file_error(err, store->path, "cannot cut off a torn last line");
    return status ? status : take_others(store, files, err);
}

static tw_status name_files(struct tw_store *store, const char *directory, int shard, int shards)
{
    store->directory = strdup(directory);
    store->failed = tw_file_path(directory, "failed.jsonl");
    store->rows = json_object();
    if (asprintf(&store->path, "%s/rows-%d-of-%d.jsonl", directory, shard, shards) < 0)
        store->path = NULL;
    return store->directory && store->failed && store->rows && store->path ? TW_OK : TW_MEMORY;
}

/* Every rows file of the directory. The directory's own name may hold characters that glob reads
 * as a pattern, so they are escaped. */
static tw_status find_files(const char *directory, glob_t *files)
{
    size_t length = strlen(directory), used = 0;
    char *pattern = malloc(2 * length + sizeof "/rows-*.jsonl");
    if (!pattern)
        return TW_MEMORY;
    for (size_t i = 0; i < length; i++) {
        if (strchr("\\*?[", directory[i]))
            pattern[used++] = '\\';
        pattern[used++] = directory[i];
    }
    memcpy(pattern + used, "/rows-*.jsonl", sizeof "/rows-*.jsonl");
    int failed = glob(pattern, 0, NULL, files);
    free(pattern);
    return failed == GLOB_NOSPACE ? TW_MEMORY : TW_OK;
}

tw_status tw_store_open(const char *directory, int shard, int shards, int fresh,
                        struct tw_store **out, struct tw_err *err)
{
    glob_t files = {0};
    struct tw_store *store = NULL;
    tw_status status;
    *out = NULL;
    if (shard < 0 || shard >= shards)
        return tw_err_set(err, TW_RANGE, "shard %d of %d: shards count from 0", shard, shards);
    status = tw_file_directory(directory, err);
    if (status)
        return status;
    store = calloc(1, sizeof *store);
    if (!store)
        return TW_MEMORY;
    store->descriptor = -1;
    status = name_files(store, directory, shard, shards);
    if (status)
        goto done;
    store->descriptor = open(store->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (store->descriptor < 0) {
        status = tw_file_error(err, store->path, "cannot open");
        goto done;
    }
    status = lock(store->descriptor, store->path, err);
    if (!status)
        status = find_files(directory, &files);
    if (!status && fresh)
        status = start_over(store, &files, shards, err);
    else if (!status)
        status = take_all(store, &files, err);
done:
    globfree(&files);
    if (status)
        tw_store_close(store);
    else
        *out = store;
    return status;
}

tw_status tw_store_refresh(struct tw_store *store, struct tw_err *err)
{
    glob_t files = {0};
    tw_status status = find_files(store->directory, &files);
    if (!status)
        status = take_others(store, &files, err);
    globfree(&files);
    return status;
}

void tw_store_leave(struct tw_store *store)
{
    if (store->descriptor >= 0)
        close(store->descriptor);
    store->descriptor = -1;
}

void tw_store_close(struct tw_store *store)
{
    if (!store)
        return;
    if (store->descriptor >= 0)
        close(store->descriptor);
    json_decref(store->rows);
    free(store->directory);
    free(store->failed);
    free(store->path);
    free(store);
}

const json_t *tw_store_find(const struct tw_store *store, const char *key)
{
    return json_object_get(store->rows, key);
}

/* ---- appending ---- */

tw_status tw_store_write(int descriptor, const char *path, const char *line, size_t size,
                         struct tw_err *err)
{
    off_t before = lseek(descriptor, 0, SEEK_END);
    ssize_t done = write(descriptor, line, size);
    if (done == (ssize_t)size)
        return TW_OK;
    if (done >= 0)
        errno = ENOSPC;
    tw_status status = tw_file_error(err, path, "cannot append a row");
    if (done > 0 && (before < 0 || ftruncate(descriptor, before)))
        tw_err_hint(err, status, "the file may end in half a row; the next run ignores it");
    return status;
}

char *tw_store_line(const json_t *object, size_t *size)
{
    char *text = json_dumps(object, LINE_FORMAT);
    if (!text)
        return NULL;
    *size = strlen(text);
    char *line = realloc(text, *size + 2);
    if (!line) {
        free(text);
        return NULL;
    }
    memcpy(line + *size, "\n", 2);
    (*size)++;
    return line;
}

tw_status tw_store_append(struct tw_store *store, const json_t *row, struct tw_err *err)
{
    size_t size;
    json_error_t why;
    tw_status status = check_row(row, err);
    if (status)
        return status;
    char *line = tw_store_line(row, &size);
    if (!line)
        return TW_MEMORY;
    /* What is kept is what a later run would read, so that resumed and not resumed are the same. */
    json_t *kept = json_loadb(line, size, 0, &why);
    const json_t *known =
        json_object_get(store->rows, json_string_value(json_object_get(row, "key")));
    if (!kept)
        status = tw_err_set(err, TW_INTERNAL, "a row cannot be read back: %s", why.text);
    if (!status && (!known || brings_extras(known, row)))
        status = tw_store_write(store->descriptor, store->path, line, size, err);
    if (status)
        json_decref(kept);
    else
        status = take_row(store, kept, err);
    free(line);
    return status;
}
