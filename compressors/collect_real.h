/* The two passes of an exact selection (select_real.h): candidates out of a vector, and what is
 * kept out of the candidates. */
#ifndef TW_COLLECT_REAL_H
#define TW_COLLECT_REAL_H

#include <stdint.h>
#include "base/precision.h"

#ifdef TW_PRECISION

/* A value's bits: signed, because every instruction set can compare signed integers. Without the
 * sign they are its key, which is never negative and orders as the magnitude does. */
#if TW_PRECISION == 32
typedef int32_t tw_key_bits;
#define TW_KEY_BITS 31
#define TW_KEY_MASK INT32_C(0x7fffffff)
#define TW_KEY_INFINITE INT32_C(0x7f800000)
#else
typedef int64_t tw_key_bits;
#define TW_KEY_BITS 63
#define TW_KEY_MASK INT64_C(0x7fffffffffffffff)
#define TW_KEY_INFINITE INT64_C(0x7ff0000000000000)
#endif
typedef tw_key_bits __attribute__((may_alias)) tw_key;

/* What is collected: of n values x, those of key ≥ low. With `addend`, x[i] += addend[i] first. */
struct tw_collect {
    tw_real *x; /* written only with an addend */
    const tw_real *addend;
    uint64_t n, k, room;
    tw_key_bits low;
    uint32_t *index; /* room entries each, ascending: index and bits, sign included */
    tw_key *bits;
};

/* Keys ≥ high are all kept; of those in [low, high) the first `ties` are. */
struct tw_cut {
    tw_key_bits low, high;
    uint64_t ties;
};

/* How many candidates there are; of keys equal to low, those behind k others are left out. More
 * than `room`: room + 1, and the additions are made all the same. One pass. */
uint64_t TW_T(tw_collect)(const struct tw_collect *what);

/* Of n candidates, indices (and bits, where `values` is not NULL) of the first k that the cut
 * keeps, in their order; returns how many. out and values have room for k. index NULL: 0, 1, 2, …
 */
uint64_t TW_T(tw_collect_keep)(const tw_key *bits, const uint32_t *index, uint64_t n,
                               struct tw_cut cut, uint64_t k, uint32_t *out, tw_key *values);

#endif
#endif
