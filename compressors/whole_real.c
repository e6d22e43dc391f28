/* Whole numbers under a scale. */
#include "whole_real.h"

#include "base/isa.h"

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

TW_DISPATCHED(static, void, code,
              (const tw_real *x, uint64_t n, tw_real scale, tw_real range, int32_t middle,
               uint16_t *codes),
              (x, n, scale, range, middle, codes))
{
    for (uint64_t i = 0; i < n; i++)
        codes[i] = (uint16_t)(middle + (scale > 0 ? nearest(x[i] / scale * range) : 0));
}

void TW_T(tw_whole_code)(const tw_real *x, uint64_t n, tw_real scale, int32_t range,
                         uint16_t *codes)
{
    code(x, n, scale, (tw_real)range, range, codes);
}

TW_DISPATCHED(, void, TW_T(tw_whole_value),
              (const uint16_t *codes, uint64_t n, tw_real scale, int32_t range, tw_real *values),
              (codes, n, scale, range, values))
{
    double size = (double)scale, wide = (double)range;
    for (uint64_t i = 0; i < n; i++)
        values[i] = (tw_real)(size * ((double)((int32_t)codes[i] - range) / wide));
}
