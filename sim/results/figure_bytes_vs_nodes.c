/* Bytes sent against the number of nodes, a line per method. */
#include "against.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_against against = {
        .title = "How many bytes does a rank send in a step, on how many nodes?",
        .x = &tw_along_nodes,
        .need = "sent_B_per_rank",
        .y_columns = {"sent_B_per_rank", "sent_B_min", "sent_B_max"},
        .y_label = "payload a rank sends in a step, logarithmic",
        .y_quantity = tw_quantity_bytes};
    return tw_against_write(&against, input, script, data, err);
}

const struct tw_figure tw_figure_bytes_vs_nodes = {
    .name = "bytes-vs-nodes",
    .summary = "bytes a rank sends in a step against nodes, a line per method",
    .write = write};
