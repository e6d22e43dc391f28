/* C = A·B by panels: a block of B (TW_GEMM_DEPTH × two registers) is packed, and all rows of A pass
 * over it in tiles of six rows, as Goto and van de Geijn do ("Anatomy of High-Performance Matrix
 * Multiplication", TOMS 34(3), 2008, DOI 10.1145/1356052.1356053).
 *
 *   C(i,j) = ((…(C(i,j) or 0) + A(i,0)·B(0,j)) + A(i,1)·B(1,j)) + …
 *
 * Departure: the sum along k is never split, so that the vector width does not show in the result;
 * only columns are vectorised. Cost O(mnk). Seen on one core of an AMD EPYC with -ffp-contract=off,
 * fp32, 256 × 32 × 784: 230 GFlop/s with 64-byte registers, 118 with 32, 46 with 16. */
#include "gemm_real.h"

#include <string.h>

#define ROWS 6

/* One packed panel and where its products go. */
struct panel {
    const tw_real *a;
    uint64_t a_row, a_column;
    const tw_real *packed; /* depth × width of the panel, zeros beyond `columns` */
    tw_real *c;
    uint64_t ldc;
    uint64_t depth, columns;
    int add;
};

#define KERNEL_NAME(x) x##_16
#define KERNEL_B 16
#define KERNEL_TARGET
#include "gemm_kernel.h"
#undef KERNEL_NAME
#undef KERNEL_B
#undef KERNEL_TARGET

#if defined(__x86_64__)
#define KERNEL_NAME(x) x##_32
#define KERNEL_B 32
#define KERNEL_TARGET __attribute__((target("avx2")))
#include "gemm_kernel.h"
#undef KERNEL_NAME
#undef KERNEL_B
#undef KERNEL_TARGET

#define KERNEL_NAME(x) x##_64
#define KERNEL_B 64
#define KERNEL_TARGET __attribute__((target("avx512f")))
#include "gemm_kernel.h"
#undef KERNEL_NAME
#undef KERNEL_B
#undef KERNEL_TARGET
#endif

static void pack(tw_real *packed, const tw_real *b, uint64_t ldb, const struct panel *panel,
                 uint64_t width)
{
    for (uint64_t t = 0; t < panel->depth; t++, packed += width, b += ldb) {
        memcpy(packed, b, panel->columns * sizeof *packed);
        if (panel->columns < width)
            memset(packed + panel->columns, 0, (width - panel->columns) * sizeof *packed);
    }
}

static void multiply(const struct panel *panel, uint64_t m, unsigned vector_B)
{
#if defined(__x86_64__)
    if (vector_B == 64) {
        rows_64(panel, m);
        return;
    }
    if (vector_B == 32) {
        rows_32(panel, m);
        return;
    }
#else
    (void)vector_B;
#endif
    rows_16(panel, m);
}

void TW_T(tw_gemm_run)(const struct TW_T(tw_gemm) * product, void *scratch)
{
    const unsigned vector_B = product->vector_B ? product->vector_B : tw_gemm_vector_B();
    const uint64_t width = 2 * vector_B / sizeof(tw_real);
    struct panel panel = {.a_row = product->a_row,
                          .a_column = product->a_column,
                          .packed = scratch,
                          .ldc = product->ldc};

    for (uint64_t j = 0; j < product->n; j += width) {
        uint64_t t = 0;
        panel.columns = product->n - j < width ? product->n - j : width;
        panel.c = product->c + j;
        do {
            panel.depth = product->k - t < TW_GEMM_DEPTH ? product->k - t : TW_GEMM_DEPTH;
            panel.a = product->a + t * product->a_column;
            panel.add = product->add || t > 0;
            pack(scratch, product->b + t * product->ldb + j, product->ldb, &panel, width);
            multiply(&panel, product->m, vector_B);
            t += panel.depth;
        } while (t < product->k);
    }
}

/* Squares of 16 × 16 values keep both sides in the first cache. */
void TW_T(tw_gemm_transpose)(tw_real *y, const tw_real *x, uint64_t rows, uint64_t columns)
{
    enum { SIDE = 16 };
    for (uint64_t r = 0; r < rows; r += SIDE) {
        const uint64_t r_end = r + SIDE < rows ? r + SIDE : rows;
        for (uint64_t c = 0; c < columns; c += SIDE) {
            const uint64_t c_end = c + SIDE < columns ? c + SIDE : columns;
            for (uint64_t j = c; j < c_end; j++) {
                for (uint64_t i = r; i < r_end; i++)
                    y[j * rows + i] = x[i * columns + j];
            }
        }
    }
}
