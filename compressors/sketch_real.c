/* P = X·V in the working precision, with a summation order that is part of the result.
 * Rows: 16 partial sums per (row, column of V), four columns at a time so that x is read once.
 * Columns: strips of a few registers that go down the rows.
 * O(values · r) multiply-adds, one read of x. */
#include "sketch_real.h"

#include <string.h>
#include "base/isa.h"
#include "base/precision.h"

#define LANES 16
#define COLUMNS_AT_ONCE 4
#define STRIP_MOST (16 * 64 / sizeof(tw_real))

static tw_real add_lanes(tw_real *lane)
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

/* ROWS rows against four columns of V. The lanes are summed in
 * vectors of one register, those that fit in it at a time, so that all sums stay in registers. */
#define DOT_TILE(name, isa, BYTES, ROWS)                                                         \
    typedef tw_real name##_vector __attribute__((vector_size(BYTES)));                           \
    typedef name##_vector __attribute__((aligned(sizeof(tw_real)), may_alias)) name##_loose;     \
    isa static void name(const tw_real *x, uint64_t width, const tw_real *const *v, uint64_t n,  \
                         tw_real *lanes)                                                         \
    {                                                                                            \
        for (uint64_t part = 0; part < LANES; part += BYTES / sizeof(tw_real)) {                 \
            name##_vector sum[ROWS][COLUMNS_AT_ONCE] = {{{0}}};                                  \
            for (uint64_t i = part; i + LANES <= n + part; i += LANES)                           \
                _Pragma("GCC unroll 4") for (int c = 0; c < COLUMNS_AT_ONCE; c++)                \
                {                                                                                \
                    const void *column = v[c] + i;                                               \
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

/* Four columns of V; where fewer are left, the last of them again. */
static void columns_from(const tw_real *v, uint64_t width, int left, const tw_real **column)
{
    for (int c = 0; c < COLUMNS_AT_ONCE; c++)
        column[c] = v + (uint64_t)(c < left ? c : left - 1) * width;
}

/* `rows` rows, all or one of rows_at_once(), of n values against four columns, of which the first
 * `columns` are wanted; r values apart. */
static void dot_four(const tw_real *x, uint64_t width, uint64_t rows, const tw_real *const *v,
                     uint64_t columns, uint64_t n, tw_real *out, uint64_t r)
{
    tw_real lanes[ROWS_MOST * COLUMNS_AT_ONCE * LANES];
    uint64_t whole = n / LANES * LANES;
    if (tw_isa() == TW_ISA_AVX512)
        (rows > 1 ? dot_rows_avx512 : dot_row_avx512)(x, width, v, n, lanes);
    else if (tw_isa() == TW_ISA_AVX2)
        (rows > 1 ? dot_rows_avx2 : dot_row_avx2)(x, width, v, n, lanes);
    else
        (rows > 1 ? dot_rows_plain : dot_row_plain)(x, width, v, n, lanes);
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t c = 0; c < columns; c++) {
            tw_real *lane = lanes + (row * COLUMNS_AT_ONCE + c) * LANES;
            for (uint64_t j = whole; j < n; j++)
                lane[j - whole] += x[row * width + j] * v[c][j];
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
        for (int c = 0; c < r; c += COLUMNS_AT_ONCE) {
            int columns = r - c < COLUMNS_AT_ONCE ? r - c : COLUMNS_AT_ONCE;
            const tw_real *first = v + (uint64_t)c * width, *four[COLUMNS_AT_ONCE];
            columns_from(first, width, columns, four);
            if (columns > 1)
                dot_four(row, width, rows, four, (uint64_t)columns, n, p + j * (uint64_t)r + c,
                         (uint64_t)r);
            for (uint64_t i = 0; columns == 1 && i < rows; i++)
                p[(j + i) * (uint64_t)r + (uint64_t)c] = dot_one(row + i * width, first, n);
        }
        j += rows;
    }
}

/* Columns of x that are done at once: more with one column of V, which leaves room. */
static uint64_t strip_width(int r)
{
    unsigned bytes = tw_isa() == TW_ISA_AVX512 ? 256 : tw_isa() == TW_ISA_AVX2 ? 64 : 32;
    return (r == 1 ? 4 : 1) * bytes / sizeof(tw_real);
}

/* sum[c][j] = Σ_i x[i·units + j]·v[c][i] for COLUMNS columns of V and as many j as VECTORS
 * registers hold; all sums stay in registers. */
#define STRIP(name, isa, BYTES, VECTORS, COLUMNS)                                            \
    typedef tw_real name##_vector __attribute__((vector_size(BYTES)));                       \
    typedef name##_vector __attribute__((aligned(sizeof(tw_real)), may_alias)) name##_loose; \
    isa static void name(const tw_real *x, uint64_t units, uint64_t width,                   \
                         const tw_real *const *v, tw_real(*out)[STRIP_MOST])                 \
    {                                                                                        \
        const uint64_t apart = BYTES / sizeof(tw_real);                                      \
        name##_vector sum[COLUMNS][VECTORS] = {{{0}}};                                       \
        for (uint64_t i = 0; i < width; i++)                                                 \
            _Pragma("GCC unroll 4") for (int k = 0; k < VECTORS; k++)                        \
            {                                                                                \
                const void *at = x + i * units + (uint64_t)k * apart;                        \
                name##_vector row = *(const name##_loose *)at;                               \
                _Pragma("GCC unroll 4") for (int c = 0; c < COLUMNS; c++) sum[c][k] +=       \
                    v[c][i] * row;                                                           \
            }                                                                                \
        for (int c = 0; c < COLUMNS; c++)                                                    \
            memcpy(out[c], sum[c], sizeof sum[c]);                                           \
    }

STRIP(strip_avx512, TW_AVX512, 64, 4, COLUMNS_AT_ONCE)
STRIP(strip_one_avx512, TW_AVX512, 64, 16, 1)
STRIP(strip_avx2, TW_AVX2, 32, 2, COLUMNS_AT_ONCE)
STRIP(strip_one_avx2, TW_AVX2, 32, 8, 1)
STRIP(strip_plain, , 16, 2, COLUMNS_AT_ONCE)
STRIP(strip_one_plain, , 16, 8, 1)
#undef STRIP

/* Of up to four of r columns, the sums of n values of x, at most strip_width(r) of them. */
static void add_strip(const tw_real *x, uint64_t units, uint64_t width, uint64_t n,
                      const tw_real *const *v, int r, int columns, tw_real (*sum)[STRIP_MOST])
{
    if (n == strip_width(r)) {
        if (tw_isa() == TW_ISA_AVX512)
            (r > 1 ? strip_avx512 : strip_one_avx512)(x, units, width, v, sum);
        else if (tw_isa() == TW_ISA_AVX2)
            (r > 1 ? strip_avx2 : strip_one_avx2)(x, units, width, v, sum);
        else
            (r > 1 ? strip_plain : strip_one_plain)(x, units, width, v, sum);
        return;
    }
    memset(sum, 0, COLUMNS_AT_ONCE * sizeof *sum);
    for (uint64_t i = 0; i < width; i++)
        for (int c = 0; c < columns; c++)
            for (uint64_t j = 0; j < n; j++)
                sum[c][j] += v[c][i] * x[i * units + j];
}

void TW_T(tw_sketch_columns)(const tw_real *x, uint64_t units, uint64_t width, const tw_real *v,
                             int r, tw_real *p)
{
    tw_real sum[COLUMNS_AT_ONCE][STRIP_MOST];
    uint64_t most = strip_width(r);
    for (uint64_t start = 0; start < units; start += most) {
        uint64_t n = units - start < most ? units - start : most;
        for (int c = 0; c < r; c += COLUMNS_AT_ONCE) {
            int columns = r - c < COLUMNS_AT_ONCE ? r - c : COLUMNS_AT_ONCE;
            const tw_real *four[COLUMNS_AT_ONCE];
            columns_from(v + (uint64_t)c * width, width, columns, four);
            add_strip(x + start, units, width, n, four, r, columns, sum);
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
