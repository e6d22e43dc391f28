/* A slice of values as one message of small integers: the scales of its blocks, then the codes.
 *
 *     | B·⌈s/b⌉ scales M = max |x| | ⌈w·s/8⌉ codes, R + v |      x ≈ M·v/R,  R = 2^(w−1) − 1 */
#ifndef TW_STAGE_REAL_H
#define TW_STAGE_REAL_H

#include <stdint.h>
#include "base/precision.h"
#include "base/status.h"

#define TW_STAGE_TILE 1024 /* values coded at a time, while they are in the cache; whole bytes */

struct tw_stage {
    uint64_t slice, block, blocks, message_B;
    unsigned bits;
    int32_t range;
};

/* Slices of `slice` values in blocks of `block`, with codes of 2 … 16 bits. */
struct tw_stage tw_stage_of(uint64_t slice, uint64_t block, unsigned bits, unsigned value_B);

#ifdef TW_PRECISION
/* codes is scratch for a tile in all three. TW_INPUT: a value is not finite. */
tw_status TW_T(tw_stage_encode)(const struct tw_stage *stage, uint16_t *codes,
                                const tw_real *values, unsigned char *message) TW_MUST_CHECK;
/* The tile that begins at `first`, a multiple of TW_STAGE_TILE below slice; returns its values. */
uint64_t TW_T(tw_stage_decode)(const struct tw_stage *stage, uint16_t *codes,
                               const unsigned char *message, uint64_t first, tw_real *values);
/* All tiles, into values[0] … values[slice − 1]. */
void TW_T(tw_stage_decode_all)(const struct tw_stage *stage, uint16_t *codes,
                               const unsigned char *message, tw_real *values);
/* 1: message_B bytes that encode can have written: scales that are a magnitude, codes 0 … 2R,
 * nothing behind them. */
int TW_T(tw_stage_is_message)(const struct tw_stage *stage, uint16_t *codes,
                              const unsigned char *message);

/* wide += values; out = wide rounded once; out = sums/ranks; y += factor·(given − (sums − sent)),
 * the inner difference in double. */
void TW_T(tw_stage_add)(double *wide, const tw_real *values, uint64_t n);
void TW_T(tw_stage_round)(tw_real *out, const double *wide, uint64_t n);
void TW_T(tw_stage_divide)(tw_real *out, const tw_real *sums, tw_real ranks, uint64_t n);
void TW_T(tw_stage_add_owned)(tw_real *y, tw_real factor, const tw_real *given, const tw_real *sums,
                              const double *sent, uint64_t n);
#endif

#endif
