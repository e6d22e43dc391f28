/* AdamW: Adam whose weight decay acts on the weights alone (the formulas are in adam_real.c).
 * Loshchilov and Hutter 2019, arXiv 1711.05101. O(d). */
#include "adam.h"

static const struct tw_option adamw_options[] = {TW_ROWS_ADAM("0.01")};

static int adamw_vectors(const void *params)
{
    (void)params;
    return 2; /* the moments */
}

static void adamw_update(const void *params, uint32_t step, void *const *memory, void *w,
                         void *direction, uint64_t n, struct tw_work *work)
{
    TW_T(tw_adam_update)(params, 1, step, memory, w, direction, n, work);
}

const struct tw_optimizer TW_T(tw_optimizer_adamw) = {
    .member = {.name = "adamw",
               .summary = "Adam with decoupled weight decay",
               .source = "Loshchilov and Hutter 2019, arXiv 1711.05101",
               .options = adamw_options,
               .option_count = sizeof adamw_options / sizeof adamw_options[0],
               .params_size = sizeof(struct tw_adam)},
    .precision = TW_THIS_PRECISION,
    .check = tw_pace_check,
    .vectors = adamw_vectors,
    .rate = tw_pace_rate,
    .update = adamw_update,
};
