/* Where the time of a step goes: a bar per method, stacked of compute, compress, exposed transfer
 * and wait, which add up to the step's time. A panel per bandwidth and node count (three of each).
 */
#include <stdlib.h>
#include <string.h>
#include "canvas.h"
#include "figure.h"
#include "results.h"
#include "view.h"

static const struct part {
    const char *column, *label, *colour;
} parts[] = {{"compute_s", "compute (forward, backward, update)", "#0072b2"},
             {"compress_s", "compress (feedback, compression, decoding)", "#e69f00"},
             {"exposed_s", "transfer that nothing hides", "#d55e00"},
             {"wait_s", "wait for other ranks", "#cccccc"}};
#define PARTS 4

/* The mean over repetitions of a column; *count is how many there are. */
static tw_status mean_of(const struct tw_view *view, int panel, int method, const char *column,
                         double *mean, int *count)
{
    struct tw_spot *spots;
    tw_status status = tw_view_spots(view, panel, method, column, &spots, count);
    *mean = 0;
    for (int i = 0; !status && i < *count; i++)
        *mean += spots[i].y;
    if (*count)
        *mean /= *count;
    free(spots);
    return status;
}

/* Writes a panel's rows of the CSV; *longest is the longest bar. */
static tw_status write_rows(const struct tw_view *view, int panel, double *longest, FILE *data)
{
    char title[256];
    tw_view_panel_title(view, panel, title, sizeof title);
    *longest = 0;
    for (int m = 0; m < view->method_count; m++) {
        double means[PARTS + 1];
        int count = 0;
        for (int i = 0; i <= PARTS; i++) {
            const char *column = i < PARTS ? parts[i].column : "step_time_s";
            tw_status status = mean_of(view, panel, m, column, &means[i], &count);
            if (status)
                return status;
        }
        if (!count)
            continue;
        fprintf(data, "%d,%d", panel, m);
        for (int i = 0; i <= PARTS; i++) {
            fputc(',', data);
            tw_csv_real(data, means[i]);
        }
        fprintf(data, ",%d,", count);
        tw_csv_text(data, title);
        fputc(',', data);
        tw_csv_text(data, view->methods[m]);
        fputc('\n', data);
        *longest = means[PARTS] > *longest ? means[PARTS] : *longest;
    }
    return TW_OK;
}

static void write_bars(FILE *script, const char *name, int panel)
{
    fputs("    plot ", script);
    for (int i = 0; i < PARTS; i++) {
        fputs(i ? ", \\\n      " : "", script);
        fprintf(script, "'%s.csv' using (0):(bar(%d)):(", name, panel);
        for (int j = 0; j < i; j++)
            fprintf(script, "column('%s')+", parts[j].column);
        fputs("0):(", script);
        for (int j = 0; j <= i; j++)
            fprintf(script, "%scolumn('%s')", j ? "+" : "", parts[j].column);
        fprintf(script,
                "):(bar(%d)-0.36):(bar(%d)+0.36) with boxxyerror lc rgb '%s' fs solid noborder "
                "notitle",
                panel, panel, parts[i].colour);
    }
    fprintf(script,
            ", \\\n      '' using (column('step_time_s')):(bar(%d)):(human(column('step_time_s'))) "
            "with labels left offset 0.5,0 font ',13' notitle\n",
            panel);
}

static void write_panel(const struct tw_figure_input *input, const struct tw_view *view,
                        const struct tw_canvas *canvas, int panel, double longest)
{
    FILE *script = canvas->script;
    char title[256];
    tw_view_panel_title(view, panel, title, sizeof title);
    tw_canvas_panel(canvas, panel, title);
    /* the space to the right is for the written times */
    tw_axis_linear(script, "x", 0, 1.25 * (longest > 0 ? longest : 1), canvas->frame_width / 90,
                   tw_quantity_time);
    fprintf(script, "    set yrange [%g:-0.5]\n    set ytics nomirror scale 0 (",
            view->method_count - .5);
    for (int m = 0; m < view->method_count; m++) {
        const char *label = tw_figure_label(input, view->methods[m]);
        fputs(m ? ", " : "", script);
        tw_canvas_tick(script, tw_canvas_is_left(canvas, panel) ? label : "", m, 0);
    }
    fputs(")\n    set grid xtics noytics\n", script);
    write_bars(script, input->name, panel);
}

static int longest_label(const struct tw_figure_input *input, const struct tw_view *view)
{
    size_t longest = 0;
    for (int m = 0; m < view->method_count; m++) {
        size_t length = strlen(tw_figure_label(input, view->methods[m]));
        longest = length > longest ? length : longest;
    }
    return (int)longest;
}

static void start_canvas(struct tw_canvas *canvas, const struct tw_figure_input *input,
                         const struct tw_view *view)
{
    canvas->name = input->name;
    canvas->title =
        *input->title ? input->title : "Where does the time of a step go, method by method?";
    canvas->x_label = "time of a step, mean over ranks";
    canvas->y_label = "";
    canvas->panels = view->panel_count;
    canvas->columns = tw_view_columns(view);
    canvas->left = 50 + (int)(11.5 * longest_label(input, view));
    canvas->frame_width = 340;
    canvas->frame_height = 20 + 36 * view->method_count;
    canvas->legend_count = PARTS;
    tw_canvas_open(canvas);
    fputs("    # the place of a bar, and a time as it is written beside one\n"
          "    bar(p) = at(p, column('series'), column('series'))\n"
          "    human(t) = t >= 1 ? sprintf('%.3g s', t) : t >= 1e-3 ? sprintf('%.3g ms', 1e3*t) : "
          "sprintf('%.3g µs', 1e6*t)\n",
          canvas->script);
}

static tw_status write_figure(const struct tw_figure_input *input, const struct tw_view *view,
                              FILE *script, FILE *data)
{
    struct tw_legend legend[PARTS];
    char subtitle[640];
    tw_status status = TW_OK;
    for (int i = 0; i < PARTS; i++)
        legend[i] = (struct tw_legend){
            .kind = TW_LEGEND_BOX, .label = parts[i].label, .fill = parts[i].colour};
    tw_view_subtitle(view, subtitle, sizeof subtitle);
    struct tw_canvas canvas = {.script = script, .subtitle = subtitle, .legend = legend};
    start_canvas(&canvas, input, view);
    fputs("panel,series,compute_s,compress_s,exposed_s,wait_s,step_time_s,repetitions,shown,"
          "method\n",
          data);
    for (int panel = 0; !status && panel < view->panel_count; panel++) {
        double longest;
        status = write_rows(view, panel, &longest, data);
        if (!status)
            write_panel(input, view, &canvas, panel, longest);
    }
    tw_canvas_close(&canvas);
    return status;
}

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_thin thin[] = {{"nodes", "node counts", 3},
                                          {"bandwidth_Bps", "bandwidths", 3}};
    struct tw_view view;
    for (int i = 0; i < PARTS; i++)
        if (tw_table_column(input->points, parts[i].column) < 0)
            return tw_err_set(err, TW_INPUT, "points.csv has no column %s", parts[i].column);
    tw_status status = tw_view_open(&view, input->points, NULL, "step_time_s", thin, 2, err);
    if (!status)
        status = write_figure(input, &view, script, data);
    tw_view_close(&view);
    return status;
}

const struct tw_figure tw_figure_breakdown = {
    .name = "breakdown",
    .summary = "compute, compress, transfer and wait of a step, a bar per method",
    .write = write};
