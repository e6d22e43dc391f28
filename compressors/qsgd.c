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
    uint64_t bucket, levels;
    int norm, wire;
};

enum wire { WIRE_INT, WIRE_ELIAS };
static const char *const wire_names[] = {"int", "elias", NULL};

static const struct tw_option options[] = {
    {"levels", TW_OPTION_COUNT, offsetof(struct params, levels), "127", 1, 32767, 0, NULL, "levels",
     "levels s on either side of 0: 2s + 1 codes"},
    {"bucket", TW_OPTION_COUNT, offsetof(struct params, bucket), "512", 0, 1e9, 0, NULL, "values",
     "values that share a norm; 0: the whole tensor"},
    {"norm", TW_OPTION_CHOICE, offsetof(struct params, norm), "l2", 0, 0, 0, tw_dither_norm_names,
     "", "what levels are shares of: the bucket's Euclidean norm or its largest value"},
    {"wire", TW_OPTION_CHOICE, offsetof(struct params, wire), "int", 0, 0, 0, wire_names, "",
     "codes of one width, or Elias codes of gaps and levels: shorter for few levels, by the data"},
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static struct tw_groups groups(const struct tw_problem *problem)
{
    return (struct tw_groups){TW_SCOPE_TENSOR, params_of(problem)->bucket};
}

static unsigned scales(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

static unsigned bits(const struct tw_problem *problem)
{
    return tw_dither_bits(params_of(problem)->levels);
}

static uint32_t most(const struct tw_problem *problem)
{
    return (uint32_t)(2 * params_of(problem)->levels);
}

static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    return TW_T(tw_dither_measure)((enum tw_dither_norm)params_of(problem)->norm, x, n, scale);
}

static void code(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes)
{
    TW_T(tw_dither_code)(piece, x, piece->scales[0], params_of(piece->problem)->levels, codes);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    TW_T(tw_dither_value)(piece, codes, params_of(piece->problem)->levels, values);
}

static int elias(const struct tw_problem *problem)
{
    return params_of(problem)->wire == WIRE_ELIAS;
}

static const struct tw_coder coder = {
    .groups = groups,
    .scales = scales,
    .bits = bits,
    .most = most,
    .measure = measure,
    .code = code,
    .value = value,
    .draws = 1,
    .elias = elias,
};

TW_CODED_FUNCTIONS(&coder)

static double omega(const struct tw_problem *problem)
{
    const struct params *params = params_of(problem);
    return tw_dither_omega((enum tw_dither_norm)params->norm,
                           tw_groups_largest(problem, groups(problem)), params->levels);
}

static double delta(const struct tw_problem *problem)
{
    double variance = omega(problem);
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
    .omega = omega,
};
