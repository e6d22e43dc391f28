/* EF21: ranks send the compressed change of their gradient, the server keeps the sum.
 *
 *     x_i = ∇F_i − g_i ;  send c_i = C(x_i) ;  g_i += c_i ;  G += mean c_i ;  direction = G
 *
 * Start `dense`: the first step is sent whole, so that g_i = ∇F_i(w^0) and G is their mean;
 * `zero`: g_i = G = 0 and the first step is compressed like any other, g_i^0 = C(∇F_i(w^0)).
 * Richtárik, Sokolov, Fatkhullin 2021, arXiv 2106.05203. O(d) per rank and for the server.
 * G is the mean of the g_i only if the compressor's mean is the average of what own() gives, hence
 * `needs`. The theory asks for a contraction: ‖g_i − ∇F_i‖² ≤ (1−δ)^T‖…‖² for a constant gradient.
 * With an unbiased, non-contractive compressor the rule runs, and may diverge.
 */
#include "feedback_rows.h"

struct ef21_params {
    int start;
    uint64_t warmup;
};

static const struct tw_option ef21_options[] = {
    TW_ROW_START(offsetof(struct ef21_params, start)),
    TW_ROW_WARMUP(offsetof(struct ef21_params, warmup)),
};

static uint32_t ef21_dense_steps(const void *params)
{
    const struct ef21_params *p = params;
    return tw_dense_steps(p->start, p->warmup);
}

const struct tw_feedback TW_T(tw_feedback_ef21) = {
    .member = {.name = "ef21",
               .summary = "sends the compressed change of the gradient; the server keeps the sum",
               .source = "Richtárik, Sokolov, Fatkhullin 2021, arXiv 2106.05203",
               .options = ef21_options,
               .option_count = sizeof ef21_options / sizeof ef21_options[0],
               .params_size = sizeof(struct ef21_params),
               .needs = TW_AVERAGES_OWN},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = 1,
    .shared_vectors = 1,
    .dense_steps = ef21_dense_steps,
    .before = TW_T(tw_ef21_difference),
    .after = TW_T(tw_ef21_after),
    .direction = TW_T(tw_ef21_direction),
};
