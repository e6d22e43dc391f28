/* Signs as bits: 1 for a set sign bit, so that −0 is negative and +0 is not; and their scale. */
#ifndef TW_SIGN_REAL_H
#define TW_SIGN_REAL_H

#include "coded_real.h"

/* What the params of a member that sends signs begin with. */
struct tw_sign_params {
    int scope; /* of tw_scope_names: what has a scale */
};

/* For a coder's table: scales for what the scope says, one bit per value. */
struct tw_groups tw_sign_groups(const struct tw_problem *problem);
unsigned tw_sign_bits(const struct tw_problem *problem);
uint32_t tw_sign_most(const struct tw_problem *problem);

/* 1/n of the largest group, as ‖x‖₁ ≥ ‖x‖₂: δ of signs times the mean magnitude of n values, and of
 * what is never worse. */
double tw_sign_delta(const struct tw_problem *problem);

#ifdef TW_PRECISION
/* For a coder's table. */
void TW_T(tw_sign_code)(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes);

/* ‖x‖₁/n; TW_INPUT when it or a value is not finite. */
tw_status TW_T(tw_sign_mean)(const tw_real *x, uint64_t n, tw_real *mean);

/* Means of the values whose bit is 0 and of those whose bit is 1; 0 of none. TW_INPUT. */
tw_status TW_T(tw_sign_means)(const tw_real *x, uint64_t n, tw_real *clear, tw_real *set);

/* `clear` for bits 0, `set` for bits 1. */
void TW_T(tw_sign_value)(const uint16_t *codes, uint64_t n, tw_real clear, tw_real set,
                         tw_real *values);
#endif

#endif
