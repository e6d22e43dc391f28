/* Step time of the baseline over the method's, against bandwidth. At one bandwidth it is the ratio
 * of the mean step times over the repetitions both have; the band spans the ratios of repetitions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "lines.h"

/* Bands of base/own, for both sorted by x and repetition; returns how many. */
static int divide(const struct tw_spot *base, int base_count, const struct tw_spot *own,
                  int own_count, struct tw_band *bands)
{
    int used = 0;
    double above = 0, below = 0;
    for (int i = 0, j = 0; i < base_count && j < own_count;) {
        const struct tw_spot *a = &base[i], *b = &own[j];
        if (a->x != b->x || a->rep != b->rep) {
            int earlier = a->x < b->x || (a->x == b->x && a->rep < b->rep);
            i += earlier;
            j += !earlier;
            continue;
        }
        double ratio = a->y / b->y;
        if (used == 0 || bands[used - 1].x != a->x) {
            bands[used++] = (struct tw_band){a->x, 0, ratio, ratio, 0};
            above = below = 0;
        }
        struct tw_band *band = &bands[used - 1];
        above += a->y;
        below += b->y;
        band->mean = above / below;
        band->min = fmin(band->min, ratio);
        band->max = fmax(band->max, ratio);
        band->count++;
        i++;
        j++;
    }
    return used;
}

static tw_status add_line(struct tw_lines *lines, int panel, int method, const struct tw_spot *base,
                          int base_count)
{
    struct tw_spot *own;
    int count;
    tw_status status = tw_view_spots(lines->view, panel, method, "step_time_s", &own, &count);
    struct tw_band *bands = status ? NULL : malloc(((size_t)count + 1) * sizeof *bands);
    if (bands)
        tw_lines_add(lines, panel, method, bands, divide(base, base_count, own, count, bands));
    else
        status = TW_MEMORY;
    free(own);
    return status;
}

static tw_status add_lines(struct tw_lines *lines, int baseline)
{
    const struct tw_view *view = lines->view;
    tw_status status = TW_OK;
    for (int p = 0; !status && p < view->panel_count; p++) {
        struct tw_spot *base;
        int count;
        status = tw_view_spots(view, p, baseline, "step_time_s", &base, &count);
        for (int m = 0; !status && m < view->method_count; m++)
            if (m != baseline)
                status = add_line(lines, p, m, base, count);
        free(base);
    }
    return status;
}

static tw_status find_baseline(const struct tw_figure_input *input, const struct tw_view *view,
                               int *baseline, struct tw_err *err)
{
    char list[256];
    *baseline = 0;
    while (*baseline < view->method_count && strcmp(view->methods[*baseline], input->baseline))
        ++*baseline;
    if (*baseline < view->method_count)
        return TW_OK;
    if (*input->baseline)
        tw_err_set(err, TW_INPUT, "the baseline '%s' has no row in points.csv", input->baseline);
    else
        tw_err_set(err, TW_INPUT, "no baseline is named");
    return tw_err_hint(err, TW_INPUT, "name one of %s as <output baseline=\"…\">",
                       tw_join(view->methods, (size_t)view->method_count, list, sizeof list));
}

static void describe(struct tw_lines *lines, const char *baseline, char *y_label, size_t size)
{
    snprintf(y_label, size, "step time of %s ÷ step time of the method", baseline);
    lines->title = "Which method is faster than the baseline, and at which bandwidth?";
    lines->x_column = "bandwidth_Bps";
    lines->x_scale = 8;
    lines->x_label = "bandwidth of each node's link, logarithmic (bit/s)";
    lines->x_quantity = tw_quantity_rate;
    lines->x_log = 1;
    lines->y_columns[0] = "speedup";
    lines->y_columns[1] = "speedup_min";
    lines->y_columns[2] = "speedup_max";
    lines->y_label = y_label;
    lines->y_quantity = tw_quantity_factor;
    lines->y_log = 1;
    lines->reference = 1;
}

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    struct tw_view view;
    struct tw_lines lines = {0};
    char y_label[256], reference[256];
    int baseline;
    tw_status status =
        tw_view_open(&view, input->points, "bandwidth_Bps", "step_time_s", NULL, 0, err);
    if (status)
        return status;
    status = find_baseline(input, &view, &baseline, err);
    if (!status)
        status = tw_lines_start(&lines, input, &view);
    if (!status) {
        describe(&lines, lines.labels[baseline], y_label, sizeof y_label);
        snprintf(reference, sizeof reference, "1×: as fast as %s", lines.labels[baseline]);
        lines.reference_label = reference;
        status = add_lines(&lines, baseline);
    }
    if (!status)
        status = tw_lines_write(&lines, script, data, err);
    tw_lines_free(&lines);
    tw_view_close(&view);
    return status;
}

const struct tw_figure tw_figure_speedup_vs_bandwidth = {
    .name = "speedup-vs-bandwidth",
    .summary = "step time of the baseline over each method's, against bandwidth",
    .write = write};
