/* Vector kernels of the data plane, for tw_real; each file that includes this is built twice.
 * Sums run in 16 interleaved double partial sums combined in a fixed tree, so that every
 * instruction set and compiler gives the same bits (with -ffp-contract=off). */
#ifndef TW_BASE_VEC_H
#define TW_BASE_VEC_H

#include <stdint.h>
#include "precision.h"

#ifdef TW_PRECISION
void TW_T(tw_vec_copy)(tw_real *y, const tw_real *x, uint64_t n);
void TW_T(tw_vec_zero)(tw_real *y, uint64_t n);
/* y += x, y = a·x + y, y = a·x, z = x + y, z = x − y, y = (1−a)·y + a·x */
void TW_T(tw_vec_add)(tw_real *y, const tw_real *x, uint64_t n);
void TW_T(tw_vec_axpy)(tw_real *y, tw_real a, const tw_real *x, uint64_t n);
void TW_T(tw_vec_scale)(tw_real *y, tw_real a, const tw_real *x, uint64_t n);
void TW_T(tw_vec_sum)(tw_real *z, const tw_real *x, const tw_real *y, uint64_t n);
void TW_T(tw_vec_difference)(tw_real *z, const tw_real *x, const tw_real *y, uint64_t n);
void TW_T(tw_vec_blend)(tw_real *y, tw_real a, const tw_real *x, uint64_t n);
double TW_T(tw_vec_dot)(const tw_real *x, const tw_real *y, uint64_t n);
double TW_T(tw_vec_norm2)(const tw_real *x, uint64_t n);                       /* ‖x‖² */
double TW_T(tw_vec_distance2)(const tw_real *x, const tw_real *y, uint64_t n); /* ‖x−y‖² */
int TW_T(tw_vec_finite)(const tw_real *x, uint64_t n);                         /* 1: all finite */
#endif

#endif
