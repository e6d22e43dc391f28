/* Step time against bandwidth, a line per method. */
#include "against.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_against against = {
        .title = "How long does a step take at which bandwidth?",
        .x = &tw_along_bandwidth,
        .need = "step_time_s",
        .y_columns = {"step_time_s", "step_time_min_s", "step_time_max_s"},
        .y_label = "time of a step, logarithmic (lower is better)",
        .y_quantity = tw_quantity_time};
    return tw_against_write(&against, input, script, data, err);
}

const struct tw_figure tw_figure_time_vs_bandwidth = {
    .name = "time-vs-bandwidth",
    .summary = "time of a step against bandwidth, a line per method",
    .write = write};
