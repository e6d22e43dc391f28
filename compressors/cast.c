/* Casts: every value in a narrow type, with one scale for a block of values.
 *
 *     M = max |x| over the block,  C(x)_i = M·v(x_i/M·R)/R,  v: to nearest, ties to even
 *     int8: R = 127, v to whole numbers · int4: R = 7 · fp8_e4m3: R = 448, fp8_e5m2: R = 57344
 *     fp16, bf16: no scale, v(x) as IEEE binary16 or as bfloat16;  mean = (1/N)·v(Σ_ranks v(x))
 *     rotation=hadamard: C(x) = (HD)⁻¹C'(HDx), D random signs, the same on all ranks, fresh every
 *     step; H the orthonormal Hadamard matrix, over the bucket in chunks of 1024 values
 *
 * Source: blocks and scales as in Dettmers, "8-Bit Approximations for Parallelism in Deep Learning"
 * (arXiv 1511.04561) and Rouhani et al., "Microscaling Data Formats" (arXiv 2310.10537); fp8 of
 * Micikevicius et al. (arXiv 2209.05433); rotation of Suresh et al. (arXiv 1611.00429); fp16 sums
 * as in Micikevicius et al., "Mixed Precision Training" (arXiv 1710.03740). Wire: w·d/8 bytes (w =
 * 8, 4, 8, 8) and 4 bytes per block and rank, by all-gather: scales differ between ranks, so codes
 * cannot be added on the way. fp16 and bf16 have no scale: 2·d bytes, by all-reduce, added in
 * double in the order of the ranks and rounded once; without a rotation they are `none
 * value="fp16"` and "bf16" bit for bit, but refuse what is not finite. In fp16 a value or a sum
 * from 65520 on is infinity: it shows in the mean, and the run is reported as diverged. δ = 1 −
 * b/(4R²) for integers and blocks of b values; for fp8 1 − 2^-8 (2^-6 in E5M2: half a unit of 3 or
 * 2 bits of mantissa) − b·(least/R)²/4; for bf16 1 − 2^-16, where numbers are normal and nothing
 * rotates; in fp16 none, for its range is limited. Rounding is to nearest, so not unbiased: for
 * that see qsgd. Cost: O(d); O(d·10) with rotation. Departs from published code: M travels, not
 * M/R, so that the largest value of a block is exact, C(C(x)) = C(x), and a block of denormals has
 * no scale of 0. Not finite: TW_INPUT. */
#include "coded_real.h"
#include "base/isa.h"
#include "dither_real.h"
#include "fp8.h"
#include "half_real.h"

#include <stddef.h>

enum value { VALUE_FP16, VALUE_INT8, VALUE_INT4, VALUE_E4M3, VALUE_E5M2, VALUE_BF16 };

struct params {
    uint64_t block;
    int value, rotation;
};

static const char *const value_names[] = {"fp16",     "int8", "int4", "fp8_e4m3",
                                          "fp8_e5m2", "bf16", NULL};
static const char *const rotation_names[] = {"none", "hadamard", NULL};

static const struct tw_option options[] = {
    {"value", TW_OPTION_CHOICE, offsetof(struct params, value), "int8", 0, 0, 0, value_names, "",
     "type on the wire"},
    {"block", TW_OPTION_COUNT, offsetof(struct params, block), "256", 1, 1e9, 0, NULL, "values",
     "values that share a scale (fp16 and bf16 have none); blocks end with their tensor"},
    {"rotation", TW_OPTION_CHOICE, offsetof(struct params, rotation), "none", 0, 0, 0,
     rotation_names, "", "a random Hadamard rotation before; blocks then cross tensors"},
};

/* Range R, and for integers the code of 0. */
static const struct format {
    unsigned bits;
    uint16_t middle;
    uint32_t most;
    float range;
    const struct tw_fp8 *fp8;
    double relative, least; /* largest rounding of a normal number; least number */
} formats[] = {
    [VALUE_FP16] = {16, 0, 0xffff, 1.0F, NULL, 0, 0},
    [VALUE_INT8] = {8, 127, 254, 127.0F, NULL, 0, 1},
    [VALUE_INT4] = {4, 7, 14, 7.0F, NULL, 0, 1},
    [VALUE_E4M3] = {8, 0, 0xff, 448.0F, &tw_fp8_e4m3, 0x1p-4, 0x1p-9},
    [VALUE_E5M2] = {8, 0, 0xff, 57344.0F, &tw_fp8_e5m2, 0x1p-3, 0x1p-16},
    [VALUE_BF16] = {16, 0, 0xffff, 1.0F, NULL, 0x1p-8, 0},
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static const struct format *format_of(const struct tw_problem *problem)
{
    return &formats[params_of(problem)->value];
}

/* The type of codes without a scale, or TW_VALUE_OWN. */
static enum tw_value half_of(const struct tw_problem *problem)
{
    int value = params_of(problem)->value;
    if (value == VALUE_FP16)
        return TW_VALUE_FP16;
    return value == VALUE_BF16 ? TW_VALUE_BF16 : TW_VALUE_OWN;
}

static enum tw_element floats(const struct tw_problem *problem)
{
    enum tw_value half = half_of(problem);
    return half ? tw_codec_value_element(half, problem->precision) : TW_ELEMENT_BYTE;
}

static int rotates(const struct tw_problem *problem)
{
    return params_of(problem)->rotation;
}

static struct tw_groups groups(const struct tw_problem *problem)
{
    return (struct tw_groups){rotates(problem) ? TW_SCOPE_BUCKET : TW_SCOPE_TENSOR,
                              params_of(problem)->block};
}

static unsigned scales(const struct tw_problem *problem)
{
    return half_of(problem) ? 0 : 1;
}

static unsigned bits(const struct tw_problem *problem)
{
    return format_of(problem)->bits;
}

static uint32_t most(const struct tw_problem *problem)
{
    return format_of(problem)->most;
}

static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    tw_real largest;
    (void)problem;
    return TW_T(tw_dither_measure)(TW_DITHER_MAX, x, n, scale ? scale : &largest);
}

