/* EControl: EF21's tracking and EF14's memory of what was lost, whose feedback is damped by η.
 *
 *     x_i = ηe_i + ∇F_i − g_i ;  send c_i = C(x_i) ;  e_i += ∇F_i − g_i − c_i ;  g_i += c_i ;
 *     G += mean c_i ;  direction = G
 *
 * e_i = 0 at the start. Start `dense`: the first step is sent whole, so g_i = ∇F_i(w^0) and e_i =
 * 0; `zero`: g_i = G = 0. Gao, Islamov, Stich 2023, arXiv 2311.05645, whose theory has η a small
 * multiple of the compressor's δ. Since g_i = Σ c_i, e_i is the sum of all (∇F_i − g_i): what EF21
 * loses under noise. O(d) per rank and for the server. `needs` for EF21's reason (feedback_ef21.c).
 */
#include "feedback_rows.h"
#include "base/vec.h"

enum { ESTIMATE, LOST, VECTORS }; /* g_i, e_i of a rank; G is the server's vector 0 */

struct econtrol_params {
    double eta;
    int start;
    uint64_t warmup;
};

static const struct tw_option econtrol_options[] = {
    {.name = "eta",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct econtrol_params, eta),
     .fallback = "0.1",
     .min = 0,
     .max = 1,
     .open_min = 1,
     .unit = "",
     .help = "share of what was lost that is fed back each step"},
    TW_ROW_START(offsetof(struct econtrol_params, start)),
    TW_ROW_WARMUP(offsetof(struct econtrol_params, warmup)),
};

static uint32_t econtrol_dense_steps(const void *params)
{
    const struct econtrol_params *p = params;
    return tw_dense_steps(p->start, p->warmup);
}

/* e_i already takes ∇F_i − g_i here, after x_i was made of the old one; after() takes off c_i. */
static void econtrol_before(const struct tw_feedback_step *at, void *const *memory,
                            const void *gradient, void *x, struct tw_work *work)
{
    const struct econtrol_params *params = at->params;
    tw_work_add(work, TW_KERNEL_ADD, 2 * at->count, 0);
    if (!x)
        return;
    tw_real *out = x, *lost = memory[LOST], eta = (tw_real)params->eta;
    const tw_real *estimate = memory[ESTIMATE], *fresh = gradient;
    for (uint64_t i = 0; i < at->count; i++) {
        tw_real off = fresh[i] - estimate[i];
        out[i] = eta * lost[i] + off;
        lost[i] += off;
    }
}

static void econtrol_after(const struct tw_feedback_step *at, void *const *memory, void *x,
                           const struct tw_own *own, const void *mean, struct tw_work *work)
{
    TW_T(tw_ef21_after)(at, memory, x, own, mean, work);
    own->add(own, -1, x ? memory[LOST] : NULL, work);
}

const struct tw_feedback TW_T(tw_feedback_econtrol) = {
    .member = {.name = "econtrol",
               .summary = "EF21 with a damped memory of what was lost",
               .source = "Gao, Islamov, Stich 2023, arXiv 2311.05645",
               .options = econtrol_options,
               .option_count = sizeof econtrol_options / sizeof econtrol_options[0],
               .params_size = sizeof(struct econtrol_params),
               .needs = TW_AVERAGES_OWN},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = VECTORS,
    .shared_vectors = 1,
    .dense_steps = econtrol_dense_steps,
    .before = econtrol_before,
    .after = econtrol_after,
    .direction = TW_T(tw_ef21_direction),
};
