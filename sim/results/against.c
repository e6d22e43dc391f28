/* A value of every point against a column of points.csv, a line per method. */
#include "against.h"

#include <math.h>
#include <stdlib.h>

const struct tw_along tw_along_nodes = {"nodes", "nodes, logarithmic", 1, tw_quantity_count, 1};
const struct tw_along tw_along_islands = {
    "island", "ranks of an island, summed densely before compression, logarithmic", 1,
    tw_quantity_count, 1};
const struct tw_along tw_along_bandwidth = {
    "bandwidth_Bps", "bandwidth of each node's link, logarithmic (bit/s)", 8, tw_quantity_rate, 0};

/* The column as it is. */
static void column_values(const struct tw_table *points, const char *name, double *values)
{
    int column = tw_table_column(points, name);
    for (int r = 0; r < points->rows; r++)
        values[r] = column < 0 ? NAN : tw_table_real(points, r, column);
}

static tw_status add_line(struct tw_lines *lines, int panel, int method, const double *values)
{
    struct tw_spot *spots;
    int count;
    tw_status status = tw_view_spots_of(lines->view, panel, method, values, &spots, &count);
    struct tw_band *bands = status ? NULL : malloc(((size_t)count + 1) * sizeof *bands);
    if (bands)
        tw_lines_add(lines, panel, method, bands, tw_view_bands(spots, count, bands));
    else
        status = TW_MEMORY;
    free(spots);
    return status;
}

static void describe(struct tw_lines *lines, const struct tw_against *against)
{
    lines->title = against->title;
    lines->x_column = against->x->column;
    lines->x_label = against->x->label;
    lines->x_scale = against->x->scale;
    lines->x_quantity = against->x->quantity;
    lines->x_log = 1;
    lines->x_at_values = against->x->at_values;
    for (int i = 0; i < 3; i++)
        lines->y_columns[i] = against->y_columns[i];
    lines->y_label = against->y_label;
    lines->y_quantity = against->y_quantity;
    lines->y_log = 1;
}

static tw_status add_lines(struct tw_lines *lines, const double *values)
{
    const struct tw_view *view = lines->view;
    tw_status status = TW_OK;
    for (int p = 0; !status && p < view->panel_count; p++)
        for (int m = 0; !status && m < view->method_count; m++)
            status = add_line(lines, p, m, values);
    return status;
}

tw_status tw_against_write(const struct tw_against *against, const struct tw_figure_input *input,
                           FILE *script, FILE *data, struct tw_err *err)
{
    struct tw_view view;
    struct tw_lines lines = {0};
    tw_status status =
        tw_view_open(&view, input->points, against->x->column, against->need, NULL, 0, err);
    if (status)
        return status;
    double *values = malloc(((size_t)input->points->rows + 1) * sizeof *values);
    status = values ? tw_lines_start(&lines, input, &view) : TW_MEMORY;
    if (!status && against->values)
        status = against->values(input, values, err);
    else if (!status)
        column_values(input->points, against->need, values);
    if (!status) {
        describe(&lines, against);
        status = add_lines(&lines, values);
    }
    if (!status)
        status = tw_lines_write(&lines, script, data, err);
    free(values);
    tw_lines_free(&lines);
    tw_view_close(&view);
    return status;
}
