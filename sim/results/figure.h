/* Figures: what a member of list.def gets and writes. A figure is a gnuplot script and a CSV of the
 * numbers it draws, both in DIR/plots, so that it can be drawn again by hand. */
#ifndef TW_RESULTS_FIGURE_H
#define TW_RESULTS_FIGURE_H

#include <stdio.h>
#include <jansson.h>
#include "csv_read.h"

struct tw_figure_input {
    const char *name;     /* of its files, plots/NAME.*: the type's, or one of its own */
    const char *title;    /* the question; "": the figure's own */
    const char *baseline; /* method id, or "" */
    const json_t *labels; /* {"id":"label"}, or NULL */
    const struct tw_table *points;
    const struct tw_table *steps; /* NULL unless needs_steps */
};

struct tw_figure {
    const char *name;    /* as scenarios write it */
    const char *summary; /* one line for `thinwire list` */
    int needs_steps;
    /* Writes the script and the CSV (plots/NAME.csv). */
    tw_status (*write)(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err);
};

/* The legend's text for a method: its label, or its id; borrowed. */
const char *tw_figure_label(const struct tw_figure_input *input, const char *method);

/* Runs gnuplot on `script` in `directory`. *found = 0 and TW_OK when there is no gnuplot; TW_IO
 * with the first lines it wrote to stderr when it fails. */
tw_status tw_gnuplot_run(const char *directory, const char *script, int *found,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
