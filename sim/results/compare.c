/* Pairing: rows of the baseline are found by a map from what must be equal; among them, further
 * axes decide. O(rows · repetitions of an environment). */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "columns.h"

/* What the baseline must have in common with a method; and what else a point of a method is. */
static const char *const surroundings[] = {
    "scenario",  "network",   "nodes",          "ranks",       "bandwidth_Bps",
    "latency_s", "dimension", "compute_source", "data_source", "target_loss"};
static const char *const own[] = {"ratio", "island"};
enum { SURROUNDINGS = sizeof surroundings / sizeof *surroundings, OWN = sizeof own / sizeof *own };

struct maker {
    const struct tw_compare_request *request;
    struct tw_compare *compare;
    int method, rep, seed, status, metric, key;
    json_t *base;   /* surroundings, repetition and seed → [rows of the baseline] */
    json_t *known;  /* text of a point → index into the list */
    double *values; /* rows × 2: pairs of the comparison at hand */
};

int tw_compare_is_metric(const char *name)
{
    int i = tw_columns_index(&tw_columns_points, name);
    return i > tw_columns_index(&tw_columns_points, "steps") &&
           strcmp(name, "step_time_sd_s") != 0 && strcmp(name, "target_loss") != 0 &&
           tw_columns_points.list[i].kind != TW_COLUMN_T;
}

static const char *text_at(const struct maker *maker, int row, int column)
{
    return tw_table_text(maker->compare->points, row, column);
}

/* ---- columns ---- */

static tw_status need_column(const struct tw_table *points, const char *name, int *column,
                             struct tw_err *err)
{
    *column = tw_table_column(points, name);
    return *column < 0 ? tw_err_set(err, TW_INPUT, "points.csv has no column %s", name) : TW_OK;
}

/* Those that tell points apart: surroundings first, then the method's own, then further axes. */
static tw_status find_columns(struct maker *maker, struct tw_err *err)
{
    struct tw_compare *compare = maker->compare;
    const struct tw_table *points = compare->points;
    const struct {
        const char *name;
        int *column;
    } needed[] = {{"key", &maker->key},       {"method", &maker->method},
                  {"rep", &maker->rep},       {"seed", &maker->seed},
                  {"status", &maker->status}, {maker->request->metric, &maker->metric}};
    tw_status status = TW_OK;
    for (size_t i = 0; !status && i < sizeof needed / sizeof *needed; i++)
        status = need_column(points, needed[i].name, needed[i].column, err);
    for (int i = 0; !status && i < SURROUNDINGS + OWN; i++)
        status = need_column(points, i < SURROUNDINGS ? surroundings[i] : own[i - SURROUNDINGS],
                             &compare->columns[compare->column_count++], err);
    for (int c = 0; c < points->columns; c++)
        if (tw_columns_index(&tw_columns_points, points->cells[c]) < 0 &&
            (!maker->request->tuned || strcmp(maker->request->tuned, points->cells[c])))
            compare->columns[compare->column_count++] = c;
    return status;
}

/* The values of columns[from … to), then the repetition and seed when asked; owned by the caller.
 */
static char *signature(const struct maker *maker, int row, int from, int to, int draw)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (int i = from; i < to; i++)
        fprintf(out, "%s\n", text_at(maker, row, maker->compare->columns[i]));
    if (draw)
        fprintf(out, "%s\n%s", text_at(maker, row, maker->rep), text_at(maker, row, maker->seed));
    else
        fputs(text_at(maker, row, maker->method), out);
    int failed = ferror(out);
    failed |= fclose(out);
    if (failed) {
        free(text);
        return NULL;
    }
    return text;
}

static int is_base(const struct maker *maker, int row)
{
    return strcmp(text_at(maker, row, maker->method), maker->request->baseline) == 0;
}

/* ---- the baseline's rows ---- */

static tw_status gather_base(struct maker *maker)
{
    for (int r = 0; r < maker->compare->points->rows; r++) {
        if (!is_base(maker, r))
            continue;
        char *text = signature(maker, r, 0, SURROUNDINGS, 1);
        json_t *rows = text ? json_object_get(maker->base, text) : NULL;
        int failed = !text;
        if (text && !rows) {
            rows = json_array();
            failed = json_object_set_new(maker->base, text, rows);
        }
        failed = failed || json_array_append_new(rows, json_integer(r));
        free(text);
        if (failed)
            return TW_MEMORY;
    }
    return TW_OK;
}

