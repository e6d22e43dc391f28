/* Squared norm of the gradient against steps, a line per method. */
#include "curves.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_curves curves = {
        .title = "How small is the gradient after how many steps?",
        .column = "gradient_norm2",
        .y_columns = {"gradient_norm2", "gradient_norm2_min", "gradient_norm2_max"},
        .y_label = "squared norm of the mean gradient, ‖∇f‖²",
        .y_quantity = tw_quantity_plain,
        .may_leap = 1,
        .by_steps = 1};
    return tw_curves_write(&curves, input, script, data, err);
}

const struct tw_figure tw_figure_gradient_vs_step = {
    .name = "gradient-vs-step",
    .summary = "squared norm of the gradient against steps, a line per method",
    .needs_steps = 1,
    .write = write};
