/* The level a noisy loss stays at against the number of nodes, a line per method: the mean over the
 * evaluated steps of the last half of a run. A run that diverged has none. */
#include <math.h>
#include <stdlib.h>
#include "against.h"
#include "samples.h"

/* Of every point, the mean loss at its evaluated steps after the middle one of its run. */
static tw_status late_means(const struct tw_figure_input *input, double *values, struct tw_err *err)
{
    struct tw_sample *samples = NULL;
    int count = 0;
    tw_status status = tw_samples_join(input, "loss", &samples, &count, err);
    for (int r = 0; !status && r < input->points->rows; r++) {
        int first, own = tw_samples_of(samples, count, r, &first), used = 0;
        double sum = 0;
        for (int i = first; i < first + own; i++)
            if (2 * samples[i].step > samples[first + own - 1].step) {
                sum += samples[i].value;
                used++;
            }
        values[r] = used ? sum / used : NAN;
    }
    free(samples);
    return status;
}

static tw_status write(const struct tw_figure_input *input, FILE *script, FILE *data,
                       struct tw_err *err)
{
    static const struct tw_against against = {
        .title = "At which level does the loss stay, on how many nodes?",
        .x = &tw_along_nodes,
        .need = "final_loss",
        .y_columns = {"floor", "floor_min", "floor_max"},
        .y_label = "loss, mean over the last half of the steps, logarithmic",
        .y_quantity = tw_quantity_plain,
        .values = late_means};
    return tw_against_write(&against, input, script, data, err);
}

const struct tw_figure tw_figure_floor_vs_nodes = {
    .name = "floor-vs-nodes",
    .summary = "mean loss of a run's last half against nodes, a line per method",
    .needs_steps = 1,
    .write = write};
