/* Causal self-attention of one head over one window, for tw_real. */
#ifndef TW_WORKLOAD_ATTENTION_REAL_H
#define TW_WORKLOAD_ATTENTION_REAL_H

#include <stdint.h>
#include "base/precision.h"

#ifdef TW_PRECISION
/* Where one head's numbers of one window lie: `size` features by `length` positions, positions
 * contiguous, a feature `stride` values behind the one before. Pointers are borrowed. */
struct TW_T(tw_head) {
    uint64_t size, length, stride;
    const tw_real *q, *k, *v;
    tw_real *shares; /* length × length: of (key, query); forward writes them, backward reads */
    tw_real *mixed;  /* forward: the output. backward: the loss's derivative by it (only read) */
    tw_real *dq, *dk, *dv; /* backward: the derivatives, overwritten */
    tw_real *square[2];    /* scratch of length × length each, for backward */
    double *row[2];        /* scratch of length each */
    void *scratch;         /* TW_GEMM_SCRATCH_B */
};

void TW_T(tw_head_forward)(const struct TW_T(tw_head) * head);
void TW_T(tw_head_backward)(const struct TW_T(tw_head) * head);
#endif

#endif
