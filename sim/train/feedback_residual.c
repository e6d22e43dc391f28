/* PowerSGD's error feedback: the residual is what the *average* lost, not what the rank did.
 *
 *     x_i = e_i + ∇F_i ;  Y = decompressed mean of the C(x_i) ;  e_i = x_i − Y ;  direction = Y
 *
 * e_i = 0 at the start. The mean of the e_i is mean x_i − Y, so nothing is lost on average:
 * Σ_t Y + mean e_i = Σ_t mean ∇F_i, as with EF14; but the e_i of single ranks keep their distance
 * to the mean and grow apart with T. That does no harm where the compressor is linear, C(mean) =
 * mean C, hence `needs`: with local choices ranks would choose what sets them apart. Vogels,
 * Karimireddy, Jaggi 2019, arXiv 1905.13727 (algorithm 2). O(d) per rank. */
#include "feedback_rows.h"
#include "base/vec.h"

struct residual_params {
    uint64_t warmup;
};

static const struct tw_option residual_options[] = {
    TW_ROW_WARMUP(offsetof(struct residual_params, warmup)),
};

static uint32_t residual_dense_steps(const void *params)
{
    return (uint32_t)((const struct residual_params *)params)->warmup;
}

static void residual_after(const struct tw_feedback_step *at, void *const *memory, void *x,
                           const struct tw_own *own, const void *mean, struct tw_work *work)
{
    (void)own;
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    if (x)
        TW_T(tw_vec_difference)(memory[0], x, mean, at->count);
}

const struct tw_feedback TW_T(tw_feedback_residual) = {
    .member = {.name = "residual",
               .summary = "error feedback with what the decompressed mean lost, as PowerSGD has it",
               .source = "Vogels, Karimireddy, Jaggi 2019, arXiv 1905.13727",
               .options = residual_options,
               .option_count = sizeof residual_options / sizeof residual_options[0],
               .params_size = sizeof(struct residual_params),
               .needs = TW_LINEAR},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = 1,
    .wants_mean = 1,
    .dense_steps = residual_dense_steps,
    .before = TW_T(tw_memory_add),
    .after = residual_after,
    .direction = TW_T(tw_direction_mean),
};
