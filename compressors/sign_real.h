/* Signs as bits: 1 for a set sign bit, so that −0 is negative and +0 is not; and their scale. */
#ifndef TW_SIGN_REAL_H
#define TW_SIGN_REAL_H

#include "coded_real.h"

#ifdef TW_PRECISION
/* ‖x‖₁/n; TW_INPUT when it or a value is not finite. */
tw_status TW_T(tw_sign_mean)(const tw_real *x, uint64_t n, tw_real *mean);

/* Means of the values whose bit is 0 and of those whose bit is 1; 0 of none. TW_INPUT. */
tw_status TW_T(tw_sign_means)(const tw_real *x, uint64_t n, tw_real *clear, tw_real *set);

void TW_T(tw_sign_code)(const tw_real *x, uint64_t n, uint16_t *codes);

/* `clear` for bits 0, `set` for bits 1. */
void TW_T(tw_sign_value)(const uint16_t *codes, uint64_t n, tw_real clear, tw_real set,
                         tw_real *values);
#endif

#endif
