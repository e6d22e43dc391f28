/* Curves of a value of steps.csv against simulated time or steps. */
#include "curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "samples.h"

/* Adds the k-th evaluated step of one repetition to a band; 0 when it is another step. */
static int add_sample(struct tw_band *band, double *step, const struct tw_sample *sample,
                      int by_steps)
{
    if (band->count && *step != sample->step)
        return 0;
    *step = sample->step;
    band->x += by_steps ? sample->step : sample->time_s;
    band->mean += sample->value;
    band->min = band->count ? fmin(band->min, sample->value) : sample->value;
    band->max = band->count ? fmax(band->max, sample->value) : sample->value;
    band->count++;
    return 1;
}

/* The line of a method in a panel, as far as all of its repetitions go. */
static tw_status add_line(struct tw_lines *lines, int panel, int method,
                          const struct tw_sample *samples, int count, int by_steps)
{
    const struct tw_view *view = lines->view;
    int length = 0, used = 0;
    for (int r = 0; r < view->points->rows; r++) {
        int first, here = tw_samples_of(samples, count, r, &first);
        if (view->method[r] == method && here > length)
            length = here;
    }
    struct tw_band *bands = calloc((size_t)length + 1, sizeof *bands);
    if (!bands)
        return TW_MEMORY;
    for (int whole = 1; whole && used < length; used += whole) {
        double step = 0;
        for (int r = 0; whole && r < view->points->rows; r++) {
            int first;
            if (view->method[r] != method || !tw_view_shows(view, panel, r))
                continue;
            whole = tw_samples_of(samples, count, r, &first) > used &&
                    add_sample(&bands[used], &step, &samples[first + used], by_steps);
        }
        whole = whole && bands[used].count;
        if (whole) {
            bands[used].x /= bands[used].count;
            bands[used].mean /= bands[used].count;
        }
    }
    tw_lines_add(lines, panel, method, bands, used);
    return TW_OK;
}

/* Says in the legend how many runs of a method ended early. */
static void name_diverged(struct tw_lines *lines)
{
    const struct tw_view *view = lines->view;
    int status = tw_table_column(view->points, "status");
    for (int m = 0; status >= 0 && m < view->method_count; m++) {
        int all = 0, diverged = 0;
        for (int r = 0; r < view->points->rows; r++) {
            all += view->method[r] == m;
            diverged +=
                view->method[r] == m && !strcmp(tw_table_text(view->points, r, status), "diverged");
        }
        size_t used = strlen(lines->labels[m]);
        if (diverged)
            snprintf(lines->labels[m] + used, sizeof lines->labels[m] - used,
                     " (diverged in %d of %d)", diverged, all);
    }
}

/* The target that all shown rows have, or NAN. */
static double common_target(const struct tw_view *view)
{
    int column = tw_table_column(view->points, "target_loss");
    double target = NAN;
    int first = 1;
    for (int r = 0; column >= 0 && r < view->points->rows; r++) {
        double here = tw_table_real(view->points, r, column);
        if (view->method[r] < 0)
            continue;
        if (isnan(here) || (!first && here != target))
            return NAN;
        target = here;
        first = 0;
    }
    return target;
}

/* Axes that fit: runs of very different length need a logarithmic time, and what leaps off in a
 * diverging run must not flatten everything else. */
static void choose_axes(struct tw_lines *lines, const struct tw_curves *curves)
{
    double shortest = INFINITY, longest = 0, start = 0, low = INFINITY, high = -INFINITY;
    for (int i = 0; i < lines->count; i++) {
        const struct tw_line *line = &lines->lines[i];
        double end = line->bands[line->count - 1].x;
        shortest = end > 0 ? fmin(shortest, end) : shortest;
        longest = fmax(longest, end);
        start = fmax(start, line->bands[0].max);
        for (int b = 0; b < line->count; b++) {
            low = fmin(low, line->bands[b].min);
            high = fmax(high, line->bands[b].max);
        }
    }
    lines->x_log = longest >= 10 * shortest;
    if (curves->by_steps)
        lines->x_label = lines->x_log ? "steps done, logarithmic" : "steps done";
    else
        lines->x_label = lines->x_log ? "simulated time, logarithmic" : "simulated time";
    if (!curves->may_leap)
        return;
    lines->y_most = 1.5 * start;
    lines->y_log = low > 0 && fmin(high, lines->y_most) >= 20 * low;
}

/* Where a point lies along the axis; the start of a run has no place on a logarithmic one. */
static double place_of(double x, int log_x)
{
    return log_x ? log(x > 0 ? x : 1e-300) : x;
}

/* Leaves at most TW_CURVE_POINTS and the two ends: those that lie furthest to the left in equal
 * stretches of the axis. */
static void thin_out(struct tw_line *line, int log_x)
{
    int from = log_x && line->bands[0].x <= 0, kept = from + 1;
    if (line->count <= TW_CURVE_POINTS)
        return;
    double start = place_of(line->bands[from].x, log_x);
    double stretch =
        (place_of(line->bands[line->count - 1].x, log_x) - start) / (TW_CURVE_POINTS - 1);
    double next = start + stretch;
    for (int b = from + 1; b < line->count; b++) {
        double place = place_of(line->bands[b].x, log_x);
        if (place < next && b < line->count - 1)
            continue;
        line->bands[kept++] = line->bands[b];
        while (stretch > 0 && next <= place)
            next += stretch;
    }
    line->count = kept;
}

static tw_status fill(struct tw_lines *lines, const struct tw_curves *curves,
                      const struct tw_sample *samples, int count)
{
    const struct tw_view *view = lines->view;
    tw_status status = TW_OK;
    lines->title = curves->title;
    lines->x_column = curves->by_steps ? "step" : "time_s";
    lines->x_quantity = curves->by_steps ? tw_quantity_count : tw_quantity_time;
    lines->x_own = 1;
    for (int i = 0; i < 3; i++)
        lines->y_columns[i] = curves->y_columns[i];
    lines->y_label = curves->y_label;
    lines->y_quantity = curves->y_quantity;
    for (int p = 0; !status && p < view->panel_count; p++)
        for (int m = 0; !status && m < view->method_count; m++)
            status = add_line(lines, p, m, samples, count, curves->by_steps);
    name_diverged(lines);
    choose_axes(lines, curves);
    for (int i = 0; i < lines->count; i++)
        thin_out(&lines->lines[i], lines->x_log);
    return status;
}

tw_status tw_curves_write(const struct tw_curves *curves, const struct tw_figure_input *input,
                          FILE *script, FILE *data, struct tw_err *err)
{
    static const struct tw_thin thin[] = {{"bandwidth_Bps", "bandwidths", 4}};
    struct tw_sample *samples = NULL;
    struct tw_view view;
    struct tw_lines lines = {0};
    char target[64];
    int count = 0;
    tw_status status = tw_view_open(&view, input->points, NULL, "total_time_s", thin, 1, err);
    if (status)
        return status;
    status = tw_samples_join(input, curves->column, &samples, &count, err);
    if (!status)
        status = tw_lines_start(&lines, input, &view);
    if (!status)
        status = fill(&lines, curves, samples, count);
    if (!status && curves->has_target && !isnan(common_target(&view))) {
        lines.reference = common_target(&view);
        snprintf(target, sizeof target, "target %.4g", lines.reference);
        lines.reference_label = target;
    }
    if (!status)
        status = tw_lines_write(&lines, script, data, err);
    free(samples);
    tw_lines_free(&lines);
    tw_view_close(&view);
    return status;
}
