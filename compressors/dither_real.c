/* Stochastic rounding to levels. Multiplying by 2^j multiplies every result by 2^j. */
#include "dither_real.h"
#include "base/isa.h"
#include "base/vec.h"

#include <math.h>

#define LANES 16

TW_DISPATCHED(, tw_real, TW_T(tw_dither_largest), (const tw_real *x, uint64_t n), (x, n))
{
    tw_real most[LANES] = {0};
    uint64_t whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (int j = 0; j < LANES; j++) {
            tw_real magnitude = x[i + j] < 0 ? -x[i + j] : x[i + j];
            most[j] = magnitude > most[j] ? magnitude : most[j];
        }
    for (uint64_t i = whole; i < n; i++) {
        tw_real magnitude = x[i] < 0 ? -x[i] : x[i];
        most[0] = magnitude > most[0] ? magnitude : most[0];
    }
    for (int j = 1; j < LANES; j++)
        most[0] = most[j] > most[0] ? most[j] : most[0];
    return TW_T(tw_vec_finite)(x, n) ? most[0] : -1;
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

TW_DISPATCHED(, void, TW_T(tw_dither_code),
              (const struct tw_coded_piece *piece, const tw_real *x, tw_real limit, uint64_t levels,
               uint16_t *codes),
              (piece, x, limit, levels, codes))
{
    tw_real scale = piece->scales[0], s = (tw_real)levels;
    struct tw_rounding rounding = piece->rounding;
    uint32_t first = piece->first;
    int32_t middle = (int32_t)levels;
    for (uint64_t i = 0; i < piece->n; i++) {
        tw_real magnitude = x[i] < 0 ? -x[i] : x[i];
        magnitude = magnitude < limit ? magnitude : limit;
        tw_real level = scale > 0 ? magnitude / scale * s : 0;
        int32_t q = (int32_t)level;
        q += (tw_real)tw_rounding_unit(rounding, first + (uint32_t)i) < level - (tw_real)q;
        codes[i] = (uint16_t)(middle + (x[i] < 0 ? -q : q));
    }
}

/* Products are formed in double and rounded once. */
TW_DISPATCHED(, void, TW_T(tw_dither_value),
              (const struct tw_coded_piece *piece, const uint16_t *codes, uint64_t levels,
               tw_real *values),
              (piece, codes, levels, values))
{
    double scale = (double)piece->scales[0], s = (double)levels;
    int32_t middle = (int32_t)levels;
    for (uint64_t i = 0; i < piece->n; i++)
        values[i] = (tw_real)(scale * ((double)((int32_t)codes[i] - middle) / s));
}

TW_DISPATCHED(, void, TW_T(tw_dither_total),
              (const struct tw_coded_piece *piece, const uint32_t *sums, uint64_t levels,
               tw_real *totals),
              (piece, sums, levels, totals))
{
    double scale = (double)piece->scales[0], s = (double)levels;
    int64_t middle = (int64_t)levels * piece->problem->ranks;
    for (uint64_t i = 0; i < piece->n; i++)
        totals[i] = (tw_real)(scale * ((double)((int64_t)sums[i] - middle) / s));
}
