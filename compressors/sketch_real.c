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

/* ROWS rows against four columns of V, which are `stride` values apart. The lanes are summed in
 * vectors of one register, those that fit in it at a time, so that all sums stay in registers. */
#define DOT_TILE(name, isa, BYTES, ROWS)                                                         \
    typedef tw_real name##_vector __attribute__((vector_size(BYTES)));                           \
    typedef name##_vector __attribute__((aligned(sizeof(tw_real)), may_alias)) name##_loose;     \
    isa static void name(const tw_real *x, uint64_t width, const tw_real *v, uint64_t stride,    \
                         uint64_t n, tw_real *lanes)                                             \
    {                                                                                            \
        for (uint64_t part = 0; part < LANES; part += BYTES / sizeof(tw_real)) {                 \
            name##_vector sum[ROWS][COLUMNS_AT_ONCE] = {{{0}}};                                  \
            for (uint64_t i = part; i + LANES <= n + part; i += LANES)                           \
                _Pragma("GCC unroll 4") for (int c = 0; c < COLUMNS_AT_ONCE; c++)                \
                {                                                                                \
                    const void *column = v + (uint64_t)c * stride + i;                           \
                    name##_vector factor = *(const name##_loose *)column;                        \
                    _Pragma("GCC unroll 4") for (int r = 0; r < ROWS; r++)                       \
                    {                                                                            \
                        const void *row = x + (uint64_t)r * width + i;                           \
                        sum[r][c] += *(const name##_loose *)row * factor;                        \
                    }                                                                            \
                }                                                                                \
            for (int r = 0; r < ROWS; r++)                                                       \
                for (int c = 0; c < COLUMNS_AT_ONCE; c++)                                        \
                    memcpy(lanes + (r * COLUMNS_AT_ONCE + c) * LANES + part, &sum[r][c], BYTES); \
        }                                                                                        \
    }

DOT_TILE(dot_rows_avx512, TW_AVX512, 64, 4)
DOT_TILE(dot_row_avx512, TW_AVX512, 64, 1)
DOT_TILE(dot_rows_avx2, TW_AVX2, 32, 2)
DOT_TILE(dot_row_avx2, TW_AVX2, 32, 1)
DOT_TILE(dot_rows_plain, , 16, 2)
DOT_TILE(dot_row_plain, , 16, 1)
#undef DOT_TILE

#define ROWS_MOST 4

/* How many rows are done at once. */
static uint64_t rows_at_once(void)
{
    return tw_isa() == TW_ISA_AVX512 ? 4 : 2;
}

/* `rows` rows, all or one of rows_at_once(), of n values against four columns; r values apart. */
static void dot_four(const tw_real *x, uint64_t width, uint64_t rows, const tw_real *v,
                     uint64_t stride, uint64_t n, tw_real *out, uint64_t r)
{
    tw_real lanes[ROWS_MOST * COLUMNS_AT_ONCE * LANES];
    uint64_t whole = n / LANES * LANES;
    if (tw_isa() == TW_ISA_AVX512)
        (rows > 1 ? dot_rows_avx512 : dot_row_avx512)(x, width, v, stride, n, lanes);
    else if (tw_isa() == TW_ISA_AVX2)
        (rows > 1 ? dot_rows_avx2 : dot_row_avx2)(x, width, v, stride, n, lanes);
    else
        (rows > 1 ? dot_rows_plain : dot_row_plain)(x, width, v, stride, n, lanes);
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t c = 0; c < COLUMNS_AT_ONCE; c++) {
            tw_real *lane = lanes + (row * COLUMNS_AT_ONCE + c) * LANES;
            for (uint64_t j = whole; j < n; j++)
                lane[j - whole] += x[row * width + j] * v[c * stride + j];
            out[row * r + c] = add_lanes(lane);
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
    uint64_t most = rows_at_once();
    for (uint64_t j = 0; j < units;) {
        const tw_real *row = x + j * width;
        uint64_t rows = j + most < units ? most : 1; /* the last row may be shorter */
        uint64_t n = j + 1 == units ? last : width;
        int c = 0;
        for (; c + COLUMNS_AT_ONCE <= r; c += COLUMNS_AT_ONCE)
            dot_four(row, width, rows, v + (uint64_t)c * width, width, n, p + j * (uint64_t)r + c,
                     (uint64_t)r);
        for (; c < r; c++)
            for (uint64_t i = 0; i < rows; i++)
                p[(j + i) * (uint64_t)r + (uint64_t)c] =
                    dot_one(row + i * width, v + (uint64_t)c * width, n);
        j += rows;
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
