/* Stochastic rounding to levels. Multiplying by 2^j multiplies every result by 2^j. */
#include "dither_real.h"
#include "base/isa.h"
#include "base/vec.h"

#include <math.h>
#include <string.h>

#define LANES 16

#if TW_PRECISION == 32
typedef int32_t key_bits;
#define KEY_MASK INT32_C(0x7fffffff)
#define KEY_INFINITE INT32_C(0x7f800000)
#else
typedef int64_t key_bits;
#define KEY_MASK INT64_C(0x7fffffffffffffff)
#define KEY_INFINITE INT64_C(0x7ff0000000000000)
#endif

/* Bits without the sign order as magnitudes do, and those of what is not finite are the largest. */
static inline key_bits key_of(const tw_real *x)
{
    key_bits key;
    memcpy(&key, x, sizeof key);
    return key & KEY_MASK;
}

TW_DISPATCHED(, tw_real, TW_T(tw_dither_largest), (const tw_real *x, uint64_t n), (x, n))
{
    key_bits most[LANES] = {0};
    uint64_t whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (uint64_t j = 0; j < LANES; j++) {
            key_bits key = key_of(x + i + j);
            most[j] = key > most[j] ? key : most[j];
        }
    for (uint64_t i = whole; i < n; i++)
        most[0] = key_of(x + i) > most[0] ? key_of(x + i) : most[0];
    for (int j = 1; j < LANES; j++)
        most[0] = most[j] > most[0] ? most[j] : most[0];
    tw_real largest;
    memcpy(&largest, &most[0], sizeof largest);
    return most[0] < KEY_INFINITE ? largest : -1;
}

/* ‖x‖₂. Squares of very small or large doubles would vanish or overflow: of these the ratios to the
 * largest are squared. */
static double length_of(const tw_real *x, uint64_t n, tw_real largest)
{
    double sum = 0.0;
    if (TW_PRECISION == 32 || ((double)largest > 1e-120 && (double)largest < 1e120))
        return sqrt(TW_T(tw_vec_norm2)(x, n));
    for (uint64_t i = 0; i < n; i++) {
        double ratio = (double)x[i] / (double)largest;
        sum += ratio * ratio;
    }
    return (double)largest * sqrt(sum);
}

tw_status TW_T(tw_dither_measure)(enum tw_dither_norm norm, const tw_real *x, uint64_t n,
                                  tw_real *scale)
{
    tw_real largest = TW_T(tw_dither_largest)(x, n);
    if (largest < 0)
        return TW_INPUT;
    *scale = largest;
    if (norm == TW_DITHER_L2 && largest > 0) {
        tw_real length = (tw_real)length_of(x, n, largest);
        *scale = length > largest ? length : largest; /* its rounding must not hide a value */
    }
    return *scale - *scale == 0 ? TW_OK : TW_INPUT;
}

/* The code of a level in 0 … s. */
static inline uint16_t code_of(tw_real level, tw_real unit, int negative, int32_t middle)
{
    int32_t q = (int32_t)level;
    q += unit < level - (tw_real)q;
    return (uint16_t)(middle + (negative ? -q : q));
}

/* Levels as |x|·(s/n): the factor's rounding may lift the largest above s, where it is held. */
TW_DISPATCHED(static, void, code_by_factor,
              (const struct tw_coded_piece *piece, const tw_real *x, tw_real limit, tw_real factor,
               int32_t levels, uint16_t *codes),
              (piece, x, limit, factor, levels, codes))
{
    struct tw_rounding rounding = piece->rounding;
    uint32_t first = piece->first;
    uint64_t n = piece->n;
    tw_real most = (tw_real)levels;
    for (uint64_t i = 0; i < n; i++) {
        tw_real magnitude = x[i] < 0 ? -x[i] : x[i];
        magnitude = magnitude < limit ? magnitude : limit;
        tw_real level = magnitude * factor;
        level = level < most ? level : most;
        codes[i] = code_of(level, (tw_real)tw_rounding_unit(rounding, first + (uint32_t)i),
                           x[i] < 0, levels);
    }
}

/* Levels as |x|/n·s, for scales whose factor would be no normal number or close to none. */
static void code_by_share(const struct tw_coded_piece *piece, const tw_real *x, tw_real limit,
                          int32_t levels, uint16_t *codes)
{
    for (uint64_t i = 0; i < piece->n; i++) {
        tw_real magnitude = x[i] < 0 ? -x[i] : x[i];
        magnitude = magnitude < limit ? magnitude : limit;
        codes[i] = code_of(magnitude / piece->scales[0] * (tw_real)levels,
                           (tw_real)tw_rounding_unit(piece->rounding, piece->first + (uint32_t)i),
                           x[i] < 0, levels);
    }
}

void TW_T(tw_dither_code)(const struct tw_coded_piece *piece, const tw_real *x, tw_real limit,
                          uint64_t levels, uint16_t *codes)
{
    tw_real scale = piece->scales[0], factor = scale > 0 ? (tw_real)levels / scale : 0;
    if (scale > 0 && !TW_T(tw_dither_safe)(factor))
        code_by_share(piece, x, limit, (int32_t)levels, codes);
    else
        code_by_factor(piece, x, limit, factor, (int32_t)levels, codes);
}

/* Products are formed in double and rounded once. In fp32 the step's own rounding, 2^-53, is lost
 * in that, and level s gives the scale itself; in fp64 the share is formed first. */
TW_DISPATCHED(, void, TW_T(tw_dither_value),
              (const struct tw_coded_piece *piece, const uint16_t *codes, uint64_t levels,
               tw_real *values),
              (piece, codes, levels, values))
{
    double scale = (double)piece->scales[0], s = (double)levels;
    int32_t middle = (int32_t)levels;
    uint64_t n = piece->n;
    for (uint64_t i = 0; i < n; i++) {
        double level = (double)((int32_t)codes[i] - middle);
        values[i] = (tw_real)(TW_PRECISION == 32 ? scale / s * level : scale * (level / s));
    }
}

TW_DISPATCHED(, void, TW_T(tw_dither_total),
              (const struct tw_coded_piece *piece, const uint32_t *sums, uint64_t levels,
               tw_real *totals),
              (piece, sums, levels, totals))
{
    double scale = (double)piece->scales[0], s = (double)levels;
    int64_t middle = (int64_t)levels * piece->problem->ranks;
    uint64_t n = piece->n;
    for (uint64_t i = 0; i < n; i++) {
        double level = (double)((int64_t)sums[i] - middle);
        totals[i] = (tw_real)(TW_PRECISION == 32 ? scale / s * level : scale * (level / s));
    }
}

tw_status TW_T(tw_dither_coder_measure)(const struct tw_problem *problem, const tw_real *x,
                                        uint64_t n, tw_real *scale)
{
    const struct tw_dither_params *params = problem->params;
    return TW_T(tw_dither_measure)((enum tw_dither_norm)params->norm, x, n, scale);
}

void TW_T(tw_dither_coder_code)(const struct tw_coded_piece *piece, const tw_real *x,
                                uint16_t *codes)
{
    const struct tw_dither_params *params = piece->problem->params;
    TW_T(tw_dither_code)(piece, x, piece->scales[0], params->levels, codes);
}

void TW_T(tw_dither_coder_value)(const struct tw_coded_piece *piece, const uint16_t *codes,
                                 tw_real *values)
{
    const struct tw_dither_params *params = piece->problem->params;
    TW_T(tw_dither_value)(piece, codes, params->levels, values);
}
