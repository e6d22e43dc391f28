/* Natural compression: every value rounded at random to a power of two.
 *
 *     2^e ≤ |x| < 2^(e+1):  C(x) = sgn(x)·2^e, or sgn(x)·2^(e+1) with probability |x|/2^e − 1
 *
 * Source: Horvath, Ho, Horvath, Sahu, Canini and Richtarik, "Natural Compression for Distributed
 * Deep Learning" (arXiv 1905.10988).
 * E C(x) = x; the variance is largest at |x| = 4/3·2^e, where it is x²/8: ω = 1/8, and so C is a
 * contraction with δ = 7/8. C(C(x)) = C(x).
 * The mantissa is the probability: adding as many random bits to it carries into the exponent just
 * so often, exactly in fp32, within 2^-32 of |x| in fp64. (Comparing the mantissa with a number
 * drawn from 0 … 2^23 − 2, as published code does, is biased.)
 * Wire: 9 bits per value, sign and exponent, by all-gather; 12 bits where the working precision is
 * fp64. Denormals become 0 or the least normal number, unbiased, but above any ω. Values above
 * 2^127 (2^1023) may round to infinity: they and what is not finite are TW_INPUT. Cost: O(d). */
#include "base/isa.h"
#include "dither_real.h"

#include <string.h>

#if TW_PRECISION == 32
typedef uint32_t word;
#define MANTISSA 23
#define EXPONENT 8
#define LARGEST 0x1p127F
#else
typedef uint64_t word;
#define MANTISSA 52
#define EXPONENT 11
#define LARGEST 0x1p1023
#endif

static struct tw_groups groups(const struct tw_problem *problem)
{
    (void)problem;
    return (struct tw_groups){TW_SCOPE_BUCKET, 0};
}

static unsigned scales(const struct tw_problem *problem)
{
    (void)problem;
    return 0;
}

static unsigned bits(const struct tw_problem *problem)
{
    (void)problem;
    return EXPONENT + 1;
}

static uint32_t most(const struct tw_problem *problem)
{
    (void)problem;
    return (1U << (EXPONENT + 1)) - 1;
}

static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    tw_real largest = TW_T(tw_dither_largest)(x, n);
    (void)problem;
    (void)scale;
    return largest >= 0 && largest <= LARGEST ? TW_OK : TW_INPUT;
}

/* As many bits as the mantissa has; in double 32 random ones and the middle of what they leave. */
static inline word random_mantissa(struct tw_rounding rounding, uint32_t i)
{
    uint32_t random = tw_rounding_bits(rounding, i);
#if TW_PRECISION == 32
    return random >> (32 - MANTISSA);
#else
    return (word)random << (MANTISSA - 32) | (word)1 << (MANTISSA - 33);
#endif
}

TW_DISPATCHED(static, void, code,
              (const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes),
              (piece, x, codes))
{
    const word sign = (word)1 << (MANTISSA + EXPONENT);
    struct tw_rounding rounding = piece->rounding;
    uint32_t first = piece->first;
    uint64_t n = piece->n;
    for (uint64_t i = 0; i < n; i++) {
        word whole;
        memcpy(&whole, &x[i], sizeof whole);
        word magnitude = (whole & ~sign) + random_mantissa(rounding, first + (uint32_t)i);
        codes[i] = (uint16_t)((magnitude | (whole & sign)) >> MANTISSA);
    }
}

TW_DISPATCHED(static, void, value,
              (const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values),
              (piece, codes, values))
{
    uint64_t n = piece->n;
    for (uint64_t i = 0; i < n; i++) {
        word whole = (word)codes[i] << MANTISSA;
        memcpy(&values[i], &whole, sizeof whole);
    }
}

/* No infinity and no NaN. */
static int known(const struct tw_problem *problem, const uint16_t *codes, uint64_t n)
{
    const uint16_t exponents = (1U << EXPONENT) - 1;
    (void)problem;
    return tw_coded_within(codes, n, exponents, exponents - 1U);
}

static const struct tw_coder coder = {
    .groups = groups,
    .scales = scales,
    .bits = bits,
    .most = most,
    .measure = measure,
    .code = code,
    .value = value,
    .known = known,
    .draws = 1,
};

TW_CODED_FUNCTIONS(&coder)

static double omega(const struct tw_problem *problem)
{
    (void)problem;
    return 0.125;
}

static double delta(const struct tw_problem *problem)
{
    (void)problem;
    return 0.875;
}

const struct tw_compressor TW_T(tw_compressor_natural) = {
    .member = {.name = "natural",
               .summary = "values rounded at random to powers of two, 9 bits each",
               .source = "Horvath et al. 2019, arXiv 1905.10988",
               .options = NULL,
               .option_count = 0,
               .params_size = 0,
               .traits = TW_UNBIASED | TW_CONTRACTIVE | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    TW_CODED_CALLBACKS,
    .delta = delta,
    .omega = omega,
};
