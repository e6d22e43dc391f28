/* Values of a block as whole numbers −R … R of one scale M, the largest |x|: x ≈ M·v/R. */
#ifndef TW_WHOLE_REAL_H
#define TW_WHOLE_REAL_H

#include <stdint.h>

#ifdef TW_PRECISION
#include "base/precision.h"

/* codes[i] = R + the nearest whole number to x[i]/M·R, ties to even; R where M is 0. 0 < R ≤ 2^15.
 */
void TW_T(tw_whole_code)(const tw_real *x, uint64_t n, tw_real scale, int32_t range,
                         uint16_t *codes);

/* values[i] = M·((codes[i] − R)/R), formed in double and rounded once: R gives M itself. */
void TW_T(tw_whole_value)(const uint16_t *codes, uint64_t n, tw_real scale, int32_t range,
                          tw_real *values);
#endif

#endif
