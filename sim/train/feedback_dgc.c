/* Deep Gradient Compression: momentum before compression (correction), and momentum forgotten where
 * something was sent (factor masking).
 *
 *     u_i = m u_i + ∇F_i ;  v_i += u_i             (nesterov: v_i += m u_i + ∇F_i)
 *     x_i = v_i ;  send c_i = C(v_i) ;  where c_i ≠ 0: v_i = 0, and u_i = 0 with masking
 *     direction = mean c_i
 *
 * With everything sent: without masking momentum SGD, with it plain SGD. The momentum is the
 * rule's, so the optimizer should have none. In a dense step (warm-up) there is nothing to mask
 * for: all of v_i is sent and u_i is kept. Lin, Han, Mao, Wang, Dally 2018, arXiv 1712.01887, and
 * the code its authors released. Departures: thresholds are the compressor's; their warm-up of
 * rising sparsity is not modelled
 * (`warmup` sends whole); a value that is sent as 0 is not masked. Compressors that keep part of
 * what they send (quantisers) lose it here, as masking says. O(d) per rank. */
#include "feedback_rows.h"
#include "base/vec.h"

enum { VELOCITY, ACCUMULATED, VECTORS }; /* u_i, v_i of a rank */

struct dgc_params {
    double momentum;
    int nesterov, masking;
    uint64_t warmup;
};

static const char *const yes_names[] = {"no", "yes", NULL};
static const struct tw_option dgc_options[] = {
    {.name = "momentum",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct dgc_params, momentum),
     .fallback = "0.9",
     .min = 0,
     .max = 0x1.fffffffffffffp-1, /* below 1 */
     .unit = "",
     .help = "share of the old velocity kept; give the optimizer none"},
    {.name = "nesterov",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct dgc_params, nesterov),
     .fallback = "no",
     .choices = yes_names,
     .unit = "",
     .help = "whether the velocity looks ahead"},
    {.name = "masking",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct dgc_params, masking),
     .fallback = "yes",
     .choices = yes_names,
     .unit = "",
     .help = "whether the velocity is forgotten where a value was sent"},
    TW_ROW_WARMUP(offsetof(struct dgc_params, warmup)),
};

static uint32_t dgc_dense_steps(const void *params)
{
    return (uint32_t)((const struct dgc_params *)params)->warmup;
}

static void dgc_before(const struct tw_feedback_step *at, void *const *memory, const void *gradient,
                       void *x, struct tw_work *work)
{
    const struct dgc_params *params = at->params;
    tw_work_add(work, TW_KERNEL_ADD, 2 * at->count, 0);
    if (!x)
        return;
    tw_real *u = memory[VELOCITY], *v = memory[ACCUMULATED], m = (tw_real)params->momentum;
    const tw_real *fresh = gradient;
    for (uint64_t i = 0; i < at->count; i++) {
        u[i] = m * u[i] + fresh[i];
        v[i] += params->nesterov ? m * u[i] + fresh[i] : u[i];
    }
    TW_T(tw_vec_copy)(x, v, at->count); /* the simulator's own: a rank would compress v in place */
}

static void dgc_again(const struct tw_feedback_step *at, void *const *memory, void *x)
{
    TW_T(tw_vec_copy)(x, memory[ACCUMULATED], at->count);
}

/* x is the old v: where the two differ after C(v) is taken off, something was sent. A rank zeroes
 * by index, which costs what own() does. */
static void dgc_after(const struct tw_feedback_step *at, void *const *memory, void *x,
                      const struct tw_own *own, const void *mean, struct tw_work *work)
{
    const struct dgc_params *params = at->params;
    const int mask = params->masking && !at->dense;
    (void)mean;
    own->add(own, -1, x ? memory[ACCUMULATED] : NULL, work);
    if (!x)
        return;
    tw_real *u = memory[VELOCITY], *v = memory[ACCUMULATED];
    const tw_real *before = x;
    for (uint64_t i = 0; i < at->count; i++) {
        if (v[i] == before[i])
            continue;
        v[i] = 0;
        u[i] = mask ? 0 : u[i];
    }
}

const struct tw_feedback TW_T(tw_feedback_dgc) = {
    .member = {.name = "dgc",
               .summary = "error feedback of velocities, with momentum factor masking",
               .source = "Lin et al. 2018 (Deep Gradient Compression), arXiv 1712.01887",
               .options = dgc_options,
               .option_count = sizeof dgc_options / sizeof dgc_options[0],
               .params_size = sizeof(struct dgc_params)},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = VECTORS,
    .dense_steps = dgc_dense_steps,
    .before = dgc_before,
    .again = dgc_again,
    .after = dgc_after,
    .direction = TW_T(tw_direction_mean),
};
