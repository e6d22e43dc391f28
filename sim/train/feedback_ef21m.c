/* EF21M, EF21 with momentum on the ranks: what is tracked is a smoothed gradient h_i.
 *
 *     ema:    h_i = (1−η) h_i + η ∇F_i   (h_i = ∇F_i at the first step)
 *     heavy:  h_i = β h_i + ∇F_i         (h_i = 0 before the first)
 *     x_i = h_i − g_i ;  send c_i = C(x_i) ;  g_i += c_i ;  G += mean c_i ;  direction = G
 *
 * Start `dense`: the first step is sent whole, so g_i = h_i; `zero`: g_i = G = 0.
 * Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155 (EF21-SGDM, ema, dense); the momentum cures
 * EF21's stall under gradient noise. ARC-Top-K (arXiv 2510.26709) uses ema and the dense start in
 * its theory, heavy and zero in its synthetic experiment. O(d) per rank and for the server.
 * `needs` for EF21's reason (feedback_ef21.c).
 */
#include "feedback_rows.h"

#include "base/vec.h"

enum { MOMENTUM = 1, VECTORS }; /* g_i is 0, h_i 1; G is the server's vector 0 */

struct ef21m_params {
    struct tw_momentum momentum;
    int start;
    uint64_t warmup;
};

static const struct tw_option ef21m_options[] = {
    TW_ROWS_MOMENTUM(struct ef21m_params, momentum),
    TW_ROW_START(offsetof(struct ef21m_params, start)),
    TW_ROW_WARMUP(offsetof(struct ef21m_params, warmup)),
};

static uint32_t ef21m_dense_steps(const void *params)
{
    const struct ef21m_params *p = params;
    return tw_dense_steps(p->start, p->warmup);
}

static void ef21m_before(const struct tw_feedback_step *at, void *const *memory,
                         const void *gradient, void *x, struct tw_work *work)
{
    const struct ef21m_params *params = at->params;
    void *h = x ? memory[MOMENTUM] : NULL;
    TW_T(tw_momentum_meet)(&params->momentum, at, h, gradient, work);
    TW_T(tw_ef21_difference)(at, memory, h, x, work);
}

static void ef21m_again(const struct tw_feedback_step *at, void *const *memory, void *x)
{
    TW_T(tw_vec_difference)(x, memory[MOMENTUM], memory[0], at->count);
}

const struct tw_feedback TW_T(tw_feedback_ef21m) = {
    .member = {.name = "ef21m",
               .summary = "EF21 on a smoothed gradient: bears gradient noise",
               .source = "Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155",
               .options = ef21m_options,
               .option_count = sizeof ef21m_options / sizeof ef21m_options[0],
               .params_size = sizeof(struct ef21m_params),
               .needs = TW_AVERAGES_OWN},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = VECTORS,
    .shared_vectors = 1,
    .dense_steps = ef21m_dense_steps,
    .before = ef21m_before,
    .again = ef21m_again,
    .after = TW_T(tw_ef21_after),
    .direction = TW_T(tw_ef21_direction),
};
