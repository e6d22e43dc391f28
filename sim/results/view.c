/* Cutting points.csv into panels and lines. */
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "columns.h"

/* ---- which rows ---- */

static void find_methods(struct tw_view *view, int need)
{
    const struct tw_table *points = view->points;
    int column = tw_table_column(points, "method");
    for (int r = 0; r < points->rows; r++) {
        const char *id = tw_table_text(points, r, column);
        int m = 0;
        view->method[r] = -1;
        if (!*tw_table_text(points, r, need) ||
            (view->x >= 0 && !*tw_table_text(points, r, view->x)))
            continue;
        for (const char *known; m < view->method_count; m++)
            if ((known = view->methods[m]) && !strcmp(known, id))
                break;
        if (m == view->method_count)
            view->methods[view->method_count++] = id;
        view->method[r] = m;
    }
}

/* ---- values of a column ---- */

static int by_number(const void *left, const void *right)
{
    double a = strtod(*(const char *const *)left, NULL),
           b = strtod(*(const char *const *)right, NULL);
    return (a > b) - (a < b);
}

/* The values of a column among shown rows, each once; numbers ascending. Values that a facet does
 * not tell apart (empty ones) are left out. values has room for one per row. */
static int distinct(const struct tw_view *view, int column, const char **values)
{
    int count = 0, numbers = 1;
    for (int r = 0; r < view->points->rows; r++) {
        const char *text = tw_table_text(view->points, r, column);
        int i = 0;
        if (view->method[r] < 0 || !*text)
            continue;
        while (i < count && strcmp(values[i], text))
            i++;
        if (i < count)
            continue;
        values[count++] = text;
        numbers &= !isnan(tw_table_real(view->points, r, column));
    }
    if (numbers)
        qsort(values, (size_t)count, sizeof *values, by_number);
    return count;
}

/* Hides the rows of all but `most` values, evenly spread. */
static void thin_out(struct tw_view *view, const struct tw_thin *thin, const char **values)
{
    int column = tw_table_column(view->points, thin->column);
    int count = column < 0 ? 0 : distinct(view, column, values);
    if (count <= thin->most)
        return;
    for (int i = 1; i < thin->most; i++) /* the first stays */
        values[i] = values[(count - 1) * i / (thin->most - 1)];
    for (int r = 0; r < view->points->rows; r++) {
        const char *text = tw_table_text(view->points, r, column);
        int i = 0;
        while (i < thin->most && strcmp(values[i], text))
            i++;
        if (i == thin->most)
            view->method[r] = -1;
    }
    size_t used = strlen(view->thinned);
    snprintf(view->thinned + used, sizeof view->thinned - used, "%s%d of %d %s shown",
             used ? ", " : "", thin->most, count, thin->plural);
}

/* ---- facets ---- */

static int varies_within(const struct tw_view *view, int method, int column)
{
    const char *first = NULL;
    for (int r = 0; r < view->points->rows; r++) {
        const char *text = tw_table_text(view->points, r, column);
        if (view->method[r] != method)
            continue;
        if (first && strcmp(first, text))
            return 1;
        first = text;
    }
    return 0;
}

/* Adds a facet. `own`: the column is the method's affair, so that a method in which it does not
 * vary is shown everywhere, as a reference. */
static tw_status add_facet(struct tw_view *view, int column, int own, struct tw_err *err)
{
    const struct tw_table *points = view->points;
    if (view->facet_count == TW_FACETS_MAX)
        return tw_err_set(err, TW_REFUSED, "more than %d columns vary", TW_FACETS_MAX);
    int f = view->facet_count;
    struct tw_facet *facet = &view->facets[f];
    char *fixed = calloc((size_t)view->method_count + 1, 1);
    facet->values = malloc(((size_t)points->rows + 1) * sizeof *facet->values);
    if (!fixed || !facet->values) {
        free(fixed);
        free(facet->values);
        facet->values = NULL;
        return TW_MEMORY;
    }
    for (int m = 0; own && m < view->method_count; m++)
        fixed[m] = (char)!varies_within(view, m, column);
    facet->column = column;
    facet->count = distinct(view, column, facet->values);
    for (int r = 0; r < points->rows; r++) {
        int i = 0;
        while (i < facet->count && strcmp(facet->values[i], tw_table_text(points, r, column)))
            i++;
        int everywhere = i == facet->count || view->method[r] < 0 || fixed[view->method[r]];
        view->place[r * TW_FACETS_MAX + f] = everywhere ? -1 : i;
    }
    view->facet_count++;
    free(fixed);
    return TW_OK;
}

