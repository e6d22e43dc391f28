/* Training curves against simulated time or steps: what their figures share. */
#ifndef TW_RESULTS_CURVES_H
#define TW_RESULTS_CURVES_H

#include "lines.h"

enum { TW_CURVE_POINTS = 300 };

struct tw_curves {
    const char *title;
    const char *column;       /* of steps.csv */
    const char *y_columns[3]; /* as in struct tw_lines */
    const char *y_label;
    tw_quantity y_quantity;
    int may_leap;   /* a diverging run leaps off: the axis stops at 1.5 times the start, and
                       is logarithmic where values span a factor of 20 */
    int by_steps;   /* against steps in place of simulated time */
    int has_target; /* draw points.csv's target_loss where there is one for all */
};

/* At each evaluated step: mean time, and mean, least and greatest value, of all repetitions. A line
 * ends where the first repetition does (it diverged), since the mean of those left would flatter.
 * Of more than TW_CURVE_POINTS steps that many are drawn, evenly spread along the axis. */
tw_status tw_curves_write(const struct tw_curves *curves, const struct tw_figure_input *input,
                          FILE *script, FILE *data, struct tw_err *err) TW_MUST_CHECK;

#endif
