/* What a transformer does to columns of features (one token per column), for tw_real. */
#ifndef TW_WORKLOAD_GPT_KERNELS_REAL_H
#define TW_WORKLOAD_GPT_KERNELS_REAL_H

#include <stdint.h>
#include "base/precision.h"

#ifdef TW_PRECISION
/* unit (rows × n) = (x − mean)/√(variance + 1e-5) per column; inverse[n] = what it was multiplied
 * by. sum is scratch of n values. */
void TW_T(tw_norm_forward)(const tw_real *x, uint64_t rows, uint64_t n, tw_real *unit,
                           tw_real *inverse, tw_real *sum);

/* y = weight·unit + bias, both per row. */
void TW_T(tw_norm_scale)(const tw_real *unit, uint64_t rows, uint64_t n, const tw_real *weight,
                         const tw_real *bias, tw_real *y);

/* From dy, the derivative by y: adds to the gradients of weight and bias, and to dx that by x. dy
 * is overwritten; sum[0] and sum[1] are scratch of n values. */
void TW_T(tw_norm_backward)(const tw_real *unit, const tw_real *inverse, uint64_t rows, uint64_t n,
                            const tw_real *weight, tw_real *dy, tw_real *dweight, tw_real *dbias,
                            tw_real *dx, tw_real *const sum[2]);

/* y = gelu(x) of count values in place of x; slope = its derivative at x. */
void TW_T(tw_gelu)(tw_real *x, tw_real *slope, uint64_t count);
#endif

#endif