/* ---- rows that nothing tells apart yet ---- */

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct tw_view *view = context;
    int a = *(const int *)left, b = *(const int *)right;
    if (view->method[a] != view->method[b])
        return view->method[a] < view->method[b] ? -1 : 1;
    for (int f = 0; f < view->facet_count; f++) {
        int i = view->place[a * TW_FACETS_MAX + f], j = view->place[b * TW_FACETS_MAX + f];
        if (i != j)
            return i < j ? -1 : 1;
    }
    int order = view->x < 0 ? 0
                            : strcmp(tw_table_text(view->points, a, view->x),
                                     tw_table_text(view->points, b, view->x));
    int rep = tw_table_column(view->points, "rep");
    return order ? order
                 : strcmp(tw_table_text(view->points, a, rep), tw_table_text(view->points, b, rep));
}

/* Finds two shown rows alike in method, facets, x and repetition that differ in `column` (any two,
 * when it is −1). Returns whether there are. */
static int find_clash(const struct tw_view *view, int *order, int column, int pair[2])
{
    int count = 0;
    for (int r = 0; r < view->points->rows; r++)
        if (view->method[r] >= 0)
            order[count++] = r;
    qsort_r(order, (size_t)count, sizeof *order, compare_rows, (void *)view);
    for (int i = 1; i < count; i++) {
        if (compare_rows(&order[i - 1], &order[i], (void *)view))
            continue;
        pair[0] = order[i - 1];
        pair[1] = order[i];
        if (column < 0 || strcmp(tw_table_text(view->points, pair[0], column),
                                 tw_table_text(view->points, pair[1], column)))
            return 1;
    }
    return 0;
}

static int compare_places(const void *left, const void *right, void *context)
{
    const struct tw_view *view = context;
    return memcmp(&view->place[*(const int *)left * TW_FACETS_MAX],
                  &view->place[*(const int *)right * TW_FACETS_MAX],
                  (size_t)view->facet_count * sizeof *view->place);
}

/* Whether rows that the facets so far leave together, of whatever method, agree in column. */
static int is_redundant(const struct tw_view *view, int *order, int column)
{
    int count = 0;
    for (int r = 0; r < view->points->rows; r++)
        if (view->method[r] >= 0)
            order[count++] = r;
    qsort_r(order, (size_t)count, sizeof *order, compare_places, (void *)view);
    for (int i = 1; i < count; i++)
        if (!compare_places(&order[i - 1], &order[i], (void *)view) &&
            strcmp(tw_table_text(view->points, order[i - 1], column),
                   tw_table_text(view->points, order[i], column)))
            return 0;
    return 1;
}

/* Whether the column is nodes where x is ranks, or the other way round, and one follows from the
 * other: along such an x it is no condition of its own. */
static int goes_with_x(const struct tw_view *view, int column)
{
    const struct tw_table *points = view->points;
    const char *name = points->cells[column], *x = view->x < 0 ? "" : points->cells[view->x];
    if (!(!strcmp(name, "ranks") && !strcmp(x, "nodes")) &&
        !(!strcmp(name, "nodes") && !strcmp(x, "ranks")))
        return 0;
    for (int r = 0; r < points->rows; r++)
        for (int q = 0; q < r; q++)
            if (view->method[r] >= 0 && view->method[q] >= 0 &&
                !strcmp(tw_table_text(points, r, view->x), tw_table_text(points, q, view->x)) &&
                strcmp(tw_table_text(points, r, column), tw_table_text(points, q, column)))
                return 0;
    return 1;
}

/* Conditions under which methods are compared: a panel for each. */
static tw_status add_conditions(struct tw_view *view, int *order, struct tw_err *err)
{
    static const char *const names[] = {"scenario",  "nodes",   "ranks",     "bandwidth_Bps",
                                        "latency_s", "network", "dimension", "compute_source"};
    tw_status status = TW_OK;
    for (size_t i = 0; !status && i < sizeof names / sizeof *names; i++) {
        int column = tw_table_column(view->points, names[i]);
        if (column >= 0 && column != view->x && !goes_with_x(view, column) &&
            !is_redundant(view, order, column))
            status = add_facet(view, column, 0, err);
    }
    return status;
}

/* Further columns, as long as rows are left that only they tell apart: first the scenario's own
 * axes, then what belongs to a method. */
