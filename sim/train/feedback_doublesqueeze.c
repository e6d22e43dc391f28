/* DoubleSqueeze: error feedback on the ranks and on a server, which compresses the mean again.
 *
 *     rank:    x_i = e_i + ∇F_i ;      send c_i = C(x_i) to the server ;  e_i = x_i − c_i
 *     server:  y = E + mean c_i ;      broadcast C(y) ;                   E = y − C(y)
 *     direction = C(y)
 *
 * e_i = E = 0 at the start. Telescoping, exactly: Σ_t C(y) + E + mean e_i = Σ_t mean ∇F_i.
 * Tang, Lian, Yu, Zhang, Liu 2019, arXiv 1905.05957; 1-bit Adam (Tang et al. 2021, arXiv
 * 2102.02888) has the same two memories, with a server per slice (compressor `quant_reduce` here).
 * The server is the first rank. On the wire: every rank's message to it, then its own message to
 * all: a compressor whose messages travel in an all-gather sends N·(what one rank sends) less. Both
 * compressions are by the same compressor, with draws of their own. O(d) per rank, O(N·d) for the
 * server. `needs`: what the mean has that no rank knows of would be lost. */
#include "feedback_rows.h"
#include "base/exchange.h"

struct doublesqueeze_params {
    uint64_t warmup;
};

static const struct tw_option doublesqueeze_options[] = {
    TW_ROW_WARMUP(offsetof(struct doublesqueeze_params, warmup)),
};

static uint32_t doublesqueeze_dense_steps(const void *params)
{
    return (uint32_t)((const struct doublesqueeze_params *)params)->warmup;
}

const struct tw_feedback TW_T(tw_feedback_doublesqueeze) = {
    .member = {.name = "doublesqueeze",
               .summary = "error feedback on ranks and on a server that compresses the mean again",
               .source = "Tang et al. 2019 (DoubleSqueeze), arXiv 1905.05957",
               .options = doublesqueeze_options,
               .option_count = sizeof doublesqueeze_options / sizeof doublesqueeze_options[0],
               .params_size = sizeof(struct doublesqueeze_params),
               .needs = TW_AVERAGES_OWN,
               .requests = 1U << TW_ALL_TO_ALL | 1U << TW_BROADCAST},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = 1,
    .shared_vectors = 2, /* E, and the place of y */
    .server = 1,
    .dense_steps = doublesqueeze_dense_steps,
    .before = TW_T(tw_memory_add),
    .after = TW_T(tw_memory_keep),
    .direction = TW_T(tw_direction_mean),
};