/* Whether all rows of the list have the same text in the column. */
static int agree(const struct maker *maker, const int *rows, int count, int column)
{
    for (int i = 1; i < count; i++)
        if (strcmp(text_at(maker, rows[i], column), text_at(maker, rows[0], column)))
            return 0;
    return 1;
}

/* Leaves the rows that have the method's value of columns[i]; where none has and all have one
 * other, that one stands for all. */
static int narrow(struct maker *maker, int row, int i, int *rows, int count)
{
    int column = maker->compare->columns[i], kept = 0;
    const char *wanted = text_at(maker, row, column);
    int same = agree(maker, rows, count, column);
    if (same) {
        maker->compare->stands[i] |= count && strcmp(text_at(maker, rows[0], column), wanted) != 0;
        return count;
    }
    for (int k = 0; k < count; k++)
        if (!strcmp(text_at(maker, rows[k], column), wanted))
            rows[kept++] = rows[k];
    return kept;
}

/* The baseline's row for a row; −1: there is none. */
static tw_status find_partner(struct maker *maker, int row, int *partner, struct tw_err *err)
{
    struct tw_compare *compare = maker->compare;
    char *text = signature(maker, row, 0, SURROUNDINGS, 1);
    const json_t *list = text ? json_object_get(maker->base, text) : NULL;
    int count = (int)json_array_size(list);
    int *rows = malloc(((size_t)count + 1) * sizeof *rows);
    free(text);
    *partner = -1;
    if (!text || !rows) {
        free(rows);
        return TW_MEMORY;
    }
    for (int k = 0; k < count; k++)
        rows[k] = (int)json_integer_value(json_array_get(list, (size_t)k));
    for (int i = SURROUNDINGS + OWN; i < compare->column_count; i++)
        count = narrow(maker, row, i, rows, count);
    tw_status status = TW_OK;
    if (count && agree(maker, rows, count, maker->key)) /* an axis that changes nothing for it */
        *partner = rows[0];
    else if (count) {
        tw_err_set(err, TW_INPUT, "points %s and %s of the baseline '%s' both fit point %s",
                   text_at(maker, rows[0], maker->key), text_at(maker, rows[1], maker->key),
                   maker->request->baseline, text_at(maker, row, maker->key));
        status = tw_err_hint(err, TW_INPUT, "leave one of them out, or name another baseline");
    }
    free(rows);
    return status;
}

/* ---- comparisons ---- */

static int failed_at(const struct maker *maker, int row)
{
    return strcmp(text_at(maker, row, maker->status), "ok") != 0;
}

/* Adds the pair of a row: to the values, or to what is left out and why. */
static tw_status add_pair(struct maker *maker, int row, struct tw_comparison *to, int *pairs,
                          struct tw_err *err)
{
    const struct tw_table *points = maker->compare->points;
    int partner;
    tw_status status = find_partner(maker, row, &partner, err);
    if (status)
        return status;
    to->repetitions++;
    if (partner < 0) {
        to->lonely++;
        return TW_OK;
    }
    to->base_row = to->base_row < 0 ? partner : to->base_row;
    double x = tw_table_real(points, row, maker->metric);
    double y = tw_table_real(points, partner, maker->metric);
    int own_failed = failed_at(maker, row), base_failed = failed_at(maker, partner);
    to->own_failed += own_failed;
    to->base_failed += base_failed;
    to->own_missed += !own_failed && isnan(x);
    to->base_missed += !base_failed && isnan(y);
    if (own_failed || base_failed || isnan(x) || isnan(y))
        return TW_OK;
    maker->values[*pairs] = x;
    maker->values[points->rows + *pairs] = y;
    ++*pairs;
    return TW_OK;
}

/* Puts every row of another method into the list of its point; *of: its index, −1 for none. */
static tw_status group_rows(struct maker *maker, int *of)
{
    struct tw_compare *compare = maker->compare;
    for (int r = 0; r < compare->points->rows; r++) {
        of[r] = -1;
        if (is_base(maker, r))
            continue;
        char *text = signature(maker, r, 0, compare->column_count, 0);
        const json_t *known = text ? json_object_get(maker->known, text) : NULL;
        int failed = !text;
        if (known) {
            of[r] = (int)json_integer_value(known);
        } else if (text) {
            of[r] = compare->count;
            compare->list[compare->count] = (struct tw_comparison){.row = r, .base_row = -1};
            failed = json_object_set_new(maker->known, text, json_integer(compare->count++));
        }
        free(text);
        if (failed)
            return TW_MEMORY;
    }
    return TW_OK;
}

