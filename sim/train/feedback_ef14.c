/* EF14, error feedback: what was not sent is added to the next gradient.
 *
 *     x_i = e_i + ∇F_i ;  send c_i = C(x_i) ;  e_i = x_i − c_i ;  direction = mean c_i (outside)
 *     x_i = e_i + γ∇F_i ; …                                    ;  direction = mean c_i / γ (inside)
 *
 * e_i = 0 at the start. Seide, Fu, Droppo, Li, Yu 2014 (1-bit SGD); Stich, Cordonnier, Jaggi 2018,
 * arXiv 1809.07599; Karimireddy, Rebjock, Stich, Jaggi 2019, arXiv 1901.09847, whose algorithm has
 * the learning rate inside. The two agree while γ is constant; when γ changes, `inside` keeps the
 * rate a gradient was met with. Telescoping, exactly: Σ_t c_i + e_i = Σ_t ∇F_i.
 * O(d) per rank; x is formed in the memory itself, so an exchange costs one addition of vectors and
 * what the compressor takes. The mean of the compressor need not be the average of what own()
 * gives: a merge that keeps its dropped mass in own() stays exact.
 */
#include "feedback_rows.h"
#include "base/vec.h"

enum { RATE_OUTSIDE, RATE_INSIDE };

struct ef14_params {
    int rate;
    uint64_t warmup;
};

static const char *const rate_choices[] = {"outside", "inside", NULL};
static const struct tw_option ef14_options[] = {
    {.name = "rate",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct ef14_params, rate),
     .fallback = "outside",
     .choices = rate_choices,
     .unit = "",
     .help = "whether the memory holds gradients (outside) or gradients times the learning rate"},
    TW_ROW_WARMUP(offsetof(struct ef14_params, warmup)),
};

static uint32_t ef14_dense_steps(const void *params)
{
    return (uint32_t)((const struct ef14_params *)params)->warmup;
}

static void ef14_before(const struct tw_feedback_step *at, void *const *memory,
                        const void *gradient, void *x, struct tw_work *work)
{
    const struct ef14_params *params = at->params;
    if (params->rate == RATE_OUTSIDE) {
        TW_T(tw_memory_add)(at, memory, gradient, x, work);
        return;
    }
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    if (!x)
        return;
    if (x != memory[0])
        TW_T(tw_vec_copy)(x, memory[0], at->count);
    TW_T(tw_vec_axpy)(x, (tw_real)at->rate, gradient, at->count);
}

static void ef14_direction(const struct tw_feedback_step *at, void *const *memory, void *mean,
                           struct tw_work *work)
{
    const struct ef14_params *params = at->params;
    (void)memory;
    if (params->rate == RATE_OUTSIDE)
        return;
    tw_work_add(work, TW_KERNEL_COPY, at->count, 0);
    tw_real *out = mean, rate = (tw_real)at->rate;
    for (uint64_t i = 0; mean && i < at->count; i++)
        out[i] /= rate;
}

const struct tw_feedback TW_T(tw_feedback_ef14) = {
    .member = {.name = "ef14",
               .summary = "error feedback: what was not sent is added to the next gradient",
               .source = "Seide et al. 2014; Karimireddy et al. 2019, arXiv 1901.09847",
               .options = ef14_options,
               .option_count = sizeof ef14_options / sizeof ef14_options[0],
               .params_size = sizeof(struct ef14_params)},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = 1,
    .in_place = 1,
    .dense_steps = ef14_dense_steps,
    .before = ef14_before,
    .after = TW_T(tw_memory_keep),
    .direction = ef14_direction,
};
