/* Time to the target loss against bandwidth, a line per method. */
#include "against.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_against against = {
        .title = "How soon is the target loss reached, at which bandwidth?",
        .x = &tw_along_bandwidth,
        .need = "time_to_target_s",
        .y_columns = {"time_to_target_s", "time_to_target_min_s", "time_to_target_max_s"},
        .y_label = "simulated time to the target loss, logarithmic",
        .y_quantity = tw_quantity_time};
    return tw_against_write(&against, input, script, data, err);
}

const struct tw_figure tw_figure_target_vs_bandwidth = {
    .name = "target-vs-bandwidth",
    .summary = "simulated time to the target loss against bandwidth, a line per method",
    .write = write};
