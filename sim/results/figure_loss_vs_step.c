/* Loss against steps, a line per method. */
#include "curves.h"

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_curves curves = {.title = "How low is the loss after how many steps?",
                                            .column = "loss",
                                            .y_columns = {"loss", "loss_min", "loss_max"},
                                            .y_label = "loss, mean over ranks (lower is better)",
                                            .y_quantity = tw_quantity_plain,
                                            .may_leap = 1,
                                            .by_steps = 1,
                                            .has_target = 1};
    return tw_curves_write(&curves, input, script, data, err);
}

const struct tw_figure tw_figure_loss_vs_step = {.name = "loss-vs-step",
                                                 .summary = "loss against steps, a line per method",
                                                 .needs_steps = 1,
                                                 .write = write};
