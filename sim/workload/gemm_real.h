/* Dense products for small networks: one core, no BLAS, the same bits on every processor. */
#ifndef TW_WORKLOAD_GEMM_REAL_H
#define TW_WORKLOAD_GEMM_REAL_H

#include <stdint.h>
#include "base/precision.h"

#define TW_GEMM_DEPTH 256 /* k values packed at a time */
/* Bytes of the scratch area that every product needs, aligned to 64. */
#define TW_GEMM_SCRATCH_B ((size_t)TW_GEMM_DEPTH * 2 * 64)

/* Widest vector registers of this processor that the kernels know: 64, 32 or 16 bytes. */
unsigned tw_gemm_vector_B(void);

#ifdef TW_PRECISION
/* C = A·B, or C += A·B where `add` is set, for A (m × k), B (k × n), C (m × n).
 * A(i,t) = a[i·a_row + t·a_column], so A may be a transpose; rows of B and C are contiguous, ldb
 * and ldc values apart. C overlaps neither A nor B. Every element of C is summed along t = 0…k−1 in
 * that order in tw_real, each product rounded first: exactly what the three plain loops give, for
 * every vector width. */
struct TW_T(tw_gemm) {
    const tw_real *a;
    uint64_t a_row, a_column;
    const tw_real *b;
    uint64_t ldb;
    tw_real *c;
    uint64_t ldc;
    uint64_t m, n, k;
    int add;
    unsigned vector_B; /* 0: the widest; 16, 32 or 64 (≤ tw_gemm_vector_B()) is for tests */
};

/* scratch: TW_GEMM_SCRATCH_B bytes, aligned to 64, contents of no meaning. O(mnk). */
void TW_T(tw_gemm_run)(const struct TW_T(tw_gemm) * product, void *scratch);

/* y (columns × rows) = transpose of x (rows × columns), both dense and row-major. */
void TW_T(tw_gemm_transpose)(tw_real *y, const tw_real *x, uint64_t rows, uint64_t columns);
#endif

#endif
