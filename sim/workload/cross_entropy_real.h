/* Cross-entropy of logits z (classes × n, a sample per column), for tw_real. */
#ifndef TW_WORKLOAD_CROSS_ENTROPY_REAL_H
#define TW_WORKLOAD_CROSS_ENTROPY_REAL_H

#include <stdint.h>
#include "base/precision.h"

#ifdef TW_PRECISION
/* log Σ_c exp(z_c) − z_label of column j, computed in double. A NaN or +infinity among the z gives
 * NaN. */
double TW_T(tw_cross_entropy)(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j,
                              uint32_t label);

/* Its derivatives by the z of column j, divided by `samples`, into that column of delta. */
void TW_T(tw_cross_entropy_slope)(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j,
                                  uint32_t label, double samples, tw_real *delta);

/* 1: the largest z of column j is that of label (of equal ones the first counts; a NaN is never
 * right). */
int TW_T(tw_largest_is)(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j, uint32_t label);
#endif

#endif
