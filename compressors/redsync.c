/* RedSync: a threshold between the mean and the largest magnitude, halved towards a count of k to
 * 2k.
 *
 *     t(s) = mean|x| + s·(max|x| − mean|x|);  s: bisection of [0,1]
 *     k ≤ #{|x| ≥ t} ≤ 2k: stop;  fewer: s down;  more: s up;  stop when the interval is ≤
 * `interval` C(x)_i = x_i where |x_i| ≥ t, else 0
 *
 * Source: Fang et al., "RedSync: Reducing Synchronization Bandwidth for Distributed Deep Learning
 * Training System", arXiv 1808.04357 (threshold binary search). Wire: 4 + n·(4 + 4) bytes per rank.
 * Cost: one read for the moments and one per halving, 3 of them at the default interval 0.2.
 * Nothing bounds n when the interval ends the search. Departures: the code lowers t only when fewer
 * than k/2 are found and takes k < n < 2k, which no n fulfils at k = 1; the largest magnitude is
 * always sent and zeros never: ‖C(x)−x‖² ≤ (1 − 1/d)‖x‖². At k = d all is sent. */
#include <stddef.h>
#include "above_real.h"
#include "counted_real.h"

struct params {
    struct tw_counted_params common;
    double interval;
};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, common.ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values aimed at: k = max(1, floor(ratio * d))"},
    {"interval", TW_OPTION_REAL, offsetof(struct params, interval), "0.2", 1e-9, 1.0, 0, NULL,
     "share of max - mean", "the search ends when it knows the threshold to this"},
    TW_COUNTED_OPTION_ROWS(struct params),
};

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    const struct params *params = choice->problem->params;
    struct tw_moments moments = TW_T(tw_moments)(choice->x, choice->size);
    double mean = moments.magnitudes / (double)choice->size, low = 0.0, high = 1.0;
    double threshold = choice->kept < choice->size ? mean : 0.0;
    tw_choice_charge(choice, TW_KERNEL_NORM, choice->size, 0);
    while (threshold > 0.0 && high - low > params->interval) {
        double middle = 0.5 * (low + high);
        threshold = mean + middle * (moments.most - mean);
        uint64_t found = TW_T(tw_choice_count)(choice, threshold, moments.most);
        if (found >= choice->kept && found <= 2 * choice->kept)
            break;
        if (found < choice->kept)
            high = middle;
        else
            low = middle;
    }
    *count = TW_T(tw_choice_above)(choice, threshold, moments.most, out);
    return TW_OK;
}

static const struct tw_counted_kind kind = {tw_counted_way, NULL, choose};

TW_COUNTED_FUNCTIONS(kind)

const struct tw_compressor TW_T(tw_compressor_redsync) = {
    .member = {.name = "redsync",
               .summary = "values above a bisected threshold, all-gathered",
               .source = "Fang et al. 2018, arXiv 1808.04357",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_GATHER},
    TW_COUNTED_CALLBACKS,
    .delta = tw_counted_delta,
};
