/* Accuracy on the held-out set against simulated time, a line per method. */
#include <stdio.h>
#include "curves.h"

static void percent(double share, char text[TW_QUANTITY_MAX])
{
    snprintf(text, TW_QUANTITY_MAX, "%.4g %%", 100 * share);
}

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_curves curves = {
        .title = "How accurate is the model after how much simulated time?",
        .column = "accuracy",
        .y_columns = {"accuracy", "accuracy_min", "accuracy_max"},
        .y_label = "accuracy on the held-out set (higher is better)",
        .y_quantity = percent};
    return tw_curves_write(&curves, input, script, data, err);
}

const struct tw_figure tw_figure_accuracy_vs_time = {
    .name = "accuracy-vs-time",
    .summary = "accuracy against simulated time, a line per method",
    .needs_steps = 1,
    .write = write};
