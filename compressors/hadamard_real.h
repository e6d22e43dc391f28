/* Random rotation of a vector by chunks: D·x with random signs, then an orthonormal Hadamard
 * matrix. It spreads outliers over a chunk, so that one scale fits all of its values. Source:
 * Suresh et al., "Distributed Mean Estimation with Limited Communication" (arXiv 1611.00429);
 * chunks of 2^10 values as in THC, Li et al., NSDI 2024 (arXiv 2302.08545). */
#ifndef TW_HADAMARD_REAL_H
#define TW_HADAMARD_REAL_H

#include "base/rounding.h"
#include "base/precision.h"

#define TW_HADAMARD_CHUNK 1024

/* Passes over the vector that a rotation is charged for: log2 of the chunk. */
#define TW_HADAMARD_PASSES 10

#ifdef TW_PRECISION
/* In place. The vector is cut into chunks; what is left behind the last whole one is cut into
 * powers of two, largest first, so nothing is filled up. O(n log chunk). */
void TW_T(tw_hadamard_turn)(tw_real *x, uint64_t n, struct tw_rounding signs);
void TW_T(tw_hadamard_back)(tw_real *x, uint64_t n, struct tw_rounding signs);
#endif

#endif
