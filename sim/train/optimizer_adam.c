/* Adam; a weight decay is added to the direction (the formulas are in adam_real.c).
 * Kingma and Ba 2015, arXiv 1412.6980. O(d). */
#include "adam.h"

static const struct tw_option adam_options[] = {TW_ROWS_ADAM("0")};

static int adam_vectors(const void *params)
{
    (void)params;
    return 2; /* the moments */
}

static void adam_update(const void *params, uint32_t step, void *const *memory, void *w,
                        void *direction, uint64_t n, struct tw_work *work)
{
    TW_T(tw_adam_update)(params, 0, step, memory, w, direction, n, work);
}

const struct tw_optimizer TW_T(tw_optimizer_adam) = {
    .member = {.name = "adam",
               .summary = "Adam: steps scaled by the root of the second moment",
               .source = "Kingma and Ba 2015, arXiv 1412.6980",
               .options = adam_options,
               .option_count = sizeof adam_options / sizeof adam_options[0],
               .params_size = sizeof(struct tw_adam)},
    .precision = TW_THIS_PRECISION,
    .check = tw_pace_check,
    .vectors = adam_vectors,
    .rate = tw_pace_rate,
    .update = adam_update,
};
