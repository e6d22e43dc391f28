/* Codes of w bits in a row of bytes: code i occupies bits i·w … i·w+w−1, the lowest bit of a byte
 * first; the bits that fill up the last byte are 0. */
#ifndef TW_BITS_H
#define TW_BITS_H

#include <stdint.h>

/* ⌈n·w/8⌉ */
uint64_t tw_bits_B(uint64_t n, unsigned w);

/* n codes, each below 2^w (1 ≤ w ≤ 16), into tw_bits_B(n, w) bytes. A longer row is packed piece
 * by piece when every piece but the last has a multiple of 8 codes. O(n). */
void tw_bits_pack(const uint16_t *codes, uint64_t n, unsigned w, unsigned char *wire);
void tw_bits_unpack(const unsigned char *wire, uint64_t n, unsigned w, uint16_t *codes);

/* 1: the bits behind code n−1 in the last byte are 0. */
int tw_bits_clean(const unsigned char *wire, uint64_t n, unsigned w);

#endif
