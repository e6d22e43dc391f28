/* Casts: every value in a narrow type, with one scale for a block of values.
 *
 *     M = max |x| over the block,  C(x)_i = M·v(x_i/M·R)/R,  v: to nearest, ties to even
 *     int8: R = 127, v to whole numbers · int4: R = 7 · fp8_e4m3: R = 448, fp8_e5m2: R = 57344
 *     fp16: no scale, v(x) as IEEE binary16; above 65504 it becomes infinity, and shows
 *     rotation=hadamard: C(x) = (HD)⁻¹C'(HDx), D random signs, the same on all ranks, fresh every
 *     step; H the orthonormal Hadamard matrix, over the bucket in chunks of 1024 values
 *
 * Source: blocks and scales as in Dettmers, "8-Bit Approximations for Parallelism in Deep Learning"
 * (arXiv 1511.04561) and Rouhani et al., "Microscaling Data Formats" (arXiv 2310.10537); fp8 of
 * Micikevicius et al. (arXiv 2209.05433); rotation of Suresh et al. (arXiv 1611.00429).
 * Wire: w·d/8 bytes (w = 16, 8, 4, 8, 8) and 4 bytes per block and rank (none for fp16), by
 * all-gather: scales differ between ranks, so codes cannot be added on the way. fp16 could be, but
 * no sum of fp16 elements exists behind the door; it gathers like the others, which costs more than
 * the all-reduce of a real fp16 run from four ranks on (`none value="bf16"` is summed).
 * δ = 1 − b/(4R²) for integers and blocks of b values; for fp8 1 − 2^-8 (2^-6 in E5M2: half a unit
 * of 3 or 2 bits of mantissa) − b·(least/R)²/4; in fp16 none, for its range is limited.
 * Rounding is to nearest, so not unbiased: for that see qsgd. Cost: O(d); O(d·10) with rotation.
 * Departs from published code: M travels, not M/R, so that the largest value of a block is exact,
 * C(C(x)) = C(x), and a block of denormals has no scale of 0. Not finite: TW_INPUT. */
#include "coded_real.h"
#include "base/isa.h"
#include "dither_real.h"
#include "fp16.h"
#include "fp8.h"

#include <stddef.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum value { VALUE_FP16, VALUE_INT8, VALUE_INT4, VALUE_E4M3, VALUE_E5M2 };

struct params {
    uint64_t block;
    int value, rotation;
};

static const char *const value_names[] = {"fp16", "int8", "int4", "fp8_e4m3", "fp8_e5m2", NULL};
static const char *const rotation_names[] = {"none", "hadamard", NULL};

static const struct tw_option options[] = {
    {"value", TW_OPTION_CHOICE, offsetof(struct params, value), "int8", 0, 0, 0, value_names, "",
     "type on the wire"},
    {"block", TW_OPTION_COUNT, offsetof(struct params, block), "256", 1, 1e9, 0, NULL, "values",
     "values that share a scale (fp16 has none); blocks end with their tensor"},
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
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static const struct format *format_of(const struct tw_problem *problem)
{
    return &formats[params_of(problem)->value];
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
    return params_of(problem)->value == VALUE_FP16 ? 0 : 1;
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

TW_DISPATCHED(static, void, code_fp16_each, (const tw_real *x, uint64_t n, uint16_t *codes),
              (x, n, codes))
{
    for (uint64_t i = 0; i < n; i++)
#if TW_PRECISION == 32
        codes[i] = tw_fp16_from_f32(x[i]);
#else
        codes[i] = tw_fp16_from_f64(x[i]);
#endif
}

#if TW_PRECISION == 32 && defined(__x86_64__)
/* The processor's own conversion rounds finite values alike. Returns how many were coded. */
TW_AVX512 static uint64_t code_fp16_sixteens(const tw_real *x, uint64_t n, uint16_t *codes)
{
    uint64_t i = 0;
    for (; i + 16 <= n; i += 16)
        _mm256_storeu_si256(
            (__m256i *)(void *)(codes + i),
            _mm512_cvtps_ph(_mm512_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    return i;
}
#else
static uint64_t code_fp16_sixteens(const tw_real *x, uint64_t n, uint16_t *codes)
{
    (void)x;
    (void)n;
    (void)codes;
    return 0;
}
#endif

static void code_fp16(const tw_real *x, uint64_t n, uint16_t *codes)
{
    uint64_t done = tw_isa() == TW_ISA_AVX512 ? code_fp16_sixteens(x, n, codes) : 0;
    code_fp16_each(x + done, n - done, codes + done);
}

/* A block of zeros has scale 0: any scale codes it. */
static void code(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes)
{
    const struct format *format = format_of(piece->problem);
    tw_real range = (tw_real)format->range, scale = piece->scales[0] > 0 ? piece->scales[0] : range;
    tw_real factor = range / scale;
    if (!TW_T(tw_dither_safe)(factor))
        factor = 0;
    if (params_of(piece->problem)->value == VALUE_FP16)
        code_fp16(x, piece->n, codes);
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

TW_DISPATCHED(static, void, value_fp16, (const uint16_t *codes, uint64_t n, tw_real *values),
              (codes, n, values))
{
    for (uint64_t i = 0; i < n; i++)
        values[i] = (tw_real)tw_fp16_to_f32(codes[i]);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    const struct format *format = format_of(piece->problem);
    double scale = (double)piece->scales[0], range = (double)format->range;
    if (params_of(piece->problem)->value == VALUE_FP16)
        value_fp16(codes, piece->n, values);
    else if (format->fp8)
        value_fp8(codes, piece->n, scale, range, *format->fp8, values);
    else
        value_whole(codes, piece->n, scale, range, format->middle, values);
}

/* No NaN, and no fp8 above the largest; fp16 may be infinite. */
static int known(const struct tw_problem *problem, const uint16_t *codes, uint64_t n)
{
    const struct tw_fp8 *fp8 = format_of(problem)->fp8;
    if (params_of(problem)->value == VALUE_FP16)
        return tw_coded_within(codes, n, 0x7fffU, 0x7c00U);
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
};

TW_CODED_FUNCTIONS(&coder)

/* A half step squared for each of b values, M² ≤ ‖x‖² of the block, and the relative error. */
static double delta(const struct tw_problem *problem)
{
    const struct format *format = format_of(problem);
    double b = (double)tw_groups_largest(problem, groups(problem));
    double step = format->least / (double)format->range;
    if (scales(problem) == 0)
        return -1.0;
    double bound = 1.0 - format->relative * format->relative - b * step * step / 4.0;
    return bound > 0.0 ? bound : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_cast) = {
    .member = {.name = "cast",
               .summary = "values as fp16, int8, int4 or fp8 with block scales, all-gathered",
               .source = "Dettmers 2015, arXiv 1511.04561; Micikevicius et al., arXiv 2209.05433",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    TW_CODED_CALLBACKS,
    .delta = delta,
};