/* The nearest whole number, ties to even, of |v| ≤ 2^21: adding 1.5·2^23 (2^52) leaves no room for
 * a fraction. */
static inline int32_t nearest(tw_real value)
{
#if TW_PRECISION == 32
    return (int32_t)((value + 0x1.8p23F) - 0x1.8p23F);
#else
    return (int32_t)((value + 0x1.8p52) - 0x1.8p52);
#endif
}

/* x in units of the scale: x·factor, or x/scale·range where the factor (0: none) would be no normal
 * number or close to none. */
static inline tw_real share_of(tw_real x, tw_real factor, tw_real scale, tw_real range)
{
    return factor > 0 ? x * factor : x / scale * range;
}

TW_DISPATCHED(static, void, code_whole,
              (const tw_real *x, uint64_t n, tw_real factor, tw_real scale, tw_real range,
               int32_t middle, uint16_t *codes),
              (x, n, factor, scale, range, middle, codes))
{
    for (uint64_t i = 0; i < n; i++)
        codes[i] = (uint16_t)(middle + nearest(share_of(x[i], factor, scale, range)));
}

TW_DISPATCHED(static, void, code_fp8,
              (const tw_real *x, uint64_t n, tw_real factor, tw_real scale, tw_real range,
               struct tw_fp8 fp8, uint16_t *codes),
              (x, n, factor, scale, range, fp8, codes))
{
    for (uint64_t i = 0; i < n; i++) {
        tw_real share = share_of(x[i], factor, scale, range);
#if TW_PRECISION == 32
        codes[i] = tw_fp8_from_f32(fp8, share);
#else
        codes[i] = tw_fp8_from_f64(fp8, share);
#endif
    }
}

/* A block of zeros has scale 0: any scale codes it. */
static void code(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes)
{
    const struct format *format = format_of(piece->problem);
    tw_real range = (tw_real)format->range, scale = piece->scales[0] > 0 ? piece->scales[0] : range;
    tw_real factor = range / scale;
    if (!TW_T(tw_dither_safe)(factor))
        factor = 0;
    if (half_of(piece->problem))
        TW_T(tw_half_down)(half_of(piece->problem), x, piece->n, codes);
    else if (format->fp8)
        code_fp8(x, piece->n, factor, scale, range, *format->fp8, codes);
    else
        code_whole(x, piece->n, factor, scale, range, format->middle, codes);
}

/* M·(v/R), rounded once: M·v could overflow, and v = R gives M itself. In fp32 the step M/R, formed
 * in double, does as well. */
static inline tw_real value_of(double v, double step, double scale, double range)
{
    return (tw_real)(TW_PRECISION == 32 ? step * v : scale * (v / range));
}

TW_DISPATCHED(static, void, value_whole,
              (const uint16_t *codes, uint64_t n, double scale, double range, int32_t middle,
               tw_real *values),
              (codes, n, scale, range, middle, values))
{
    double step = scale / range;
    for (uint64_t i = 0; i < n; i++)
        values[i] = value_of((double)((int32_t)codes[i] - middle), step, scale, range);
}

TW_DISPATCHED(static, void, value_fp8,
              (const uint16_t *codes, uint64_t n, double scale, double range, struct tw_fp8 fp8,
               tw_real *values),
              (codes, n, scale, range, fp8, values))
{
    double step = scale / range;
    for (uint64_t i = 0; i < n; i++)
        values[i] = value_of((double)tw_fp8_to_f32(fp8, (uint8_t)codes[i]), step, scale, range);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    const struct format *format = format_of(piece->problem);
    double scale = (double)piece->scales[0], range = (double)format->range;
    if (half_of(piece->problem))
        TW_T(tw_half_up)(half_of(piece->problem), codes, piece->n, values);
    else if (format->fp8)
        value_fp8(codes, piece->n, scale, range, *format->fp8, values);
    else
        value_whole(codes, piece->n, scale, range, format->middle, values);
}

/* No fp8 above the largest. (Halves are not gathered.) */
static int known(const struct tw_problem *problem, const uint16_t *codes, uint64_t n)
{
    const struct tw_fp8 *fp8 = format_of(problem)->fp8;
    return !fp8 || tw_coded_within(codes, n, 0x7fU, fp8->most);
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
    .rotates = rotates,
    .floats = floats,
};

TW_CODED_FUNCTIONS(&coder)

/* A half step squared for each of b values, M² ≤ ‖x‖² of the block, and the relative error. */
static double delta(const struct tw_problem *problem)
{
    const struct format *format = format_of(problem);
    double b = (double)tw_groups_largest(problem, groups(problem));
    double step = format->least / (double)format->range;
    if (half_of(problem) == TW_VALUE_BF16 && !rotates(problem))
        return 1.0 - 0x1p-16;
    if (half_of(problem))
        return -1.0;
    double bound = 1.0 - format->relative * format->relative - b * step * step / 4.0;
    return bound > 0.0 ? bound : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_cast) = {
    .member = {.name = "cast",
               .summary =
                   "values as int8, int4 or fp8 with block scales, gathered; fp16 or bf16, summed",
               .source = "Dettmers 2015, arXiv 1511.04561; Micikevicius et al., arXiv 2209.05433",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER | 1U << TW_SUM},
    TW_CODED_CALLBACKS,
    .delta = delta,
};
