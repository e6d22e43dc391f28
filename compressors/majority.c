/* Majority vote: every rank sends its signs, and what more than half of them say is the direction.
 *
 *     mean_i = a·sign(Σ_ranks sign(x_rank,i)), 0 in a tie;   C(x) = a_rank·sign(x)
 *     scale=none: a = 1;  scale=mean: a_rank = ‖x_rank‖₁/n per tensor, a their average
 *
 * Source: Bernstein, Wang, Azizzadenesheli and Anandkumar, "signSGD: Compressed Optimisation for
 * Non-Convex Problems" (arXiv 1802.04434); Bernstein, Zhao, Azizzadenesheli and Anandkumar,
 * "signSGD with Majority Vote" (arXiv 1810.05291), where a = 1: the learning rate is the length of
 * a step, whatever the gradient's, even of a gradient of zeros (the sign sent is the sign bit: 0
 * votes +, −0 votes −; published codes send 0 as + too, or break ties to +). The vote is no average
 * of what ranks send: rules that need one (ef21) refuse it, and under ef14 the memory of a rank
 * does not know what the vote dropped. exchange=gather: d/8 bytes per rank by all-gather, (N−1)·d/8
 * received, where the paper's server returns d/8 more. exchange=sum: votes are counted by one
 * all-reduce in lanes of ⌈log2(N+1)⌉ bits (see global_qsgd), which is less from eight or so ranks
 * on. scale=mean: 4 bytes more per tensor, as part of the message, or summed first. scale=mean is a
 * contraction rank by rank (see sign). Cost: O(d·N), or O(d). Not finite: TW_INPUT. */
#include "sign_real.h"

#include <stddef.h>
#include "base/isa.h"

struct params {
    struct tw_sign_params common;
    int scale, exchange;
};

static const char *const scale_names[] = {"none", "mean", NULL};
static const char *const exchange_names[] = {"gather", "sum", NULL};

static const struct tw_option options[] = {
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, common.scope), "tensor", 0, 0, 0,
     tw_scope_names, "", "scale=mean: whether every tensor has a scale, or the bucket as a whole"},
    {"scale", TW_OPTION_CHOICE, offsetof(struct params, scale), "none", 0, 0, 0, scale_names, "",
     "none: votes of 1; mean: times the ranks' mean magnitude"},
    {"exchange", TW_OPTION_CHOICE, offsetof(struct params, exchange), "gather", 0, 0, 0,
     exchange_names, "", "signs by all-gather, or votes counted by all-reduce"},
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static unsigned scales(const struct tw_problem *problem)
{
    return params_of(problem)->scale ? 1 : 0;
}

static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    tw_real mean;
    (void)problem;
    return TW_T(tw_sign_mean)(x, n, scale ? scale : &mean);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    tw_real scale = scales(piece->problem) ? piece->scales[0] : 1;
    TW_T(tw_sign_value)(codes, piece->n, scale, -scale, values);
}

/* Sums of at most N < 2^31 votes are doubled without loss. Without branches, which random signs
 * would mislead every other time. */
TW_DISPATCHED(static, void, decide,
              (const uint32_t *sums, uint64_t n, uint32_t ranks, tw_real scale, tw_real *totals),
              (sums, n, ranks, scale, totals))
{
    for (uint64_t i = 0; i < n; i++) {
        tw_real lost = 2 * sums[i] > ranks ? -scale : 0;
        totals[i] = 2 * sums[i] < ranks ? scale : lost;
    }
}

/* sums counts the negative votes; scales were added, as the caller divides by N. */
static void total(const struct tw_coded_piece *piece, const uint32_t *sums, tw_real *totals)
{
    uint32_t ranks = (uint32_t)piece->problem->ranks;
    tw_real scale = scales(piece->problem) ? piece->scales[0] : (tw_real)ranks;
    decide(sums, piece->n, ranks, scale, totals);
}

static int adds(const struct tw_problem *problem)
{
    return params_of(problem)->exchange;
}

static const struct tw_coder coder = {
    .groups = tw_sign_groups,
    .scales = scales,
    .bits = tw_sign_bits,
    .most = tw_sign_most,
    .measure = measure,
    .code = TW_T(tw_sign_code),
    .value = value,
    .adds = adds,
    .counts = 1,
    .combine = TW_COMBINE_SUM,
    .total = total,
};

TW_CODED_FUNCTIONS(&coder)

/* Unscaled signs have none. */
static double delta(const struct tw_problem *problem)
{
    return scales(problem) > 0 ? tw_sign_delta(problem) : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_majority) = {
    .member = {.name = "majority",
               .summary = "the sign that most ranks have",
               .source = "Bernstein et al. 2018, arXiv 1810.05291",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_SHARED_SUPPORT,
               .requests = 1U << TW_GATHER | 1U << TW_SUM},
    TW_CODED_CALLBACKS,
    .delta = delta,
};
