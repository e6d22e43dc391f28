/* Step time against bandwidth, a line per method, both axes logarithmic. */
#include <stdlib.h>
#include "lines.h"

static tw_status add_lines(struct tw_lines *lines)
{
    const struct tw_view *view = lines->view;
    tw_status status = TW_OK;
    for (int p = 0; !status && p < view->panel_count; p++)
        for (int m = 0; !status && m < view->method_count; m++) {
            struct tw_spot *spots;
            int count;
            status = tw_view_spots(view, p, m, "step_time_s", &spots, &count);
            struct tw_band *bands = status ? NULL : malloc(((size_t)count + 1) * sizeof *bands);
            if (bands)
                tw_lines_add(lines, p, m, bands, tw_view_bands(spots, count, bands));
            else
                status = TW_MEMORY;
            free(spots);
        }
    return status;
}

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    struct tw_view view;
    struct tw_lines lines = {0};
    tw_status status =
        tw_view_open(&view, input->points, "bandwidth_Bps", "step_time_s", NULL, 0, err);
    if (status)
        return status;
    status = tw_lines_start(&lines, input, &view);
    if (!status) {
        lines.title = "How long does a step take at which bandwidth?";
        lines.x_column = "bandwidth_Bps";
        lines.x_scale = 8;
        lines.x_label = "bandwidth of each node's link, logarithmic (bit/s)";
        lines.x_quantity = tw_quantity_rate;
        lines.x_log = 1;
        lines.y_columns[0] = "step_time_s";
        lines.y_columns[1] = "step_time_min_s";
        lines.y_columns[2] = "step_time_max_s";
        lines.y_label = "time of a step, logarithmic (lower is better)";
        lines.y_quantity = tw_quantity_time;
        lines.y_log = 1;
        status = add_lines(&lines);
    }
    if (!status)
        status = tw_lines_write(&lines, script, data, err);
    tw_lines_free(&lines);
    tw_view_close(&view);
    return status;
}

const struct tw_figure tw_figure_time_vs_bandwidth = {
    .name = "time-vs-bandwidth",
    .summary = "time of a step against bandwidth, a line per method",
    .write = write};
