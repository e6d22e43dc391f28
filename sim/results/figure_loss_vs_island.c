/* The last loss against the size of islands, a line per method. */
#include "against.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_against against = {
        .title = "How low is the loss at the end when how many ranks compress as one?",
        .x = &tw_along_islands,
        .need = "final_loss",
        .y_columns = {"final_loss", "final_loss_min", "final_loss_max"},
        .y_label = "loss at the end, logarithmic (lower is better)",
        .y_quantity = tw_quantity_plain};
    return tw_against_write(&against, input, script, data, err);
}

const struct tw_figure tw_figure_loss_vs_island = {
    .name = "loss-vs-island",
    .summary = "loss at the end against ranks of an island, a line per method",
    .write = write};
