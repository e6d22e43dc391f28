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
#include "feedback.h"
#include <stddef.h>
#include "base/vec.h"

enum { MOMENTUM_EMA, MOMENTUM_HEAVY };
enum { START_DENSE, START_ZERO };
enum { GRADIENT_ESTIMATE, MOMENTUM, VECTORS }; /* g_i, h_i of a rank; G is the server's vector 0 */

struct ef21m_params {
    int momentum, start;
    double eta, beta;
};

static const char *const momentum_choices[] = {"ema", "heavy", NULL};
static const char *const start_choices[] = {"dense", "zero", NULL};
static const struct tw_option ef21m_options[] = {
    {.name = "momentum",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct ef21m_params, momentum),
     .fallback = "ema",
     .choices = momentum_choices,
     .unit = "",
     .help = "ema: h = (1-eta)h + eta*gradient; heavy: h = beta*h + gradient"},
    {.name = "eta",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct ef21m_params, eta),
     .fallback = "0.1",
     .min = 0,
     .max = 1,
     .open_min = 1,
     .unit = "",
     .help = "weight of the new gradient in the ema"},
    {.name = "beta",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct ef21m_params, beta),
     .fallback = "0.9",
     .min = 0,
     .max = 0x1.fffffffffffffp-1, /* below 1 */
     .unit = "",
     .help = "share of the old momentum kept by heavy"},
    {.name = "start",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct ef21m_params, start),
     .fallback = "dense",
     .choices = start_choices,
     .unit = "",
     .help = "whether the first momentum is sent whole (dense) or compressed against zero"},
};

static uint32_t ef21m_dense_steps(const void *params)
{
    const struct ef21m_params *p = params;
    return p->start == START_DENSE;
}

/* The first step takes the gradient as it is: a copy, also where β·0 is added to it. */
static void new_momentum(const struct tw_feedback_step *at, tw_real *h, const tw_real *gradient,
                         struct tw_work *work)
{
    const struct ef21m_params *params = at->params;
    tw_work_add(work, at->step == 0 ? TW_KERNEL_COPY : TW_KERNEL_ADD, at->count, 0);
    if (!h)
        return;
    if (at->step == 0) {
        TW_T(tw_vec_copy)(h, gradient, at->count);
    } else if (params->momentum == MOMENTUM_EMA) {
        TW_T(tw_vec_blend)(h, (tw_real)params->eta, gradient, at->count);
    } else {
        tw_real beta = (tw_real)params->beta;
        for (uint64_t i = 0; i < at->count; i++)
            h[i] = beta * h[i] + gradient[i];
    }
}

static void ef21m_before(const struct tw_feedback_step *at, void *const *memory,
                         const void *gradient, void *x, struct tw_work *work)
{
    new_momentum(at, x ? memory[MOMENTUM] : NULL, gradient, work);
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    if (x)
        TW_T(tw_vec_difference)(x, memory[MOMENTUM], memory[GRADIENT_ESTIMATE], at->count);
}

static void ef21m_after(const struct tw_feedback_step *at, void *const *memory, void *x,
                        const struct tw_own *own, const void *mean, struct tw_work *work)
{
    (void)at;
    (void)mean;
    own->add(own, 1, x ? memory[GRADIENT_ESTIMATE] : NULL, work);
}

static void ef21m_direction(const struct tw_feedback_step *at, void *const *memory, void *mean,
                            struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    tw_work_add(work, TW_KERNEL_COPY, at->count, 0);
    if (!mean)
        return;
    TW_T(tw_vec_add)(memory[0], mean, at->count);
    TW_T(tw_vec_copy)(mean, memory[0], at->count);
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
    .after = ef21m_after,
    .direction = ef21m_direction,
};
