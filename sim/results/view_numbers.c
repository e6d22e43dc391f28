/* Values of a view's lines, and the words for what it shows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quantity.h"
#include "view.h"

/* Places of a panel's values, one per facet. */
static void places(const struct tw_view *view, int panel, int only[TW_FACETS_MAX])
{
    int combination = view->panels[panel];
    for (int f = view->facet_count - 1; f >= 0; f--) {
        only[f] = combination % view->facets[f].count;
        combination /= view->facets[f].count;
    }
}

int tw_view_shows(const struct tw_view *view, int panel, int row)
{
    int only[TW_FACETS_MAX];
    if (view->method[row] < 0)
        return 0;
    places(view, panel, only);
    for (int f = 0; f < view->facet_count; f++) {
        int place = view->place[row * TW_FACETS_MAX + f];
        if (place >= 0 && place != only[f])
            return 0;
    }
    return 1;
}

/* ---- words ---- */

/* "16 nodes", "latency 25 µs", "sketch = 4". */
static void describe(const struct tw_view *view, int column, const char *value, char *text,
                     size_t size)
{
    const char *name = view->points->cells[column];
    char *end;
    double number = strtod(value, &end);
    char quantity[TW_QUANTITY_MAX];
    if (!strcmp(name, "nodes") || !strcmp(name, "ranks")) {
        snprintf(text, size, "%s %.*s", value, (int)strlen(name) - !strcmp(value, "1"), name);
    } else if (!strcmp(name, "bandwidth_Bps")) {
        tw_quantity_rate(8 * number, quantity);
        snprintf(text, size, "%s", quantity);
    } else if (!strcmp(name, "latency_s")) {
        tw_quantity_time(number, quantity);
        snprintf(text, size, "link latency %s", quantity);
    } else if (!strcmp(name, "dimension")) {
        tw_quantity_count(number, quantity);
        snprintf(text, size, "%s values", quantity);
    } else if (!strcmp(name, "ratio")) {
        tw_quantity_plain(number, quantity);
        snprintf(text, size, "ratio %s", quantity);
    } else if (!strcmp(name, "network") || !strcmp(name, "scenario")) {
        snprintf(text, size, "%s", value);
    } else if (!*end && strlen(value) > 8) { /* 1.7071067811865475 says no more than 1.70711 */
        snprintf(text, size, "%s = %.6g", name, number);
    } else {
        snprintf(text, size, "%s = %s", name, value);
    }
}

static void append(char *text, size_t size, const char *separator, const char *more)
{
    size_t used = strlen(text);
    if (*more)
        snprintf(text + used, size - used, "%s%s", used ? separator : "", more);
}

void tw_view_panel_title(const struct tw_view *view, int panel, char *text, size_t size)
{
    int only[TW_FACETS_MAX];
    char part[160];
    *text = '\0';
    places(view, panel, only);
    for (int f = 0; f < view->facet_count; f++) {
        describe(view, view->facets[f].column, view->facets[f].values[only[f]], part, sizeof part);
        append(text, size, ", ", part);
    }
}

int tw_view_columns(const struct tw_view *view)
{
    int all = 1, last = 0;
    for (int f = 0; f < view->facet_count; f++)
        all *= last = view->facets[f].count;
    return view->facet_count > 1 && last <= 4 && all == view->panel_count ? last : 0;
}

/* The value that all shown rows have in the column; NULL when they differ or it is empty. */
static const char *constant(const struct tw_view *view, const char *name)
{
    int column = tw_table_column(view->points, name);
    const char *value = NULL;
    for (int r = 0; column >= 0 && r < view->points->rows; r++) {
        const char *text = tw_table_text(view->points, r, column);
        if (view->method[r] < 0)
            continue;
        if (value && strcmp(value, text))
            return NULL;
        value = text;
    }
    return value && *value ? value : NULL;
}

int tw_view_repetitions(const struct tw_view *view)
{
    int column = tw_table_column(view->points, "rep"), most = 0;
    for (int r = 0; r < view->points->rows; r++) {
        double rep = tw_table_real(view->points, r, column);
        if (view->method[r] >= 0 && rep + 1 > most)
            most = (int)rep + 1;
    }
    return most;
}

void tw_view_subtitle(const struct tw_view *view, char *text, size_t size)
{
    static const char *const names[] = {"nodes", "bandwidth_Bps", "latency_s", "dimension",
                                        "network"};
    char part[160];
    int repetitions = tw_view_repetitions(view);
    *text = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = constant(view, names[i]);
        if (!value || (view->x >= 0 && !strcmp(view->points->cells[view->x], names[i])))
            continue;
        describe(view, tw_table_column(view->points, names[i]), value, part, sizeof part);
        append(text, size, " · ", part);
    }
    append(text, size, " · ", view->thinned);
    snprintf(part, sizeof part, "mean of %d repetitions", repetitions);
    append(text, size, " · ", repetitions > 1 ? part : "");
}

/* ---- numbers ---- */

static int by_x(const void *left, const void *right)
{
    const struct tw_spot *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    if (a->rep != b->rep)
        return a->rep < b->rep ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

tw_status tw_view_spots_of(const struct tw_view *view, int panel, int method, const double *values,
                           struct tw_spot **out, int *count)
{
    const struct tw_table *points = view->points;
    int rep = tw_table_column(points, "rep");
    struct tw_spot *spots = malloc(((size_t)points->rows + 1) * sizeof *spots);
    *out = spots;
    *count = 0;
    if (!spots)
        return TW_MEMORY;
    for (int r = 0; r < points->rows; r++) {
        if (view->method[r] != method || isnan(values[r]) || !tw_view_shows(view, panel, r))
            continue;
        spots[(*count)++] = (struct tw_spot){view->x < 0 ? 0 : tw_table_real(points, r, view->x),
                                             values[r], r, tw_table_real(points, r, rep)};
    }
    qsort(spots, (size_t)*count, sizeof *spots, by_x);
    return TW_OK;
}

tw_status tw_view_spots(const struct tw_view *view, int panel, int method, const char *column,
                        struct tw_spot **spots, int *count)
{
    const struct tw_table *points = view->points;
    int y = tw_table_column(points, column);
    double *values = malloc(((size_t)points->rows + 1) * sizeof *values);
    *spots = NULL;
    *count = 0;
    if (!values)
        return TW_MEMORY;
    for (int r = 0; r < points->rows; r++)
        values[r] = y < 0 ? NAN : tw_table_real(points, r, y);
    tw_status status = tw_view_spots_of(view, panel, method, values, spots, count);
    free(values);
    return status;
}

int tw_view_bands(const struct tw_spot *spots, int count, struct tw_band *bands)
{
    int used = 0;
    for (int i = 0; i < count; i++) {
        struct tw_band *band = &bands[used > 0 ? used - 1 : 0];
        if (used == 0 || band->x != spots[i].x) {
            bands[used++] = (struct tw_band){spots[i].x, spots[i].y, spots[i].y, spots[i].y, 1};
            continue;
        }
        band->mean += spots[i].y; /* the sum, until all are in */
        band->min = fmin(band->min, spots[i].y);
        band->max = fmax(band->max, spots[i].y);
        band->count++;
    }
    for (int b = 0; b < used; b++)
        bands[b].mean /= bands[b].count;
    return used;
}
