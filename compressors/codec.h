/* Sparse messages: all values, then all their indices, packed without gaps in the machine's order.
 *
 *     | value 0 … value k−1 | index 0 … index k−1 |      k·(value_B + index_B) bytes
 *
 * How many values a message holds is no part of it: members with fixed counts know k from the
 * shapes. Indices count from the start of the bucket and ascend strictly. */
#ifndef TW_CODEC_H
#define TW_CODEC_H

#include <string.h>
#include "parts.h"

uint64_t tw_codec_B(uint64_t count, unsigned value_B, unsigned index_B);

/* Writes count values of value_B bytes and their indices, each in index_B = 4 or 8 bytes. */
void tw_codec_write(unsigned char *wire, uint64_t count, const void *values, unsigned value_B,
                    const uint32_t *indices, unsigned index_B);
void tw_codec_write_indices(unsigned char *wire, uint64_t count, const uint32_t *indices,
                            unsigned index_B);

/* Index i of a packed list that may be unaligned. */
static inline uint64_t tw_codec_index(const unsigned char *indices, unsigned index_B, uint64_t i)
{
    if (index_B == 4) {
        uint32_t narrow;
        memcpy(&narrow, indices + 4 * i, 4);
        return narrow;
    }
    uint64_t wide;
    memcpy(&wide, indices + 8 * i, 8);
    return wide;
}

/* Whether a received list is one that a sender of these shapes can have made: in every part exactly
 * `kept` indices, inside the part, strictly ascending. TW_CORRUPT otherwise. Values are not judged:
 * any bits are a value. */
tw_status tw_codec_check(const unsigned char *indices, unsigned index_B,
                         const struct tw_problem *problem, enum tw_scope scope,
                         double ratio) TW_MUST_CHECK;

#endif
