/* Joining steps.csv with points.csv, and drawing curves against simulated time. */
#include "curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of steps.csv that has a value, with the row of points.csv it belongs to. */
struct sample {
    int row;
    double step, time_s, value;
};

struct keyed {
    const char *key;
    int row;
};

static int by_key(const void *left, const void *right)
{
    return strcmp(((const struct keyed *)left)->key, ((const struct keyed *)right)->key);
}

static int by_row_and_step(const void *left, const void *right)
{
    const struct sample *a = left, *b = right;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->step > b->step) - (a->step < b->step);
}

/* Columns of steps.csv that curves are made of. */
struct step_columns {
    int key, step, time_s, value;
};

static tw_status find_columns(const struct tw_table *steps, const char *column,
                              struct step_columns *at, struct tw_err *err)
{
    const char *const names[] = {"key", "step", "time_s", column};
    int *const found[] = {&at->key, &at->step, &at->time_s, &at->value};
    for (int i = 0; i < 4; i++)
        if ((*found[i] = tw_table_column(steps, names[i])) < 0)
            return tw_err_set(err, TW_INPUT, "steps.csv has no column %s", names[i]);
    return TW_OK;
}

/* The first of the sorted keys that is not less. */
static int first_not_less(const struct keyed *keys, int count, const char *key)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(keys[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Samples of one row of steps.csv: one for every point of its key, for an axis may change nothing
 * for a method. With samples NULL only counts. */
static int sample_row(const struct tw_figure_input *input, const struct step_columns *at, int row,
                      const struct keyed *keys, struct sample *samples)
{
    const struct tw_table *steps = input->steps;
    const char *key = tw_table_text(steps, row, at->key);
    struct sample sample = {0, tw_table_real(steps, row, at->step),
                            tw_table_real(steps, row, at->time_s),
                            tw_table_real(steps, row, at->value)};
    int count = 0;
    if (isnan(sample.step) || isnan(sample.time_s) || isnan(sample.value))
        return 0;
    for (int k = first_not_less(keys, input->points->rows, key);
         k < input->points->rows && !strcmp(keys[k].key, key); k++, count++) {
        sample.row = keys[k].row;
        if (samples)
            samples[count] = sample;
    }
    return count;
}

/* Rows of steps.csv with a value, sorted by point and step. *samples is owned by the caller. */
static tw_status join(const struct tw_figure_input *input, const char *column,
                      struct sample **samples, int *count, struct tw_err *err)
{
    const struct tw_table *points = input->points;
    struct step_columns at;
    int key = tw_table_column(points, "key");
    size_t total = 0;
    tw_status status = find_columns(input->steps, column, &at, err);
    if (!status && key < 0)
        status = tw_err_set(err, TW_INPUT, "points.csv has no column key");
    if (status)
        return status;
    struct keyed *keys = malloc(((size_t)points->rows + 1) * sizeof *keys);
    if (!keys)
        return TW_MEMORY;
    for (int r = 0; r < points->rows; r++)
        keys[r] = (struct keyed){tw_table_text(points, r, key), r};
    qsort(keys, (size_t)points->rows, sizeof *keys, by_key);
    for (int s = 0; s < input->steps->rows; s++)
        total += (size_t)sample_row(input, &at, s, keys, NULL);
    *samples = malloc((total + 1) * sizeof **samples);
    for (int s = 0; *samples && s < input->steps->rows; s++)
        *count += sample_row(input, &at, s, keys, *samples + *count);
    if (*samples)
        qsort(*samples, (size_t)*count, sizeof **samples, by_row_and_step);
    free(keys);
    return *samples ? TW_OK : TW_MEMORY;
}

/* The samples of a row: *first and how many. */
static int samples_of(const struct sample *samples, int count, int row, int *first)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (samples[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (high < count && samples[high].row == row)
        high++;
    return high - low;
}

/* Adds the k-th evaluated step of one repetition to a band; 0 when it is another step. */
static int add_sample(struct tw_band *band, double *step, const struct sample *sample)
{
    if (band->count && *step != sample->step)
        return 0;
    *step = sample->step;
    band->x += sample->time_s;
    band->mean += sample->value;
    band->min = band->count ? fmin(band->min, sample->value) : sample->value;
    band->max = band->count ? fmax(band->max, sample->value) : sample->value;
    band->count++;
    return 1;
}

/* The line of a method in a panel, as far as all of its repetitions go. */
static tw_status add_line(struct tw_lines *lines, int panel, int method,
                          const struct sample *samples, int count)
{
    const struct tw_view *view = lines->view;
    int length = 0, used = 0;
    for (int r = 0; r < view->points->rows; r++) {
        int first, here = samples_of(samples, count, r, &first);
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
            whole = samples_of(samples, count, r, &first) > used &&
                    add_sample(&bands[used], &step, &samples[first + used]);
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
    lines->x_label = lines->x_log ? "simulated time, logarithmic" : "simulated time";
    if (!curves->may_leap)
        return;
    lines->y_most = 1.5 * start;
    lines->y_log = low > 0 && fmin(high, lines->y_most) >= 20 * low;
}

static tw_status fill(struct tw_lines *lines, const struct tw_curves *curves,
                      const struct sample *samples, int count)
{
    const struct tw_view *view = lines->view;
    tw_status status = TW_OK;
    lines->title = curves->title;
    lines->x_column = "time_s";
    lines->x_quantity = tw_quantity_time;
    lines->x_own = 1;
    for (int i = 0; i < 3; i++)
        lines->y_columns[i] = curves->y_columns[i];
    lines->y_label = curves->y_label;
    lines->y_quantity = curves->y_quantity;
    for (int p = 0; !status && p < view->panel_count; p++)
        for (int m = 0; !status && m < view->method_count; m++)
            status = add_line(lines, p, m, samples, count);
    name_diverged(lines);
    choose_axes(lines, curves);
    return status;
}

tw_status tw_curves_write(const struct tw_curves *curves, const struct tw_figure_input *input,
                          FILE *script, FILE *data, struct tw_err *err)
{
    static const struct tw_thin thin[] = {{"bandwidth_Bps", "bandwidths", 4}};
    struct sample *samples = NULL;
    struct tw_view view;
    struct tw_lines lines = {0};
    char target[64];
    int count = 0;
    tw_status status = tw_view_open(&view, input->points, NULL, "total_time_s", thin, 1, err);
    if (status)
        return status;
    status = join(input, curves->column, &samples, &count, err);
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
