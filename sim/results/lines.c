/* Writing figures made of lines. */
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "results.h"

/* Ticks that fit under a panel, one per value. */
enum { PLACES_MAX = 8 };

struct range {
    double low, high;
};

tw_status tw_lines_start(struct tw_lines *lines, const struct tw_figure_input *input,
                         const struct tw_view *view)
{
    *lines = (struct tw_lines){.view = view,
                               .input = input,
                               .x_scale = 1,
                               .y_most = NAN,
                               .reference = NAN,
                               .reference_label = ""};
    lines->lines =
        calloc((size_t)view->panel_count * (size_t)view->method_count, sizeof *lines->lines);
    lines->labels = calloc((size_t)view->method_count, sizeof *lines->labels);
    if (!lines->lines || !lines->labels)
        return TW_MEMORY;
    for (int m = 0; m < view->method_count; m++)
        snprintf(lines->labels[m], sizeof lines->labels[m], "%s",
                 tw_figure_label(input, view->methods[m]));
    return TW_OK;
}

void tw_lines_add(struct tw_lines *lines, int panel, int method, struct tw_band *bands, int count)
{
    if (count)
        lines->lines[lines->count++] = (struct tw_line){panel, method, bands, count};
    else
        free(bands);
}

void tw_lines_free(struct tw_lines *lines)
{
    for (int i = 0; i < lines->count; i++)
        free(lines->lines[i].bands);
    free(lines->lines);
    free(lines->labels);
    *lines = (struct tw_lines){0};
}

/* ---- numbers ---- */

static void write_data(const struct tw_lines *lines, FILE *data)
{
    char title[256];
    fprintf(data, "panel,series,%s,%s,%s,%s,repetitions,shown,method\n", lines->x_column,
            lines->y_columns[0], lines->y_columns[1], lines->y_columns[2]);
    for (int i = 0; i < lines->count; i++) {
        const struct tw_line *line = &lines->lines[i];
        tw_view_panel_title(lines->view, line->panel, title, sizeof title);
        for (int b = 0; b < line->count; b++) {
            const struct tw_band *band = &line->bands[b];
            const double values[] = {band->x, band->mean, band->min, band->max};
            fprintf(data, "%d,%d,", line->panel, line->method);
            for (int v = 0; v < 4; v++) {
                tw_csv_real(data, values[v]);
                fputc(',', data);
            }
            fprintf(data, "%d,", band->count);
            tw_csv_text(data, title);
            fputc(',', data);
            tw_csv_text(data, lines->view->methods[line->method]);
            fputc('\n', data);
        }
    }
}

static void widen(struct range *range, double value, int positive)
{
    if (isnan(value) || (positive && value <= 0))
        return;
    range->low = isnan(range->low) ? value : fmin(range->low, value);
    range->high = isnan(range->high) ? value : fmax(range->high, value);
}

/* Range of x over the lines of a panel (−1: of all), as drawn. */
static struct range range_x(const struct tw_lines *lines, int panel)
{
    struct range range = {NAN, NAN};
    for (int i = 0; i < lines->count; i++)
        for (int b = 0; b < lines->lines[i].count; b++)
            if (panel < 0 || lines->lines[i].panel == panel)
                widen(&range, lines->x_scale * lines->lines[i].bands[b].x, lines->x_log);
    return range;
}

static struct range range_y(const struct tw_lines *lines)
{
    struct range range = {NAN, NAN};
    for (int i = 0; i < lines->count; i++)
        for (int b = 0; b < lines->lines[i].count; b++) {
            const struct tw_band *band = &lines->lines[i].bands[b];
            if (lines->x_log && band->x <= 0) /* not drawn */
                continue;
            widen(&range, band->min, lines->y_log);
            widen(&range, band->max, lines->y_log);
        }
    widen(&range, lines->reference, lines->y_log);
    if (!isnan(lines->y_most) && range.high > lines->y_most)
        range.high = lines->y_most;
    return range;
}

/* Room around the data, so that no mark lies on the frame. What is never negative stays so. */
static struct range pad(struct range range, int log, double share)
{
    if (log) {
        double factor = fmax(pow(range.high / range.low, share), 1.02);
        return (struct range){range.low / factor, range.high * factor};
    }
    double room = share * (range.high - range.low), low = range.low - room;
    return (struct range){range.low >= 0 && low < 0 ? 0 : low, range.high + room};
}

/* The places of all points along x, as drawn, ascending; −1: more than `most`. */
static int find_places(const struct tw_lines *lines, double *places, int most)
{
    int count = 0;
    for (int i = 0; i < lines->count; i++)
        for (int b = 0; b < lines->lines[i].count; b++) {
            double x = lines->x_scale * lines->lines[i].bands[b].x;
            int at = 0;
            while (at < count && places[at] < x)
                at++;
            if (at < count && places[at] == x)
                continue;
            if (count == most)
                return -1;
            memmove(places + at + 1, places + at, (size_t)(count - at) * sizeof *places);
            places[at] = x;
            count++;
        }
    return count;
}

static void write_axis(FILE *script, const char *axis, struct range range, int log, int ticks,
                       tw_quantity quantity)
{
    if (isnan(range.low)) /* nothing to show in this panel */
        range = (struct range){1, 10};
    if (log)
        tw_axis_log(script, axis, range.low, range.high, ticks, quantity);
    else
        tw_axis_linear(script, axis, range.low, range.high, ticks, quantity);
}

/* ---- script ---- */

static int has_band(const struct tw_line *line)
{
    for (int b = 0; b < line->count; b++)
        if (line->bands[b].max > line->bands[b].min)
            return 1;
    return 0;
}

