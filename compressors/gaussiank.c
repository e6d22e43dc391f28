/* GaussianK: the threshold that would keep k of d normal numbers, corrected a few times by
 * counting.
 *
 *     t = |μ| + σ·z,  P(Z > z) = k/(2d)         μ, σ: mean and standard deviation of x
 *     up to `rounds` − 1 times: n = #{|x| ≥ t};  n < 2k/3: t ← t/2;  n > 4k/3: t ← 1.5·t;  else
 * stop C(x)_i = x_i where |x_i| ≥ t, else 0
 *
 * Source: Shi et al., "Understanding Top-k Sparsification in Distributed Deep Learning", arXiv
 * 1911.08772, and its code (GaussianK-SGD). Wire: 4 + n·(4 + 4) bytes per rank. Cost: one read for
 * the moments, one per round; no selection. On heavy tails n is far from k, which is its known
 * flaw. Departures: the code adds μ itself, which makes C(−x) another compressor than C(x); here
 * |μ|. It sends nothing when t is above every magnitude (a tensor of equal values); here the
 * largest magnitude is always sent and zeros never, so that ‖C(x)−x‖² ≤ (1 − 1/d)‖x‖². At k = d all
 * is sent.
 */
#include <math.h>
#include <stddef.h>
#include "above_real.h"
#include "counted_real.h"
#include "quantile.h"

struct params {
    struct tw_counted_params common;
    uint64_t rounds;
};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, common.ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values aimed at: k = max(1, floor(ratio * d))"},
    {"rounds", TW_OPTION_COUNT, offsetof(struct params, rounds), "3", 1, 100, 0, NULL, "thresholds",
     "thresholds tried at most; the last one stands"},
    TW_COUNTED_OPTION_ROWS(struct params),
};

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    const struct params *params = choice->problem->params;
    struct tw_moments moments = TW_T(tw_moments)(choice->x, choice->size);
    double n = (double)choice->size, k = (double)choice->kept, threshold = 0.0;
    tw_choice_charge(choice, TW_KERNEL_NORM, choice->size, 0);
    if (choice->kept < choice->size) {
        double mean = moments.sum / n, variance = moments.squares / n - mean * mean;
        double deviation = variance > 0.0 ? sqrt(variance) : 0.0;
        threshold = (mean < 0.0 ? -mean : mean) + deviation * tw_normal_upper(0.5 * k / n);
    }
    for (uint64_t round = 1; round < params->rounds && threshold > 0.0; round++) {
        double found = (double)TW_T(tw_choice_count)(choice, threshold, moments.most);
        if (found < 2.0 * k / 3.0)
            threshold *= 0.5;
        else if (found > 4.0 * k / 3.0)
            threshold *= 1.5;
        else
            break;
    }
    *count = TW_T(tw_choice_above)(choice, threshold, moments.most, out);
    return TW_OK;
}

static const struct tw_counted_kind kind = {tw_counted_way, NULL, choose};

TW_COUNTED_FUNCTIONS(kind)

const struct tw_compressor TW_T(tw_compressor_gaussiank) = {
    .member = {.name = "gaussiank",
               .summary = "values above the threshold of a normal fit, all-gathered",
               .source = "Shi et al. 2019, arXiv 1911.08772",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_GATHER},
    TW_COUNTED_CALLBACKS,
    .delta = tw_counted_delta,
};
