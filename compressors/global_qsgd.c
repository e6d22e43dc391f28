/* Global-QSGD: QSGD with one norm for all ranks, so that levels are whole numbers that add.
 *
 *     n = max over ranks of ‖x_rank‖ per bucket (an all-reduce of maxima)
 *     C(x)_i = n·sgn(x_i)·q_i/s,  q_i = s|x_i|/n rounded at random, as in qsgd
 *     mean_i = n/(N·s)·Σ_ranks sgn·q_i: one all-reduce of whole numbers
 *
 * Source: Xin, Canini, Richtarik and Horvath, "Global-QSGD: Practical Floatless Quantization for
 * Distributed Learning with Theoretical Guarantees" (arXiv 2305.18627), standard dithering.
 * A sum of N codes 0 … 2s needs L = ⌈log2(2sN + 1)⌉ bits, whatever schedule adds it: codes travel
 * in lanes of L bits, ⌊32/L⌋ of them in a 32-bit word, which are added as words; no lane overflows.
 * Wire: 4 bytes per bucket (maxima) and 4·⌈d/⌊32/L⌋⌉ bytes: with s = 7, 8 lanes a word for one
 * rank, 5 for two (6 bits), 4 for eight to 18 (8 bits). s = 7 is a choice of ours; the paper sets
 * bits. E C(x) = x. A rank's variance is a share of the largest rank's norm, not of its own: ω as
 * in qsgd is proven for one rank only, and for equal norms. Cost: O(d). bucket=0 (a tensor has one
 * norm) is the paper's. Not finite: TW_INPUT. */
#include "dither_real.h"

#include <stddef.h>

static const struct tw_option options[] = {
    {"levels", TW_OPTION_COUNT, offsetof(struct tw_dither_params, levels), "7", 1, 32767, 0, NULL,
     "levels", "levels s on either side of 0: a lane holds a sum of N codes up to 2s"},
    {"bucket", TW_OPTION_COUNT, offsetof(struct tw_dither_params, bucket), "0", 0, 1e9, 0, NULL,
     "values", "values that share a norm; 0: the whole tensor"},
    {"norm", TW_OPTION_CHOICE, offsetof(struct tw_dither_params, norm), "l2", 0, 0, 0,
     tw_dither_norm_names, "",
     "what levels are shares of: the bucket's Euclidean norm or its largest value"},
};

static void total(const struct tw_coded_piece *piece, const uint32_t *sums, tw_real *totals)
{
    const struct tw_dither_params *params = piece->problem->params;
    TW_T(tw_dither_total)(piece, sums, params->levels, totals);
}

static int adds(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

static const struct tw_coder coder = {
    .groups = tw_dither_coder_groups,
    .bits = tw_dither_coder_bits,
    .most = tw_dither_coder_most,
    .measure = TW_T(tw_dither_coder_measure),
    .code = TW_T(tw_dither_coder_code),
    .value = TW_T(tw_dither_coder_value),
    .adds = adds,
    .combine = TW_COMBINE_MAX,
    .total = total,
    .draws = 1,
};

TW_CODED_FUNCTIONS(&coder)

static double omega(const struct tw_problem *problem)
{
    return problem->ranks > 1 ? -1.0 : tw_dither_coder_omega(problem);
}

const struct tw_compressor TW_T(tw_compressor_global_qsgd) = {
    .member = {.name = "global_qsgd",
               .summary = "QSGD with the ranks' largest norm: whole numbers, all-reduced",
               .source = "Xin, Canini, Richtarik and Horvath 2023, arXiv 2305.18627",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_dither_params),
               .traits = TW_UNBIASED | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    TW_CODED_CALLBACKS,
    .omega = omega,
};
