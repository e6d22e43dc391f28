/* The k values of largest magnitude, exactly. */
#ifndef TW_SELECT_REAL_H
#define TW_SELECT_REAL_H

#include <stddef.h>
#include <stdint.h>
#include "base/status.h"

/* Bytes of scratch that a selection of k out of n needs; any alignment of 8 will do. */
size_t tw_select_scratch_B_f32(uint64_t n, uint64_t k);
size_t tw_select_scratch_B_f64(uint64_t n, uint64_t k);

/* Indices of the k values of largest magnitude into out[k], ascending; among equal magnitudes the
 * lower indices win (so ±0 are alike). 0 ≤ k ≤ n < 2^32. A pure function of x, n and k; scratch
 * needs no initial value.
 * A NaN has no rank among numbers and an infinity leaves no finite residual: when either is among
 * the values, nothing is selected and the answer is TW_INPUT. O(n) for any data. */
tw_status tw_select_f32(const float *x, uint64_t n, uint64_t k, void *scratch,
                        uint32_t *out) TW_MUST_CHECK;
tw_status tw_select_f64(const double *x, uint64_t n, uint64_t k, void *scratch,
                        uint32_t *out) TW_MUST_CHECK;

/* x += addend, then tw_select of x, in one pass over both; and the selected values, in the order of
 * their indices, into values[k]. The bits of x, indices and answer are those of the two calls. x
 * and addend do not overlap; x holds the sums whatever the answer. */
tw_status tw_select_add_f32(float *x, const float *addend, uint64_t n, uint64_t k, void *scratch,
                            uint32_t *out, float *values) TW_MUST_CHECK;
tw_status tw_select_add_f64(double *x, const double *addend, uint64_t n, uint64_t k, void *scratch,
                            uint32_t *out, double *values) TW_MUST_CHECK;

#endif
