/* Levels of which most are 0, in recursive Elias codes: the places of the others, their signs and
 * sizes. A message is
 *
 *     | bits: u64 | for every level that is not 0: ω(gap) · sign · ω(|level|) | zeros to a byte |
 *
 * gap counts from the level before that was not 0 (the first: from before value 0), so is at least
 * 1; the sign bit is 1 for −; bits counts those between the head and the filling.
 *
 *     ω(1) = 0;  ω(k), k > 1: ω'(⌊log2 k⌋) · binary k · 0, where ω' lacks the last 0 and ω'(1) = ""
 *     |ω|: 1 → 1 bit, 2…3 → 3, 4…7 → 6, 8…15 → 7, 16…31 → 11, 32…63 → 12, 64…127 → 13
 *
 * Source: Alistarh et al., "QSGD", arXiv 1610.02132, the code of its section on encoding (Elias,
 * IEEE Trans. Inf. Theory 21, 1975). Departures: one row of gaps runs over all buckets, with all
 * their norms in front, where the paper starts again in every bucket; the paper does not say how a
 * string ends, here its length does; a binary number's leading one comes first and then the others
 * from the lowest, the order of a bitstream. Cost: O(d) to find, and a few steps per code. */
#ifndef TW_ELIAS_H
#define TW_ELIAS_H

#include "bitstream.h"

#define TW_ELIAS_HEAD_B 8

/* |ω(k)|, k ≥ 1. Does not decrease with k. */
unsigned tw_elias_length(uint64_t k);

/* Bytes, with the head, that no message of d levels of size up to `most` takes more of: with a gap
 * of 1 each. (ω(g) + c ≤ g·(1 + c) for every g and c ≥ 2, so larger gaps are no worse.) */
uint64_t tw_elias_most_B(uint64_t d, uint64_t most);

struct tw_elias_writer {
    struct tw_bitstream stream;
    uint64_t bits, gap; /* gap: of the next level if it is not 0 */
    uint64_t entries;   /* levels that were not 0 */
};

/* wire: room for tw_elias_most_B. */
void tw_elias_write(struct tw_elias_writer *writer, unsigned char *wire);
/* The next n levels, each codes[i] − middle. */
void tw_elias_put(struct tw_elias_writer *writer, const uint16_t *codes, uint64_t n,
                  uint16_t middle);
/* Returns the bytes of the message, written with its head. */
uint64_t tw_elias_end(struct tw_elias_writer *writer);

/* Reads a message back, whatever bytes it is given. */
struct tw_elias_reader {
    const unsigned char *data; /* behind the head */
    uint64_t size_B, bit, end; /* end: in bits */
    uint64_t next, d;          /* 1 + the place of the level read last, or 0 */
    uint64_t done, entries;    /* levels given, levels read */
    uint32_t level, most;
    int negative, ahead; /* ahead: 1 while that level was not given yet */
};

/* 0: the head is damaged, or the message of another length. */
int tw_elias_read(struct tw_elias_reader *reader, uint64_t d, uint16_t most,
                  const unsigned char *wire, uint64_t size_B);
/* The next n codes, level + most; 0: the message is damaged. Asked for all d, the whole message
 * was read: a gap past the d-th is damage. */
int tw_elias_take(struct tw_elias_reader *reader, uint16_t *codes, uint64_t n);

#endif
