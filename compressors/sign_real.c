/* Signs and means, in 16 interleaved double sums added by halves (as in base/vec.c). */
#include "sign_real.h"
#include "base/isa.h"

#define LANES 16

static inline int negative(tw_real value)
{
    return __builtin_signbit(value) != 0;
}

static double by_halves(double partial[LANES])
{
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int j = 0; j < width; j++)
            partial[j] += partial[j + width];
    return partial[0];
}

/* |Σ| of both signs, and how many are negative. */
TW_DISPATCHED(static, void, sum_both,
              (const tw_real *x, uint64_t n, double sums[2], uint64_t *negatives),
              (x, n, sums, negatives))
{
    double clear[LANES] = {0}, set[LANES] = {0};
    uint64_t count = 0, whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (int j = 0; j < LANES; j++) {
            double value = (double)x[i + (uint64_t)j];
            double size = __builtin_fabs(value), upper = __builtin_copysign(0.5, value) + 0.5;
            clear[j] += upper * size; /* 1 for a clear sign bit, 0 for a set one */
            set[j] += (1.0 - upper) * size;
        }
    for (uint64_t i = whole; i < n; i++) {
        double value = (double)x[i];
        clear[i - whole] += negative(x[i]) ? 0.0 : value;
        set[i - whole] += negative(x[i]) ? -value : 0.0;
    }
    for (uint64_t i = 0; i < n; i++)
        count += (uint64_t)negative(x[i]);
    sums[0] = by_halves(clear);
    sums[1] = by_halves(set);
    *negatives = count;
}

TW_DISPATCHED(static, double, sum_sizes, (const tw_real *x, uint64_t n), (x, n))
{
    double sums[LANES] = {0};
    uint64_t whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (int j = 0; j < LANES; j++)
            sums[j] += __builtin_fabs((double)x[i + (uint64_t)j]);
    for (uint64_t i = whole; i < n; i++)
        sums[i - whole] += __builtin_fabs((double)x[i]);
    return by_halves(sums);
}

tw_status TW_T(tw_sign_mean)(const tw_real *x, uint64_t n, tw_real *mean)
{
    *mean = (tw_real)(sum_sizes(x, n) / (double)n);
    return *mean - *mean == 0 ? TW_OK : TW_INPUT;
}

tw_status TW_T(tw_sign_means)(const tw_real *x, uint64_t n, tw_real *clear, tw_real *set)
{
    double sums[2];
    uint64_t negatives;
    sum_both(x, n, sums, &negatives);
    *clear = negatives < n ? (tw_real)(sums[0] / (double)(n - negatives)) : 0;
    *set = negatives > 0 ? (tw_real)(-sums[1] / (double)negatives) : 0;
    return *clear - *clear == 0 && *set - *set == 0 ? TW_OK : TW_INPUT;
}

TW_DISPATCHED(static, void, code, (const tw_real *x, uint64_t n, uint16_t *codes), (x, n, codes))
{
    for (uint64_t i = 0; i < n; i++)
        codes[i] = (uint16_t)negative(x[i]);
}

void TW_T(tw_sign_code)(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes)
{
    code(x, piece->n, codes);
}

TW_DISPATCHED(, void, TW_T(tw_sign_value),
              (const uint16_t *codes, uint64_t n, tw_real clear, tw_real set, tw_real *values),
              (codes, n, clear, set, values))
{
    for (uint64_t i = 0; i < n; i++)
        values[i] = codes[i] ? set : clear;
}
