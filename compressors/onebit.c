/* 1-bit SGD: one bit per value, and per tensor the means of what is negative and of what is not.
 *
 *     C(x)_i = mean of {x_j : sign bit clear}, or of {x_j : sign bit set}, whichever x_i belongs to
 *     ‖C(x)−x‖² = ‖x‖² − n₊·m₊² − n₋·m₋²
 *
 * Source: Seide, Fu, Droppo, Li and Yu, "1-Bit Stochastic Gradient Descent and its Application to
 * Data-Parallel Distributed Training of Speech DNNs", Interspeech 2014. Meant for error feedback.
 * n₊m₊² + n₋m₋² ≥ ‖x‖₁²/n (Cauchy-Schwarz): never worse than the scaled sign, δ ≥ 1/n.
 * Wire: 8 bytes per tensor and d/8 bytes, by all-gather. Cost: O(d).
 * Departs from the paper: it has a pair of means for every column of a matrix, here one for every
 * tensor or bucket. 0 counts among the not negative, −0 among the negative. Not finite: TW_INPUT.
 */
#include "sign_real.h"

#include <stddef.h>

static const struct tw_option options[] = {
    {"scope", TW_OPTION_CHOICE, offsetof(struct tw_sign_params, scope), "tensor", 0, 0, 0,
     tw_scope_names, "", "whether every tensor has two means, or the bucket as a whole"},
};

static unsigned scales(const struct tw_problem *problem)
{
    (void)problem;
    return 2;
}

static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    (void)problem;
    return TW_T(tw_sign_means)(x, n, &scale[0], &scale[1]);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    TW_T(tw_sign_value)(codes, piece->n, piece->scales[0], piece->scales[1], values);
}

static int plausible(const tw_real *scale)
{
    return scale[0] >= 0 && scale[0] - scale[0] == 0 && scale[1] <= 0 && scale[1] - scale[1] == 0;
}

static const struct tw_coder coder = {
    .groups = tw_sign_groups,
    .scales = scales,
    .bits = tw_sign_bits,
    .most = tw_sign_most,
    .measure = measure,
    .code = TW_T(tw_sign_code),
    .value = value,
    .plausible = plausible,
};

TW_CODED_FUNCTIONS(&coder)

const struct tw_compressor TW_T(tw_compressor_onebit) = {
    .member = {.name = "onebit",
               .summary = "one bit per value, and the two means of a tensor, all-gathered",
               .source = "Seide et al. 2014",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_sign_params),
               .traits = TW_CONTRACTIVE | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    TW_CODED_CALLBACKS,
    .delta = tw_sign_delta,
};
