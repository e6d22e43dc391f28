/* Figures made of lines with bands, one per method in each panel: as data, and written. */
#ifndef TW_RESULTS_LINES_H
#define TW_RESULTS_LINES_H

#include "canvas.h"
#include "figure.h"
#include "view.h"

/* The line of a method in a panel. */
struct tw_line {
    int panel, method;
    struct tw_band *bands; /* owned */
    int count;
};

struct tw_lines {
    const struct tw_view *view;
    const struct tw_figure_input *input;
    const char *title; /* title: the figure's own question */
    const char *x_column, *x_label;
    const char *y_columns[3]; /* mean, least, greatest: their names in plots/NAME.csv */
    const char *y_label;
    double x_scale; /* what is drawn is x_scale times the column */
    tw_quantity x_quantity, y_quantity;
    int x_log, y_log;
    int x_at_values;             /* ticks of x where the points are, if they are few */
    int x_own;                   /* each panel has its own range of x */
    double y_most;               /* of the data, what the axis shows at most; NAN: all */
    double reference;            /* a horizontal line, or NAN */
    const char *reference_label; /* of its entry in the legend, or "" for none */
    struct tw_line *lines;       /* owned; sorted as added */
    int count;
    char (*labels)[160]; /* of every method; owned */
};

/* Room for one line per panel and method, labels filled from the input. Freed by tw_lines_free,
 * also after a failure. */
tw_status tw_lines_start(struct tw_lines *lines, const struct tw_figure_input *input,
                         const struct tw_view *view) TW_MUST_CHECK;
/* Adds a line; takes over bands (an empty line is dropped). */
void tw_lines_add(struct tw_lines *lines, int panel, int method, struct tw_band *bands, int count);
void tw_lines_free(struct tw_lines *lines);

/* TW_INPUT when there is no line at all. */
tw_status tw_lines_write(const struct tw_lines *lines, FILE *script, FILE *data,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
