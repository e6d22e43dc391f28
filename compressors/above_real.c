/* Thresholds applied: one read of the vector each, blocks without any hit being skipped. */
#include "above_real.h"

#include <string.h>
#include "base/isa.h"
#include "base/precision.h"

#define LANES 16
#define BLOCK 64

#if TW_PRECISION == 32
typedef uint32_t key_bits;
#define LEAST 0x1p-149F
#else
typedef uint64_t key_bits;
#define LEAST 0x1p-1074
#endif

static inline tw_real magnitude(tw_real value)
{
    return value < 0 ? -value : value;
}

struct lanes {
    double sum[LANES], magnitudes[LANES], squares[LANES], most[LANES];
    uint64_t nonzero;
};

TW_DISPATCHED(static, void, add_lanes, (const tw_real *x, uint64_t n, struct lanes *lanes),
              (x, n, lanes))
{
    for (uint64_t i = 0; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) {
            double value = (double)x[i + (uint64_t)j], size = value < 0 ? -value : value;
            lanes->sum[j] += value;
            lanes->magnitudes[j] += size;
            lanes->squares[j] += value * value;
            lanes->most[j] = size > lanes->most[j] ? size : lanes->most[j];
        }
    for (uint64_t i = 0; i < n; i++)
        lanes->nonzero += x[i] != 0;
}

struct tw_moments TW_T(tw_moments)(const tw_real *x, uint64_t n)
{
    struct lanes lanes = {0};
    struct lanes *l = &lanes;
    uint64_t whole = n / LANES * LANES;
    add_lanes(x, n, l);
    for (uint64_t i = whole; i < n; i++) {
        double value = (double)x[i], size = value < 0 ? -value : value;
        l->sum[i - whole] += value;
        l->magnitudes[i - whole] += size;
        l->squares[i - whole] += value * value;
        l->most[i - whole] = size > l->most[i - whole] ? size : l->most[i - whole];
    }
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++) {
            l->sum[j] += l->sum[j + half];
            l->magnitudes[j] += l->magnitudes[j + half];
            l->squares[j] += l->squares[j + half];
            l->most[j] = l->most[j] > l->most[j + half] ? l->most[j] : l->most[j + half];
        }
    return (struct tw_moments){l->sum[0], l->magnitudes[0], l->squares[0], l->most[0], l->nonzero};
}

tw_real TW_T(tw_above_bound)(double threshold)
{
    tw_real bound = (tw_real)threshold;
    if (!(bound > 0))
        return LEAST;
    if ((double)bound < threshold) {
        key_bits bits;
        memcpy(&bits, &bound, sizeof bits);
        bits++;
        memcpy(&bound, &bits, sizeof bound);
    }
    return bound;
}

TW_DISPATCHED(, uint64_t, TW_T(tw_above_count), (const tw_real *x, uint64_t n, tw_real bound),
              (x, n, bound))
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < n; i++)
        count += magnitude(x[i]) >= bound;
    return count;
}

TW_DISPATCHED(, uint64_t, TW_T(tw_above_collect),
              (const tw_real *x, uint64_t n, tw_real bound, uint32_t *out), (x, n, bound, out))
{
    uint64_t found = 0, i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
        uint32_t hits = 0;
        for (uint64_t j = 0; j < BLOCK; j++)
            hits += magnitude(x[i + j]) >= bound;
        for (uint64_t j = 0; hits > 0 && j < BLOCK; j++)
            if (magnitude(x[i + j]) >= bound)
                out[found++] = (uint32_t)(i + j);
    }
    for (; i < n; i++)
        if (magnitude(x[i]) >= bound)
            out[found++] = (uint32_t)i;
    return found;
}
