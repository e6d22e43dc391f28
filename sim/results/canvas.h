/* The parts that every gnuplot script of ours has: panels on a page, title, legend, axes whose
 * ticks are written as people say them, and line styles that differ in colour, dash and mark. */
#ifndef TW_RESULTS_CANVAS_H
#define TW_RESULTS_CANVAS_H

#include <stdio.h>
#include "quantity.h"

/* How a line looks: gnuplot's line type (its colour), dash type and point type. */
struct tw_style {
    int colour, dash, mark;
};
/* Of the i-th method: three properties differ, so that colour is never needed. */
struct tw_style tw_style_of(int series);

enum tw_legend_kind {
    TW_LEGEND_LINE, /* with `style` */
    TW_LEGEND_RULE, /* the dashed grey of reference lines */
    TW_LEGEND_BOX   /* filled with `fill` */
};
struct tw_legend {
    enum tw_legend_kind kind;
    const char *label;
    struct tw_style style;
    const char *fill; /* "#rrggbb" */
};

#define TW_RULE_STYLE "lw 2 dt 2 lc rgb '#707070'"

struct tw_canvas {
    FILE *script;
    const char *name; /* of the figure: files are NAME.csv, NAME.svg, NAME.png */
    const char *title, *subtitle, *x_label, *y_label;
    const struct tw_legend *legend;
    int legend_count;
    int panels; /* on the page, by rows */
    int frame_width,
        frame_height; /* pixels wanted for the inside of each; made larger to fill a page */
    int left;         /* pixels for the ticks' texts of the first column */
    int columns;      /* of panels; 0: as square as it gets */
    /* set by tw_canvas_open, with `columns`: */
    int rows, width, height, top, legend_columns;
};

/* Begins the script: settings, the loop over svg and png; title, subtitle (both wrapped), the names
 * of the axes and the legend, all on the page's rim and never on data. */
void tw_canvas_open(struct tw_canvas *canvas);
/* Places panel i, from 0; title may be "". */
void tw_canvas_panel(const struct tw_canvas *canvas, int panel, const char *title);
/* Whether the panel is in the first column, whose ticks have texts on y. */
int tw_canvas_is_left(const struct tw_canvas *canvas, int panel);
void tw_canvas_close(const struct tw_canvas *canvas);

/* 'text' in single quotes, where gnuplot replaces nothing; line ends become blanks. */
void tw_canvas_text(FILE *script, const char *text);
/* An entry of a list of ticks: the text, which gnuplot takes as a format there (% is doubled), and
 * its place on the axis; minor ticks are shorter. */
void tw_canvas_tick(FILE *script, const char *text, double place, int minor);

/* An axis ("x" or "y") from low to high with ticks in words, at most about `ticks` of them; low > 0
 * for the logarithmic one. quantity NULL: ticks without texts. */
void tw_axis_log(FILE *script, const char *axis, double low, double high, int ticks,
                 tw_quantity quantity);
/* A logarithmic axis with ticks at the given values alone. */
void tw_axis_log_at(FILE *script, const char *axis, double low, double high, const double *values,
                    int count, tw_quantity quantity);
void tw_axis_linear(FILE *script, const char *axis, double low, double high, int ticks,
                    tw_quantity quantity);

#endif