static tw_status add_further(struct tw_view *view, int *order, struct tw_err *err)
{
    static const char *const own[] = {"ratio", "island", "feedback", "compressor", "collective"};
    tw_status status = TW_OK;
    int pair[2];
    for (int c = 0; !status && c < view->points->columns; c++)
        if (tw_columns_index(&tw_columns_points, view->points->cells[c]) < 0 &&
            find_clash(view, order, c, pair))
            status = add_facet(view, c, 1, err);
    for (size_t i = 0; !status && i < sizeof own / sizeof *own; i++) {
        int column = tw_table_column(view->points, own[i]);
        if (column >= 0 && find_clash(view, order, column, pair))
            status = add_facet(view, column, 1, err);
    }
    if (status || !find_clash(view, order, -1, pair))
        return status;
    int key = tw_table_column(view->points, "key");
    status = tw_err_set(err, TW_INPUT, "points %s and %s differ in nothing that a figure shows",
                        tw_table_text(view->points, pair[0], key),
                        tw_table_text(view->points, pair[1], key));
    tw_err_hint(err, status, "vary it by an axis, or draw one at a time with --only");
    return status;
}

/* ---- panels ---- */

static int has_rows(const struct tw_view *view, int combination)
{
    int only[TW_FACETS_MAX], shown = 0;
    for (int f = view->facet_count - 1; f >= 0; f--) {
        only[f] = combination % view->facets[f].count;
        combination /= view->facets[f].count;
    }
    for (int r = 0; !shown && r < view->points->rows; r++) {
        shown = view->method[r] >= 0;
        for (int f = 0; shown && f < view->facet_count; f++)
            shown = view->place[r * TW_FACETS_MAX + f] == only[f];
    }
    return shown;
}

static tw_status find_panels(struct tw_view *view, struct tw_err *err)
{
    long combinations = 1;
    for (int f = 0; f < view->facet_count && combinations < 1000000; f++)
        combinations *= view->facets[f].count;
    view->panels = malloc(TW_PANELS_MAX * sizeof *view->panels);
    if (!view->panels)
        return TW_MEMORY;
    for (int c = 0; c < combinations; c++) {
        if (combinations > 1 && !has_rows(view, c))
            continue;
        if (view->panel_count == TW_PANELS_MAX || combinations >= 1000000) {
            tw_err_set(err, TW_REFUSED, "one picture cannot hold more than %d panels",
                       TW_PANELS_MAX);
            return tw_err_hint(err, TW_REFUSED, "narrow the sweep with --only or --set");
        }
        view->panels[view->panel_count++] = c;
    }
    return TW_OK;
}

/* ---- doors ---- */

static tw_status find_columns(struct tw_view *view, const char *x, int *need, const char *name,
                              struct tw_err *err)
{
    const char *const names[] = {"key", "method", "rep", name, x ? x : name};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tw_table_column(view->points, names[i]) < 0)
            return tw_err_set(err, TW_INPUT, "points.csv has no column %s", names[i]);
    view->x = x ? tw_table_column(view->points, x) : -1;
    *need = tw_table_column(view->points, name);
    return TW_OK;
}

tw_status tw_view_open(struct tw_view *view, const struct tw_table *points, const char *x,
                       const char *need, const struct tw_thin *thin, int thin_count,
                       struct tw_err *err)
{
    size_t rows = (size_t)points->rows + 1;
    int column = -1, *order = NULL;
    const char **values = NULL;
    *view = (struct tw_view){.points = points};
    tw_status status = find_columns(view, x, &column, need, err);
    if (status)
        return status;
    view->methods = calloc(rows, sizeof *view->methods);
    view->method = malloc(rows * sizeof *view->method);
    view->place = malloc(rows * TW_FACETS_MAX * sizeof *view->place);
    order = malloc(rows * sizeof *order);
    values = malloc(rows * sizeof *values);
    if (!view->methods || !view->method || !view->place || !order || !values) {
        status = TW_MEMORY;
        goto done;
    }
    find_methods(view, column);
    for (int i = 0; i < thin_count; i++)
        thin_out(view, &thin[i], values);
    if (!view->method_count)
        status = tw_err_set(err, TW_INPUT, "no row of points.csv has a %s%s%s", need,
                            x ? " and a " : "", x ? x : "");
    if (!status)
        status = add_conditions(view, order, err);
    if (!status)
        status = add_further(view, order, err);
    if (!status)
        status = find_panels(view, err);
done:
    free(order);
    free(values);
    if (status)
        tw_view_close(view);
    return status;
}

void tw_view_close(struct tw_view *view)
{
    for (int f = 0; f < TW_FACETS_MAX; f++)
        free(view->facets[f].values);
    free(view->methods);
    free(view->method);
    free(view->place);
    free(view->panels);
    *view = (struct tw_view){0};
}
