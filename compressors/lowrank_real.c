/* Arithmetic of thin factors: products by the kernels of sketch_real.h, the basis, the expansion.
 * Cost: m·n·r multiply-adds for a product or an expansion, 2·m·r² for a basis. */
#include "lowrank_real.h"

#include <math.h>
#include "base/isa.h"
#include "base/vec.h"
#include "sketch_real.h"

#define TILE 256
#define NORMALS_AT_ONCE 256
#define SHORTEST2 0x1p-968 /* of a column that counts, squared */
#if TW_PRECISION == 32
#define DEPENDENT2 0x1p-40
#else
#define DEPENDENT2 0x1p-96
#endif

/* n rows of r values to r columns of n. */
static void transpose(const tw_real *rows, uint64_t n, uint64_t r, tw_real *columns)
{
    for (uint64_t c = 0; c < r; c++)
        for (uint64_t i = 0; i < n; i++)
            columns[c * n + i] = rows[i * r + c];
}

void TW_T(tw_lowrank_left)(const struct tw_lowrank_view *view, const tw_real *x, uint64_t r,
                           const tw_real *right, tw_real *scratch, tw_real *left)
{
    TW_T(tw_sketch_rows)
    (x + view->start, view->rows, view->columns, view->columns, right, (int)r, scratch);
    transpose(scratch, view->rows, r, left);
}

void TW_T(tw_lowrank_right)(const struct tw_lowrank_view *view, const tw_real *x, uint64_t r,
                            const tw_real *left, tw_real *scratch, tw_real *right)
{
    TW_T(tw_sketch_columns)
    (x + view->start, view->columns, view->rows, left, (int)r, scratch);
    transpose(scratch, view->columns, r, right);
}

/* A quotient, not a product with 1/length: that could overflow for denormal columns. */
static void shorten(tw_real *column, uint64_t n, double length)
{
    for (uint64_t i = 0; i < n; i++)
        column[i] = (tw_real)((double)column[i] / length);
}

void TW_T(tw_lowrank_orthogonalise)(const tw_real *from, uint64_t n, uint64_t r, tw_real *out)
{
    for (uint64_t c = 0; c < r; c++) {
        tw_real *column = out + c * n;
        if (out != from)
            TW_T(tw_vec_copy)(column, from + c * n, n);
        double before = TW_T(tw_vec_norm2)(column, n);
        if (before > SHORTEST2)
            shorten(column, n, sqrt(before));
        for (int pass = 0; pass < 2; pass++)
            for (uint64_t b = 0; b < c; b++) {
                double along = TW_T(tw_vec_dot)(out + b * n, column, n);
                TW_T(tw_vec_axpy)(column, (tw_real)-along, out + b * n, n);
            }
        double left = TW_T(tw_vec_norm2)(column, n);
        if (before > SHORTEST2 && left > DEPENDENT2)
            shorten(column, n, sqrt(left));
        else
            TW_T(tw_vec_zero)(column, n);
    }
}

/* sum[j] = Σ_c left[c·rows]·right[c·columns + j] for up to TILE j. */
TW_DISPATCHED(static, void, product,
              (const tw_real *left, uint64_t rows, const tw_real *right, uint64_t columns,
               uint64_t r, uint64_t n, double *sum),
              (left, rows, right, columns, r, n, sum))
{
    for (uint64_t j = 0; j < n; j++)
        sum[j] = 0.0;
    for (uint64_t c = 0; c < r; c++) {
        double factor = (double)left[c * rows];
        for (uint64_t j = 0; j < n; j++)
            sum[j] += factor * (double)right[c * columns + j];
    }
}

/* y += factor · left·rightᵀ for ROWS rows and as many columns as two registers hold doubles, whose
 * sums stay in registers. */
