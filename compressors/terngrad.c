/* TernGrad: every value becomes −m, 0 or m, at random.
 *
 *     C(x)_i = m·sgn(x_i)·B_i,  P(B_i = 1) = |x'_i|/m,  m = max |x'_i| of the tensor
 *     x' = x with values beyond ±clip·σ cut to ±clip·σ; σ² = Σ(x_i − mean)²/n; clip=0: x' = x
 *     scaler=own: every rank its own m, all-gathered with the codes
 *     scaler=shared: m is the largest of all ranks (an all-reduce of maxima), codes add
 *
 * Source: Wen, Xu, Yan, Wu, Wang, Chen and Li, "TernGrad: Ternary Gradients to Reduce Communication
 * in Distributed Deep Learning", NeurIPS 2017 (arXiv 1705.07878): layer-wise ternarizing, clipping
 * at 2.5σ, scaler sharing.
 * Without clipping E C(x) = x and E‖C(x)−x‖² = Σ|x_i|(m − |x_i|) ≤ (√n−1)/2·‖x‖² (scaler=own, or
 * one rank); with it C is biased and nothing is proven. C stays large where x is small: error
 * feedback around it may grow without bound. Wire: own: 4 bytes per tensor and 2 bits per value (an
 * entropy coder would need log2 3 = 1.58; published code sends a byte); shared: 4 bytes per tensor,
 * then ⌈log2(2N+1)⌉ bits per value in lanes of 32-bit words (see global_qsgd). Cost: O(d). Not
 * finite: TW_INPUT. */
#include "dither_real.h"

#include <math.h>
#include <stddef.h>
#include "base/isa.h"
#include "base/vec.h"

struct params {
    double clip;
    int scaler;
};

static const char *const scaler_names[] = {"own", "shared", NULL};

static const struct tw_option options[] = {
    {"clip", TW_OPTION_REAL, offsetof(struct params, clip), "2.5", 0.0, 1e6, 0, NULL,
     "standard deviations", "values are cut to so many deviations of their tensor; 0: not at all"},
    {"scaler", TW_OPTION_CHOICE, offsetof(struct params, scaler), "own", 0, 0, 0, scaler_names, "",
     "own: every rank its own scale, all-gather; shared: the largest, all-reduce"},
};

#define LEVELS 1

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static struct tw_groups groups(const struct tw_problem *problem)
{
    (void)problem;
    return (struct tw_groups){TW_SCOPE_TENSOR, 0};
}

static unsigned bits(const struct tw_problem *problem)
{
    (void)problem;
    return tw_dither_bits(LEVELS);
}

static uint32_t most(const struct tw_problem *problem)
{
    (void)problem;
    return 2 * LEVELS;
}

#if TW_PRECISION == 32
#define LANES 16

/* Σ(x_i − mean)^power in 16 interleaved sums added by halves (as in base/vec.c). */
TW_DISPATCHED(static, double, sum_of, (const tw_real *x, uint64_t n, double mean, int power),
              (x, n, mean, power))
{
    double sums[LANES] = {0};
    uint64_t whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (uint64_t j = 0; j < LANES; j++) {
            double off = (double)x[i + j] - mean;
            sums[j] += power == 2 ? off * off : off;
        }
    for (uint64_t i = whole; i < n; i++) {
        double off = (double)x[i] - mean;
        sums[i - whole] += power == 2 ? off * off : off;
    }
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int j = 0; j < width; j++)
            sums[j] += sums[j + width];
    return sums[0];
}

/* In double, squares of floats neither vanish nor overflow. */
static double deviation(const tw_real *x, uint64_t n, double largest)
{
    (void)largest;
    double mean = sum_of(x, n, 0, 1) / (double)n;
    return sqrt(sum_of(x, n, mean, 2) / (double)n);
}
#else
/* Values are divided by the largest first: their squares neither vanish nor overflow. */
static double deviation(const tw_real *x, uint64_t n, double largest)
{
    double sum = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < n; i++)
        sum += (double)x[i] / largest;
    double mean = sum / (double)n;
    for (uint64_t i = 0; i < n; i++) {
        double off = (double)x[i] / largest - mean;
        squares += off * off;
    }
    return largest * sqrt(squares / (double)n);
}
#endif

/* The scale is min(largest, clip·σ): values beyond it are what clipping cuts. σ = 0 (a tensor of
 * equal values) cuts nothing. */
static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    double clip = params_of(problem)->clip;
    tw_real largest = TW_T(tw_dither_largest)(x, n);
    if (largest < 0)
        return TW_INPUT;
    *scale = largest;
    if (clip > 0.0 && largest > 0) {
        tw_real limit = (tw_real)(clip * deviation(x, n, (double)largest));
        if (limit > 0 && limit < largest)
            *scale = limit;
    }
    return TW_OK;
}

static void code(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes)
{
    TW_T(tw_dither_code)(piece, x, piece->own, LEVELS, codes);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    TW_T(tw_dither_value)(piece, codes, LEVELS, values);
}

static void total(const struct tw_coded_piece *piece, const uint32_t *sums, tw_real *totals)
{
    TW_T(tw_dither_total)(piece, sums, LEVELS, totals);
}

static int adds(const struct tw_problem *problem)
{
    return params_of(problem)->scaler;
}

/* The mean, and the squares around it. */
static unsigned passes(const struct tw_problem *problem)
{
    return params_of(problem)->clip > 0.0 ? 2 : 0;
}

static const struct tw_coder coder = {
    .groups = groups,
    .bits = bits,
    .most = most,
    .measure = measure,
    .code = code,
    .value = value,
    .adds = adds,
    .combine = TW_COMBINE_MAX,
    .total = total,
    .draws = 1,
    .passes = passes,
};

TW_CODED_FUNCTIONS(&coder)

static double omega(const struct tw_problem *problem)
{
    const struct params *params = params_of(problem);
    if (params->clip > 0.0 || (params->scaler && problem->ranks > 1))
        return -1.0;
    return tw_dither_omega(TW_DITHER_MAX, tw_groups_largest(problem, groups(problem)), LEVELS);
}

const struct tw_compressor TW_T(tw_compressor_terngrad) = {
    .member = {.name = "terngrad",
               .summary = "every value -m, 0 or m at random, m the tensor's clipped maximum",
               .source = "Wen et al. 2017, arXiv 1705.07878",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER | 1U << TW_SUM},
    TW_CODED_CALLBACKS,
    .omega = omega,
};
