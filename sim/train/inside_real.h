/* Rounding as a quantised reduce-scatter does, for a precision known only at run time. */
#ifndef TW_TRAIN_INSIDE_REAL_H
#define TW_TRAIN_INSIDE_REAL_H

#include <stdint.h>
#include "base/status.h"

/* How a bucket is cut for g owners: s = slice values each, in blocks with a scale, `bits` a value.
 * The codec itself is compressors/stage_real.h, whose names do not go together with the trace's. */
struct tw_inside_cut {
    uint64_t slice, block;
    unsigned bits;
    int slices;
};

/* Bytes of one owner's message. */
uint64_t tw_inside_message_B_f32(const struct tw_inside_cut *cut);
uint64_t tw_inside_message_B_f64(const struct tw_inside_cut *cut);

/* x (n values) ← what the owners decode of it: slice q is values q·s … of x, filled up with zeros.
 * scratch holds s values, s uint16_t and a message, in this order. TW_INPUT: a value is not finite.
 */
tw_status tw_inside_round_f32(const struct tw_inside_cut *cut, void *x, uint64_t n,
                              void *scratch) TW_MUST_CHECK;
tw_status tw_inside_round_f64(const struct tw_inside_cut *cut, void *x, uint64_t n,
                              void *scratch) TW_MUST_CHECK;

#endif
