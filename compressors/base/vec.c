/* Vector kernels, built for float and double.
 * A sum runs in LANES interleaved double partial sums (element i goes to lane i mod 16), which are
 * then added by halves: 8+8, 4+4, 2+2, 1+1. That order is part of the result: a wider instruction
 * set computes the same additions side by side, so all give the same bits. O(n) each. */
#include "vec.h"
#include "isa.h"

#include <string.h>

#define LANES 16

void TW_T(tw_vec_copy)(tw_real *y, const tw_real *x, uint64_t n)
{
    if (n > 0)
        memmove(y, x, n * sizeof *y);
}

void TW_T(tw_vec_zero)(tw_real *y, uint64_t n)
{
    if (n > 0)
        memset(y, 0, n * sizeof *y);
}

TW_DISPATCHED(, void, TW_T(tw_vec_add), (tw_real * y, const tw_real *x, uint64_t n), (y, x, n))
{
    for (uint64_t i = 0; i < n; i++)
        y[i] += x[i];
}

TW_DISPATCHED(, void, TW_T(tw_vec_axpy), (tw_real * y, tw_real a, const tw_real *x, uint64_t n),
              (y, a, x, n))
{
    for (uint64_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

TW_DISPATCHED(, void, TW_T(tw_vec_scale), (tw_real * y, tw_real a, const tw_real *x, uint64_t n),
              (y, a, x, n))
{
    for (uint64_t i = 0; i < n; i++)
        y[i] = a * x[i];
}

TW_DISPATCHED(, void, TW_T(tw_vec_sum),
              (tw_real * z, const tw_real *x, const tw_real *y, uint64_t n), (z, x, y, n))
{
    for (uint64_t i = 0; i < n; i++)
        z[i] = x[i] + y[i];
}

TW_DISPATCHED(, void, TW_T(tw_vec_difference),
              (tw_real * z, const tw_real *x, const tw_real *y, uint64_t n), (z, x, y, n))
{
    for (uint64_t i = 0; i < n; i++)
        z[i] = x[i] - y[i];
}

TW_DISPATCHED(, void, TW_T(tw_vec_blend), (tw_real * y, tw_real a, const tw_real *x, uint64_t n),
              (y, a, x, n))
{
    tw_real rest = 1 - a;
    for (uint64_t i = 0; i < n; i++)
        y[i] = rest * y[i] + a * x[i];
}

static double by_halves(double partial[LANES])
{
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int j = 0; j < width; j++)
            partial[j] += partial[j + width];
    return partial[0];
}

TW_DISPATCHED(, double, TW_T(tw_vec_dot), (const tw_real *x, const tw_real *y, uint64_t n),
              (x, y, n))
{
    double partial[LANES] = {0};
    uint64_t whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (int j = 0; j < LANES; j++)
            partial[j] += (double)x[i + j] * (double)y[i + j];
    for (uint64_t i = whole; i < n; i++)
        partial[i - whole] += (double)x[i] * (double)y[i];
    return by_halves(partial);
}

double TW_T(tw_vec_norm2)(const tw_real *x, uint64_t n)
{
    return TW_T(tw_vec_dot)(x, x, n);
}

TW_DISPATCHED(, double, TW_T(tw_vec_distance2), (const tw_real *x, const tw_real *y, uint64_t n),
              (x, y, n))
{
    double partial[LANES] = {0};
    uint64_t whole = n - n % LANES;
    for (uint64_t i = 0; i < whole; i += LANES)
        for (int j = 0; j < LANES; j++) {
            double gap = (double)x[i + j] - (double)y[i + j];
            partial[j] += gap * gap;
        }
    for (uint64_t i = whole; i < n; i++) {
        double gap = (double)x[i] - (double)y[i];
        partial[i - whole] += gap * gap;
    }
    return by_halves(partial);
}

TW_DISPATCHED(, int, TW_T(tw_vec_finite), (const tw_real *x, uint64_t n), (x, n))
{
    int bad = 0;
    for (uint64_t i = 0; i < n; i++)
        bad |= !(x[i] - x[i] == 0); /* ∞−∞ and NaN−NaN are NaN */
    return !bad;
}
