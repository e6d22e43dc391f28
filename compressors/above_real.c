/* Thresholds applied: one read of the vector each. */
#include "above_real.h"

#include <math.h>
#include <string.h>
#include "base/isa.h"
#include "collect_real.h"

#define LANES 16

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

uint64_t TW_T(tw_above_collect)(const tw_real *x, uint64_t n, tw_real bound, uint32_t *out)
{
    return TW_T(tw_above_take)(x, n, bound, out, NULL);
}

/* Of |x| ≥ bound, where bound is above 0. */
struct tail_lanes {
    double sum[LANES], least[LANES], squares[LANES], count[LANES];
};

TW_DISPATCHED(static, void, add_tail,
              (const tw_real *x, uint64_t n, double bound, double mean, struct tail_lanes *lanes),
              (x, n, bound, mean, lanes))
{
    for (uint64_t i = 0; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) {
            double value = (double)x[i + (uint64_t)j], size = value < 0 ? -value : value;
            double off = size - mean;
            lanes->sum[j] += size >= bound ? size : 0.0;
            lanes->squares[j] += size >= bound ? off * off : 0.0;
            lanes->count[j] += size >= bound ? 1.0 : 0.0;
            double seen = size >= bound ? size : HUGE_VAL;
            lanes->least[j] = seen < lanes->least[j] ? seen : lanes->least[j];
        }
}

/* The values behind the last whole row of lanes. */
static void add_rest(const tw_real *x, uint64_t n, double bound, double mean,
                     struct tail_lanes *lanes)
{
    for (uint64_t i = n / LANES * LANES, j = 0; i < n; i++, j++) {
        double size = (double)magnitude(x[i]), off = size - mean;
        if (size < bound)
            continue;
        lanes->sum[j] += size;
        lanes->squares[j] += off * off;
        lanes->count[j] += 1.0;
        lanes->least[j] = size < lanes->least[j] ? size : lanes->least[j];
    }
}

struct tw_tail TW_T(tw_above_tail)(const tw_real *x, uint64_t n, double bound, double mean)
{
    struct tail_lanes lanes = {.sum = {0}};
    struct tail_lanes *l = &lanes;
    bound = bound > 0 ? bound : 0x1p-1074;
    for (int j = 0; j < LANES; j++)
        l->least[j] = HUGE_VAL;
    add_tail(x, n, bound, mean, l);
    add_rest(x, n, bound, mean, l);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++) {
            l->sum[j] += l->sum[j + half];
            l->squares[j] += l->squares[j + half];
            l->count[j] += l->count[j + half];
            l->least[j] = l->least[j] < l->least[j + half] ? l->least[j] : l->least[j + half];
        }
    return (struct tw_tail){(uint64_t)l->count[0], l->least[0], l->sum[0], l->squares[0]};
}

uint64_t TW_T(tw_above_take)(const tw_real *x, uint64_t n, tw_real bound, uint32_t *indices,
                             tw_real *out)
{
    struct tw_cut cut = {.ties = 0};
    memcpy(&cut.low, &bound, sizeof bound);
    cut.high = cut.low;
    return TW_T(tw_collect_keep)((const tw_key *)(const void *)x, NULL, n, cut, n, indices,
                                 (tw_key *)(void *)out);
}
