/* Distance to the known optimum against steps, a line per method. */
#include "curves.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_curves curves = {
        .title = "How near is the optimum after how many steps?",
        .column = "distance",
        .y_columns = {"distance", "distance_min", "distance_max"},
        .y_label = "distance to the optimum, ‖w − w*‖",
        .y_quantity = tw_quantity_plain,
        .may_leap = 1,
        .by_steps = 1};
    return tw_curves_write(&curves, input, script, data, err);
}

const struct tw_figure tw_figure_distance_vs_step = {
    .name = "distance-vs-step",
    .summary = "distance to the optimum against steps, a line per method",
    .needs_steps = 1,
    .write = write};
