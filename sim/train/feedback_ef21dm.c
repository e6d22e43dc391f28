/* EF21 with double momentum: the smoothed gradient is smoothed again before it is tracked.
 *
 *     ema:    v_i = (1−η) v_i + η ∇F_i ;  u_i = (1−η) u_i + η v_i   (u_i = v_i = ∇F_i at first)
 *     heavy:  v_i = β v_i + ∇F_i       ;  u_i = β u_i + v_i         (0 before the first)
 *     x_i = u_i − g_i ;  send c_i = C(x_i) ;  g_i += c_i ;  G += mean c_i ;  direction = G
 *
 * Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155 (EF21-SGD2M, ema): the second momentum takes
 * one term out of the rate's bound. heavy with the zero start is the form of ARC-Top-K's synthetic
 * experiment (arXiv 2510.26709). O(d) per rank and for the server. `needs` for EF21's reason. */
#include "feedback_rows.h"

#include "base/vec.h"

enum { ONCE = 1, TWICE, VECTORS }; /* g_i is 0, v_i 1, u_i 2; G is the server's vector 0 */

struct ef21dm_params {
    struct tw_momentum momentum;
    int start;
    uint64_t warmup;
};

static const struct tw_option ef21dm_options[] = {
    TW_ROWS_MOMENTUM(struct ef21dm_params, momentum),
    TW_ROW_START(offsetof(struct ef21dm_params, start)),
    TW_ROW_WARMUP(offsetof(struct ef21dm_params, warmup)),
};

static uint32_t ef21dm_dense_steps(const void *params)
{
    const struct ef21dm_params *p = params;
    return tw_dense_steps(p->start, p->warmup);
}

static void ef21dm_before(const struct tw_feedback_step *at, void *const *memory,
                          const void *gradient, void *x, struct tw_work *work)
{
    const struct ef21dm_params *params = at->params;
    void *once = x ? memory[ONCE] : NULL, *twice = x ? memory[TWICE] : NULL;
    TW_T(tw_momentum_meet)(&params->momentum, at, once, gradient, work);
    TW_T(tw_momentum_meet)(&params->momentum, at, twice, once, work);
    TW_T(tw_ef21_difference)(at, memory, twice, x, work);
}

static void ef21dm_again(const struct tw_feedback_step *at, void *const *memory, void *x)
{
    TW_T(tw_vec_difference)(x, memory[TWICE], memory[0], at->count);
}

const struct tw_feedback TW_T(tw_feedback_ef21dm) = {
    .member = {.name = "ef21dm",
               .summary = "EF21 on a gradient smoothed twice",
               .source = "Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155",
               .options = ef21dm_options,
               .option_count = sizeof ef21dm_options / sizeof ef21dm_options[0],
               .params_size = sizeof(struct ef21dm_params),
               .needs = TW_AVERAGES_OWN},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = VECTORS,
    .shared_vectors = 1,
    .dense_steps = ef21dm_dense_steps,
    .before = ef21dm_before,
    .again = ef21dm_again,
    .after = TW_T(tw_ef21_after),
    .direction = TW_T(tw_ef21_direction),
};
