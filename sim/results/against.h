/* A value of every point against a column of points.csv: what such figures share. */
#ifndef TW_RESULTS_AGAINST_H
#define TW_RESULTS_AGAINST_H

#include "lines.h"

/* An axis that points are drawn along: nodes, islands, bandwidths. */
struct tw_along {
    const char *column, *label;
    double scale; /* what is drawn is this times the column */
    tw_quantity quantity;
    int at_values; /* ticks where the points are: nobody has 5 nodes in a sweep of 4 and 8 */
};
extern const struct tw_along tw_along_nodes, tw_along_islands, tw_along_bandwidth;

struct tw_against {
    const char *title;
    const struct tw_along *x;
    const char *need;         /* column of points.csv: rows where it is empty are not shown */
    const char *y_columns[3]; /* mean, least, greatest: their names in plots/NAME.csv */
    const char *y_label;      /* logarithmic, and says so */
    tw_quantity y_quantity;
    /* The value of every row of points.csv, NAN for none; NULL: the column `need`. */
    tw_status (*values)(const struct tw_figure_input *input, double *values, struct tw_err *err);
};

/* Both axes logarithmic; mean, least and greatest over repetitions. */
tw_status tw_against_write(const struct tw_against *against, const struct tw_figure_input *input,
                           FILE *script, FILE *data, struct tw_err *err) TW_MUST_CHECK;

#endif
