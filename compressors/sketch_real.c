/* P = X·V in the working precision, with a summation order that is part of the result.
 * Rows: 16 partial sums per (row, column of V), four columns at a time so that x is read once.
 * Columns: tiles of 256 columns whose sums stay in the first-level cache while the rows go by.
 * O(values · r) multiply-adds, one read of x. */
#include "sketch_real.h"

#include <string.h>
#include "base/isa.h"
#include "base/precision.h"

#define LANES 16
#define COLUMNS_AT_ONCE 4
#define TILE 256

static tw_real add_lanes(tw_real *lane)
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

typedef tw_real lanes __attribute__((vector_size(LANES * sizeof(tw_real))));
typedef lanes __attribute__((aligned(sizeof(tw_real)), may_alias)) loose_lanes;

/* One row against four columns of V, which are `stride` values apart. */
TW_DISPATCHED(static, void, dot_four,
              (const tw_real *x, const tw_real *v, uint64_t stride, uint64_t n, tw_real *out),
              (x, v, stride, n, out))
{
    lanes sum[COLUMNS_AT_ONCE] = {{0}};
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes value = *(const loose_lanes *)(const void *)(x + i);
        for (int c = 0; c < COLUMNS_AT_ONCE; c++)
            sum[c] += value * *(const loose_lanes *)(const void *)(v + (uint64_t)c * stride + i);
    }
    for (int c = 0; c < COLUMNS_AT_ONCE; c++) {
        tw_real lane[LANES];
        memcpy(lane, &sum[c], sizeof lane);
        for (uint64_t j = i; j < n; j++)
            lane[j - i] += x[j] * v[(uint64_t)c * stride + j];
        out[c] = add_lanes(lane);
    }
}

TW_DISPATCHED(static, tw_real, dot_one, (const tw_real *x, const tw_real *v, uint64_t n), (x, v, n))
{
    tw_real lane[LANES] = {0};
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + (uint64_t)l] * v[i + (uint64_t)l];
    for (uint64_t j = i; j < n; j++)
        lane[j - i] += x[j] * v[j];
    return add_lanes(lane);
}

void TW_T(tw_sketch_rows)(const tw_real *x, uint64_t units, uint64_t width, uint64_t last,
                          const tw_real *v, int r, tw_real *p)
{
    for (uint64_t j = 0; j < units; j++) {
        const tw_real *row = x + j * width;
        tw_real *out = p + j * (uint64_t)r;
        uint64_t n = j + 1 == units ? last : width;
        int c = 0;
        for (; c + COLUMNS_AT_ONCE <= r; c += COLUMNS_AT_ONCE)
            dot_four(row, v + (uint64_t)c * width, width, n, out + c);
        for (; c < r; c++)
            out[c] = dot_one(row, v + (uint64_t)c * width, n);
    }
}

/* sum[c][j] += v[c] · x[j] for up to TILE columns. */
TW_DISPATCHED(static, void, add_row,
              (const tw_real *x, uint64_t n, const tw_real *v, uint64_t stride, int columns,
               tw_real (*sum)[TILE]),
              (x, n, v, stride, columns, sum))
{
    for (int c = 0; c < columns; c++) {
        tw_real factor = v[(uint64_t)c * stride];
        for (uint64_t j = 0; j < n; j++)
            sum[c][j] += factor * x[j];
    }
}

void TW_T(tw_sketch_columns)(const tw_real *x, uint64_t units, uint64_t width, const tw_real *v,
                             int r, tw_real *p)
{
    tw_real sum[COLUMNS_AT_ONCE][TILE];
    for (uint64_t start = 0; start < units; start += TILE) {
        uint64_t n = units - start < TILE ? units - start : TILE;
        for (int c = 0; c < r; c += COLUMNS_AT_ONCE) {
            int columns = r - c < COLUMNS_AT_ONCE ? r - c : COLUMNS_AT_ONCE;
            memset(sum, 0, sizeof sum);
            for (uint64_t i = 0; i < width; i++)
                add_row(x + i * units + start, n, v + (uint64_t)c * width + i, width, columns, sum);
            for (uint64_t j = 0; j < n; j++)
                for (int s = 0; s < columns; s++)
                    p[(start + j) * (uint64_t)r + (uint64_t)(c + s)] = sum[s][j];
        }
    }
}

int TW_T(tw_sketch_scores)(const tw_real *p, uint64_t units, int r, double *score)
{
    int finite = 1;
    for (uint64_t j = 0; j < units; j++) {
        double sum = 0.0;
        for (int c = 0; c < r; c++) {
            double value = (double)p[j * (uint64_t)r + (uint64_t)c];
            sum += value * value;
        }
        score[j] = sum;
        finite &= sum <= 1.7976931348623157e308; /* false for NaN too */
    }
    return finite;
}
