/* Joining steps.csv with points.csv. */
#ifndef TW_RESULTS_SAMPLES_H
#define TW_RESULTS_SAMPLES_H

#include "figure.h"

/* A row of steps.csv that has a value, with the row of points.csv it belongs to. */
struct tw_sample {
    int row;
    double step, time_s, value;
};

/* Rows of steps.csv with a value in `column`, sorted by point and step; one for every point of
 * their key. *samples is owned by the caller, *count is 0 before. TW_INPUT: a column is missing. */
tw_status tw_samples_join(const struct tw_figure_input *input, const char *column,
                          struct tw_sample **samples, int *count, struct tw_err *err) TW_MUST_CHECK;
/* The samples of a row of points.csv: *first and how many. */
int tw_samples_of(const struct tw_sample *samples, int count, int row, int *first);

#endif
