/* The parts that every gnuplot script of ours has: panels on a page, title, legend, axes whose
 * ticks are written as people say them, and line styles that differ in colour, dash and mark. */
#ifndef TW_RESULTS_CANVAS_H
#define TW_RESULTS_CANVAS_H

#include <stdio.h>
#include "quantity.h"

struct tw_legend {
    const char *label;
    char style[96]; /* "with linespoints lt 6 …" */
};

struct tw_canvas {
    FILE *script;
    const char *name; /* of the figure: files are NAME.csv, NAME.svg, NAME.png */
    const char *title, *subtitle;
    const struct tw_legend *legend;
    int legend_count;
    int panels;                    /* on the page */
    int panel_width, panel_height; /* pixels wanted for each, its ticks and titles included */
    int left;                      /* pixels of a panel left of its frame */
    /* set by tw_canvas_open: */
    int columns, rows, width, height, top, bottom, legend_columns;
};

/* Begins the script: settings, the loop over svg and png, title and subtitle (wrapped). */
void tw_canvas_open(struct tw_canvas *canvas);
/* Places panel i (from 0, by rows); title may be "". Whether the panel is in the last row of its
 * column and in the first column decide who names the axes: tw_canvas_is_low, _is_left. */
void tw_canvas_panel(const struct tw_canvas *canvas, int panel, const char *title);
int tw_canvas_is_low(const struct tw_canvas *canvas, int panel);
int tw_canvas_is_left(const struct tw_canvas *canvas, int panel);
/* Draws the legend below the panels and ends the script. */
void tw_canvas_close(const struct tw_canvas *canvas);

/* 'text' in single quotes, where gnuplot replaces nothing; line ends become blanks. */
void tw_canvas_text(FILE *script, const char *text);

/* An axis ("x" or "y") from low to high with ticks in words; low > 0 for the logarithmic one. */
void tw_axis_log(FILE *script, const char *axis, double low, double high, tw_quantity quantity);
void tw_axis_linear(FILE *script, const char *axis, double low, double high, tw_quantity quantity);

/* Line style of the i-th method: "lt 6 dt 2 pt 5 lw 2". */
void tw_style_line(int series, char *text, size_t size);
/* Its colour alone: "lt 6". */
int tw_style_colour(int series);

#endif
