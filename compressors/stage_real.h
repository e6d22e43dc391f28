/* A slice of values as one message of small integers: the scales of its blocks, then the codes.
 *
 *     | B·⌈s/b⌉ scales M = max |x| | ⌈w·s/8⌉ codes, R + v |      x ≈ M·v/R,  R = 2^(w−1) − 1 */
#ifndef TW_STAGE_REAL_H
#define TW_STAGE_REAL_H

#include <stdint.h>
#include "base/precision.h"
#include "base/status.h"

struct tw_stage {
    uint64_t slice, block, blocks, message_B;
    unsigned bits;
    int32_t range;
};

/* Slices of `slice` values in blocks of `block`, with codes of 2 … 16 bits. */
struct tw_stage tw_stage_of(uint64_t slice, uint64_t block, unsigned bits, unsigned value_B);

#ifdef TW_PRECISION
/* codes is scratch for a slice in all three. TW_INPUT: a value is not finite. */
tw_status TW_T(tw_stage_encode)(const struct tw_stage *stage, uint16_t *codes,
                                const tw_real *values, unsigned char *message) TW_MUST_CHECK;
void TW_T(tw_stage_decode)(const struct tw_stage *stage, uint16_t *codes,
                           const unsigned char *message, tw_real *values);
/* 1: message_B bytes that encode can have written: scales that are a magnitude, codes 0 … 2R,
 * nothing behind them. */
int TW_T(tw_stage_is_message)(const struct tw_stage *stage, uint16_t *codes,
                              const unsigned char *message);
#endif

#endif
