/* QSGD: values rounded at random to a few levels of their bucket's norm.
 *
 *     C(x)_i = n·sgn(x_i)·ξ_i,  ξ_i = ⌊s|x_i|/n⌋/s, plus 1/s with probability s|x_i|/n − ⌊s|x_i|/n⌋
 *     n = ‖x‖₂ of the bucket of b values (norm=l2), or max |x_i| (norm=max)
 *
 * Source: Alistarh, Grubic, Li, Tomioka and Vojnovic, "QSGD: Communication-Efficient SGD via
 * Gradient Quantization and Encoding", NeurIPS 2017 (arXiv 1610.02132); b = 512 and 8 bits, that is
 * s = 127, are of its experiments, and so is norm=max.
 * E C(x) = x, E‖C(x)−x‖² ≤ ω‖x‖², ω = min(b/(4s²), √b/s); where ω < 1 C is also a contraction with
 * δ = 1 − ω. Random bits have 23 bits: the bias of a value is below 2^-24 of a level.
 * Wire, by all-gather: 4 bytes per bucket and, with wire=int, ⌈log2(2s+1)⌉ bits per value; a bucket
 * ends with its tensor. wire=elias: the paper's recursive Elias codes of gaps, signs and levels
 * (elias.h, with the departures), and 8 bytes for their length; what is decoded is the same bit for
 * bit. At most s² + √b·s levels of a bucket are not 0 on average (Lemma 3.1), few when s is near 1:
 * of 512 normal numbers 18 at s = 1, 0.39 bits per value where int takes 2. Its bytes depend on the
 * data: no plan(). The paper's other code, of every level and no gaps (2.8·d + 32 bits for s = √b),
 * is left out. Cost: O(d).
 * A bucket of zeros has norm 0 and decodes to zeros, where published code divides 0 by 0. Not
 * finite: TW_INPUT. */
#include "dither_real.h"

#include <stddef.h>

struct params {
    struct tw_dither_params dither;
    int wire;
};

enum wire { WIRE_INT, WIRE_ELIAS };
static const char *const wire_names[] = {"int", "elias", NULL};

static const struct tw_option options[] = {
    {"levels", TW_OPTION_COUNT, offsetof(struct params, dither.levels), "127", 1, 32767, 0, NULL,
     "levels", "levels s on either side of 0: 2s + 1 codes"},
    {"bucket", TW_OPTION_COUNT, offsetof(struct params, dither.bucket), "512", 0, 1e9, 0, NULL,
     "values", "values that share a norm; 0: the whole tensor"},
    {"norm", TW_OPTION_CHOICE, offsetof(struct params, dither.norm), "l2", 0, 0, 0,
     tw_dither_norm_names, "",
     "what levels are shares of: the bucket's Euclidean norm or its largest value"},
    {"wire", TW_OPTION_CHOICE, offsetof(struct params, wire), "int", 0, 0, 0, wire_names, "",
     "codes of one width, or Elias codes of gaps and levels: shorter for few levels, by the data"},
};

static int elias(const struct tw_problem *problem)
{
    return ((const struct params *)problem->params)->wire == WIRE_ELIAS;
}

static const struct tw_coder coder = {
    .groups = tw_dither_coder_groups,
    .bits = tw_dither_coder_bits,
    .most = tw_dither_coder_most,
    .measure = TW_T(tw_dither_coder_measure),
    .code = TW_T(tw_dither_coder_code),
    .value = TW_T(tw_dither_coder_value),
    .draws = 1,
    .elias = elias,
};

TW_CODED_FUNCTIONS(&coder)

static double delta(const struct tw_problem *problem)
{
    double variance = tw_dither_coder_omega(problem);
    return variance < 1.0 ? 1.0 - variance : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_qsgd) = {
    .member = {.name = "qsgd",
               .summary = "values rounded at random to levels of their bucket's norm",
               .source = "Alistarh et al. 2017, arXiv 1610.02132",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_UNBIASED | TW_CONTRACTIVE | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    TW_CODED_CALLBACKS,
    .delta = delta,
    .omega = tw_dither_coder_omega,
};
