/* Fast Walsh-Hadamard transform of chunks, in an order of additions that is written out. */
#include "hadamard_real.h"
#include "base/isa.h"

#include <math.h>

TW_DISPATCHED(static, void, flip, (tw_real * x, uint64_t n, struct tw_rounding signs),
              (x, n, signs))
{
    for (uint64_t i = 0; i < n; i++)
        x[i] = tw_rounding_bits(signs, (uint32_t)i) >> 31 ? -x[i] : x[i];
}

TW_DISPATCHED(static, void, scale, (tw_real * x, uint64_t n, tw_real factor), (x, n, factor))
{
    for (uint64_t i = 0; i < n; i++)
        x[i] *= factor;
}

TW_DISPATCHED(static, void, butterflies, (tw_real * x, uint64_t n), (x, n))
{
    for (uint64_t half = 1; half < n; half *= 2)
        for (uint64_t at = 0; at < n; at += 2 * half)
            for (uint64_t j = at; j < at + half; j++) {
                tw_real a = x[j], b = x[j + half];
                x[j] = a + b;
                x[j + half] = a - b;
            }
}

static void transform(tw_real *x, uint64_t n)
{
    uint64_t chunk = TW_HADAMARD_CHUNK;
    while (n > 0) {
        while (chunk > n)
            chunk /= 2;
        butterflies(x, chunk);
        scale(x, chunk, (tw_real)(1.0 / sqrt((double)chunk)));
        x += chunk;
        n -= chunk;
    }
}

void TW_T(tw_hadamard_turn)(tw_real *x, uint64_t n, struct tw_rounding signs)
{
    flip(x, n, signs);
    transform(x, n);
}

void TW_T(tw_hadamard_back)(tw_real *x, uint64_t n, struct tw_rounding signs)
{
    transform(x, n);
    flip(x, n, signs);
}