/* "'x.csv' using (at(0, 1, 8*column('bandwidth_Bps')))" */
static void write_source(const struct tw_lines *lines, const struct tw_line *line, int *first,
                         FILE *script)
{
    fprintf(script, "%s'%s.csv' using (at(%d, %d, ", *first ? "" : ", \\\n      ",
            lines->input->name, line->panel, line->method);
    if (lines->x_scale != 1)
        fprintf(script, "%.12g*", lines->x_scale);
    /* the start of a run has no place on a logarithmic axis */
    fprintf(script, lines->x_log ? "positive(column('%s'))))" : "column('%s')))", lines->x_column);
    *first = 0;
}

static void write_plot(const struct tw_lines *lines, int panel, FILE *script)
{
    int first = 1;
    fputs("    plot ", script);
    for (int i = 0; i < lines->count; i++) {
        const struct tw_line *line = &lines->lines[i];
        if (line->panel != panel || !has_band(line))
            continue;
        write_source(lines, line, &first, script);
        fprintf(script,
                ":(column('%s')):(column('%s')) with filledcurves lt %d fs transparent solid 0.15 "
                "noborder notitle",
                lines->y_columns[1], lines->y_columns[2], tw_style_of(line->method).colour);
    }
    for (int i = 0; i < lines->count; i++) {
        const struct tw_line *line = &lines->lines[i];
        if (line->panel != panel)
            continue;
        struct tw_style style = tw_style_of(line->method);
        write_source(lines, line, &first, script);
        fprintf(script,
                ":(column('%s')) with linespoints lt %d dt %d pt %d ps 1.3 lw 2.5 pi %d notitle",
                lines->y_columns[0], style.colour, style.dash, style.mark, 1 + line->count / 16);
    }
    if (first) /* a panel where nothing has this value still shows its frame */
        fputs("NaN notitle", script);
    fputc('\n', script);
}

static void write_panel(const struct tw_lines *lines, const struct tw_canvas *canvas, int panel,
                        struct range y)
{
    FILE *script = canvas->script;
    char title[256];
    struct range x = range_x(lines, lines->x_own ? panel : -1);
    tw_view_panel_title(lines->view, panel, title, sizeof title);
    tw_canvas_panel(canvas, panel, title);
    double places[PLACES_MAX];
    int few = lines->x_at_values ? find_places(lines, places, PLACES_MAX) : -1;
    if (few > 0 && x.high > x.low) {
        x = pad(x, 1, .03);
        tw_axis_log_at(script, "x", x.low, x.high, places, few, lines->x_quantity);
    } else {
        write_axis(script, "x", pad(x, lines->x_log, .03), lines->x_log,
                   1 + canvas->frame_width / 130, lines->x_quantity);
    }
    write_axis(script, "y", y, lines->y_log, canvas->frame_height / 55,
               tw_canvas_is_left(canvas, panel) ? lines->y_quantity : NULL);
    if (!isnan(lines->reference))
        fprintf(script,
                "    set arrow from graph 0, first %.12g to graph 1, first %.12g nohead back %s\n",
                lines->reference, lines->reference, TW_RULE_STYLE);
    write_plot(lines, panel, script);
}

static int is_drawn(const struct tw_lines *lines, int method)
{
    for (int i = 0; i < lines->count; i++)
        if (lines->lines[i].method == method)
            return 1;
    return 0;
}

static int make_legend(const struct tw_lines *lines, struct tw_legend *legend)
{
    int count = 0;
    for (int m = 0; m < lines->view->method_count; m++)
        if (is_drawn(lines, m))
            legend[count++] = (struct tw_legend){
                .kind = TW_LEGEND_LINE, .label = lines->labels[m], .style = tw_style_of(m)};
    if (*lines->reference_label)
        legend[count++] =
            (struct tw_legend){.kind = TW_LEGEND_RULE, .label = lines->reference_label};
    return count;
}

static void add_band_note(const struct tw_lines *lines, char *subtitle, size_t size)
{
    size_t used = strlen(subtitle);
    for (int i = 0; i < lines->count; i++)
        if (has_band(&lines->lines[i])) {
            snprintf(subtitle + used, size - used, ", bands from least to greatest");
            return;
        }
}

tw_status tw_lines_write(const struct tw_lines *lines, FILE *script, FILE *data, struct tw_err *err)
{
    const struct tw_view *view = lines->view;
    char subtitle[640];
    if (!lines->count)
        return tw_err_set(err, TW_INPUT, "there is no value of %s to draw", lines->y_columns[0]);
    struct tw_legend *legend = calloc((size_t)view->method_count + 1, sizeof *legend);
    if (!legend)
        return TW_MEMORY;
    tw_view_subtitle(view, subtitle, sizeof subtitle);
    add_band_note(lines, subtitle, sizeof subtitle);
    struct range y = pad(range_y(lines), lines->y_log, .04);
    struct tw_canvas canvas = {.script = script,
                               .name = lines->input->name,
                               .title = *lines->input->title ? lines->input->title : lines->title,
                               .subtitle = subtitle,
                               .x_label = lines->x_label,
                               .y_label = lines->y_label,
                               .legend = legend,
                               .legend_count = make_legend(lines, legend),
                               .panels = view->panel_count,
                               .columns = tw_view_columns(view),
                               .frame_width = 400,
                               .frame_height = 320,
                               .left = 140};
    tw_canvas_open(&canvas);
    fputs("    positive(v) = v > 0 ? v : NaN\n", script);
    for (int panel = 0; panel < view->panel_count; panel++)
        write_panel(lines, &canvas, panel, y);
    tw_canvas_close(&canvas);
    write_data(lines, data);
    free(legend);
    return TW_OK;
}