/* Without numbers in the gradients no draw changes a message or a kernel. */
static int is_deterministic(const struct maker *maker, int row)
{
    int column = tw_table_column(maker->compare->points, "data_source");
    return strcmp(text_at(maker, row, column), "sizes") == 0;
}

/* Rows of one point follow one another or not: `next` chains them. */
static tw_status fill_comparisons(struct maker *maker, const int *of, struct tw_err *err)
{
    struct tw_compare *compare = maker->compare;
    int rows = compare->points->rows;
    int *first = malloc(((size_t)compare->count + 1) * sizeof *first);
    int *next = malloc(((size_t)rows + 1) * sizeof *next);
    tw_status status = first && next ? TW_OK : TW_MEMORY;
    for (int i = 0; !status && i < compare->count; i++)
        first[i] = -1;
    for (int r = rows - 1; !status && r >= 0; r--)
        if (of[r] >= 0) {
            next[r] = first[of[r]];
            first[of[r]] = r;
        }
    for (int i = 0; !status && i < compare->count; i++) {
        int pairs = 0;
        for (int r = first[i]; !status && r >= 0; r = next[r])
            status = add_pair(maker, r, &compare->list[i], &pairs, err);
        if (!status)
            status = tw_paired_make(maker->values, maker->values + rows, pairs,
                                    is_deterministic(maker, compare->list[i].row),
                                    maker->request->confidence, &compare->list[i].paired, err);
    }
    free(first);
    free(next);
    return status;
}

static void find_varying(struct tw_compare *compare)
{
    for (int i = 0; i < compare->column_count; i++)
        for (int k = 1; !compare->varies[i] && k < compare->count; k++)
            compare->varies[i] =
                strcmp(tw_table_text(compare->points, compare->list[k].row, compare->columns[i]),
                       tw_table_text(compare->points, compare->list[0].row, compare->columns[i])) !=
                0;
}

static tw_status check_methods(const struct maker *maker, struct tw_err *err)
{
    const struct tw_table *points = maker->compare->points;
    const char *names[32];
    char hint[512];
    int count = 0, found = 0;
    for (int r = 0; r < points->rows; r++) {
        const char *id = text_at(maker, r, maker->method);
        int m = 0;
        found |= is_base(maker, r);
        while (m < count && strcmp(names[m], id))
            m++;
        if (m == count && count < (int)(sizeof names / sizeof *names))
            names[count++] = id;
    }
    if (!found) {
        tw_err_set(err, TW_UNKNOWN, "points.csv has no method '%s'", maker->request->baseline);
        return tw_err_hint(err, TW_UNKNOWN, "its methods: %s",
                           tw_join(names, (size_t)count, hint, sizeof hint));
    }
    return count > 1 ? TW_OK
                     : tw_err_set(err, TW_INPUT, "points.csv has no method beside '%s'",
                                  maker->request->baseline);
}

tw_status tw_compare_make(const struct tw_table *points, const struct tw_compare_request *request,
                          struct tw_compare *compare, struct tw_err *err)
{
    size_t rows = (size_t)points->rows + 1, columns = (size_t)points->columns + SURROUNDINGS + OWN;
    struct maker maker = {.request = request, .compare = compare};
    int *of = malloc(rows * sizeof *of);
    *compare = (struct tw_compare){.points = points};
    compare->list = calloc(rows, sizeof *compare->list);
    compare->columns = calloc(columns, sizeof *compare->columns);
    compare->varies = calloc(columns, 1);
    compare->stands = calloc(columns, 1);
    maker.base = json_object();
    maker.known = json_object();
    maker.values = malloc(2 * rows * sizeof *maker.values);
    tw_status status = TW_MEMORY;
    if (of && compare->list && compare->columns && compare->varies && compare->stands &&
        maker.base && maker.known && maker.values)
        status = find_columns(&maker, err);
    if (!status)
        status = check_methods(&maker, err);
    if (!status)
        status = gather_base(&maker);
    if (!status)
        status = group_rows(&maker, of);
    if (!status)
        status = fill_comparisons(&maker, of, err);
    if (!status)
        find_varying(compare);
    if (status == TW_MEMORY)
        tw_err_set(err, TW_MEMORY, "out of memory");
    free(of);
    free(maker.values);
    json_decref(maker.base);
    json_decref(maker.known);
    return status;
}

void tw_compare_free(struct tw_compare *compare)
{
    free(compare->list);
    free(compare->columns);
    free(compare->varies);
    free(compare->stands);
    *compare = (struct tw_compare){0};
}