#define EXPAND_TILE(name, isa, BYTES, ROWS)                                                    \
    typedef double name##_wide __attribute__((vector_size(BYTES)));                            \
    typedef tw_real name##_real                                                                \
        __attribute__((vector_size(BYTES / sizeof(double) * sizeof(tw_real))));                \
    typedef name##_real name##_loose __attribute__((aligned(sizeof(tw_real)), may_alias));     \
    isa static void name(const tw_real *left, uint64_t rows, const tw_real *right,             \
                         uint64_t columns, uint64_t r, tw_real factor, tw_real *y)             \
    {                                                                                          \
        const uint64_t half = BYTES / sizeof(double);                                          \
        name##_wide sum[ROWS][2] = {{{0}}};                                                    \
        for (uint64_t c = 0; c < r; c++) {                                                     \
            const void *low = right + c * columns, *high = right + c * columns + half;         \
            name##_wide v = __builtin_convertvector(*(const name##_loose *)low, name##_wide);  \
            name##_wide w = __builtin_convertvector(*(const name##_loose *)high, name##_wide); \
            _Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++)                             \
            {                                                                                  \
                double along = (double)left[c * rows + (uint64_t)i];                           \
                sum[i][0] += along * v;                                                        \
                sum[i][1] += along * w;                                                        \
            }                                                                                  \
        }                                                                                      \
        _Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++)                                 \
        {                                                                                      \
            void *low = y + (uint64_t)i * columns, *high = y + (uint64_t)i * columns + half;   \
            *(name##_loose *)low += factor * __builtin_convertvector(sum[i][0], name##_real);  \
            *(name##_loose *)high += factor * __builtin_convertvector(sum[i][1], name##_real); \
        }                                                                                      \
    }

#define ROWS_AT_ONCE 4
EXPAND_TILE(expand_rows_avx512, TW_AVX512, 64, ROWS_AT_ONCE)
EXPAND_TILE(expand_row_avx512, TW_AVX512, 64, 1)
EXPAND_TILE(expand_rows_avx2, TW_AVX2, 32, ROWS_AT_ONCE)
EXPAND_TILE(expand_row_avx2, TW_AVX2, 32, 1)
EXPAND_TILE(expand_rows_plain, , 16, ROWS_AT_ONCE)
EXPAND_TILE(expand_row_plain, , 16, 1)
#undef EXPAND_TILE

typedef void expand_tile(const tw_real *left, uint64_t rows, const tw_real *right, uint64_t columns,
                         uint64_t r, tw_real factor, tw_real *y);

/* The tile for all of ROWS_AT_ONCE rows or for one, and its width. */
static expand_tile *tile_for(uint64_t rows, uint64_t *width)
{
    enum tw_isa isa = tw_isa();
    *width = isa == TW_ISA_AVX512 ? 16 : isa == TW_ISA_AVX2 ? 8 : 4;
    if (isa == TW_ISA_AVX512)
        return rows > 1 ? expand_rows_avx512 : expand_row_avx512;
    if (isa == TW_ISA_AVX2)
        return rows > 1 ? expand_rows_avx2 : expand_row_avx2;
    return rows > 1 ? expand_rows_plain : expand_row_plain;
}

void TW_T(tw_lowrank_expand)(const struct tw_lowrank_view *view, uint64_t r, const tw_real *left,
                             const tw_real *right, tw_real factor, tw_real *y)
{
    double sum[TILE];
    uint64_t columns = view->columns, width;
    for (uint64_t i = 0, rows; i < view->rows; i += rows) {
        tw_real *row = y + view->start + i * columns;
        uint64_t j = 0;
        rows = i + ROWS_AT_ONCE <= view->rows ? ROWS_AT_ONCE : 1;
        expand_tile *tile = tile_for(rows, &width);
        for (; j + width <= columns; j += width)
            tile(left + i, view->rows, right + j, columns, r, factor, row + j);
        for (uint64_t k = 0; j < columns && k < rows; k++) {
            product(left + i + k, view->rows, right + j, columns, r, columns - j, sum);
            for (uint64_t n = j; n < columns; n++)
                row[k * columns + n] += factor * (tw_real)sum[n - j];
        }
    }
}

double TW_T(tw_lowrank_error)(const struct tw_lowrank_view *view, uint64_t r, const tw_real *left,
                              const tw_real *right, const tw_real *x)
{
    double sum[TILE], error = 0.0;
    for (uint64_t i = 0; i < view->rows; i++) {
        const tw_real *row = x + view->start + i * view->columns;
        for (uint64_t j = 0; j < view->columns; j += TILE) {
            uint64_t n = view->columns - j < TILE ? view->columns - j : TILE;
            product(left + i, view->rows, right + j, view->columns, r, n, sum);
            for (uint64_t k = 0; k < n; k++) {
                double off = (double)row[j + k] - (double)(tw_real)sum[k];
                error += off * off;
            }
        }
    }
    return error;
}

static void draw(const struct tw_stream_key *key, uint64_t n, tw_real *out)
{
    struct tw_stream stream;
    double drawn[NORMALS_AT_ONCE];
    tw_stream_open(&stream, key);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = i % NORMALS_AT_ONCE;
        if (at == 0)
            tw_stream_normals(&stream, drawn, n - i < NORMALS_AT_ONCE ? n - i : NORMALS_AT_ONCE);
        out[i] = (tw_real)drawn[at];
    }
}

void TW_T(tw_lowrank_start)(const struct tw_stream_key *key, const tw_real *last, uint64_t n,
                            uint64_t r, tw_real *out)
{
    int whole = last != NULL;
    for (uint64_t c = 0; whole && c < r; c++)
        whole = TW_T(tw_vec_norm2)(last + c * n, n) > SHORTEST2;
    if (!whole)
        draw(key, n * r, out);
    for (uint64_t c = 0; last && c < r; c++) {
        double norm2 = TW_T(tw_vec_norm2)(last + c * n, n);
        if (norm2 > SHORTEST2) {
            TW_T(tw_vec_copy)(out + c * n, last + c * n, n);
            shorten(out + c * n, n, sqrt(norm2));
        }
    }
}

void TW_T(tw_lowrank_dense_take)(const struct tw_problem *problem,
                                 const struct tw_lowrank_view *views, const tw_real *x,
                                 tw_real *values)
{
    for (int t = 0; t < problem->tensor_count; t++)
        if (!views[t].low)
            TW_T(tw_vec_copy)(values + views[t].dense_at, x + views[t].start, views[t].size);
}

void TW_T(tw_lowrank_dense_add)(const struct tw_problem *problem,
                                const struct tw_lowrank_view *views, const tw_real *values,
                                tw_real factor, tw_real *y)
{
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_lowrank_view *view = &views[t];
        if (!view->low)
            TW_T(tw_vec_axpy)(y + view->start, factor, values + view->dense_at, view->size);
    }
}

void TW_T(tw_lowrank_dense_mean)(const struct tw_problem *problem,
                                 const struct tw_lowrank_view *views, const tw_real *sum,
                                 tw_real *out)
{
    tw_real ranks = (tw_real)problem->ranks;
    for (int t = 0; t < problem->tensor_count; t++)
        for (uint64_t i = 0; !views[t].low && i < views[t].size; i++)
            out[views[t].start + i] = sum[views[t].dense_at + i] / ranks;
}
