/* No feedback: naive compressed gradient descent.
 *
 *     x_i = ∇F_i ;  direction = mean C(x_i)
 *
 * What a compressor drops is lost. With a biased compressor it may diverge (Beznosikov, Horváth,
 * Richtárik, Safaryan 2020, arXiv 2002.12410, example 1: Top-1 on three quadratics).
 * A rank would compress the gradient where it lies; the copy made here is the simulator's own and
 * is not reported as work. O(d) per rank.
 */
#include "feedback_rows.h"
#include "base/vec.h"

struct none_params {
    uint64_t warmup;
};

static const struct tw_option none_options[] = {
    TW_ROW_WARMUP(offsetof(struct none_params, warmup)),
};

static uint32_t none_dense_steps(const void *params)
{
    return (uint32_t)((const struct none_params *)params)->warmup;
}

static void none_before(const struct tw_feedback_step *at, void *const *memory,
                        const void *gradient, void *x, struct tw_work *work)
{
    (void)memory;
    (void)work;
    if (x)
        TW_T(tw_vec_copy)(x, gradient, at->count);
}

static void none_after(const struct tw_feedback_step *at, void *const *memory, void *x,
                       const struct tw_own *own, const void *mean, struct tw_work *work)
{
    (void)at;
    (void)memory;
    (void)x;
    (void)own;
    (void)mean;
    (void)work;
}

const struct tw_feedback TW_T(tw_feedback_none) = {
    .member = {.name = "none",
               .summary = "no memory: what compression drops is lost",
               .source = "",
               .options = none_options,
               .option_count = sizeof none_options / sizeof none_options[0],
               .params_size = sizeof(struct none_params)},
    .precision = TW_THIS_PRECISION,
    .dense_steps = none_dense_steps,
    .before = none_before,
    .after = none_after,
    .direction = TW_T(tw_direction_mean),
};
