/* Random bits for stochastic rounding: word i is a hash of (stream key, i), so that a vector can be
 * rounded in any order, by any instruction set, and one value's draw never depends on another's.
 *
 * A key is two words of the Philox stream of the caller's tw_stream_key (rng.h). Between them the
 * counter passes three rounds of xor-shift and odd multiplication, the constants of Wellons's
 * 32-bit hash `triple32` ("Prospecting for hash functions", 2018; bias of its avalanche 0.020 %).
 * Far cheaper than Philox, and good enough for rounding; not for drawing samples. */
#ifndef TW_BASE_ROUNDING_H
#define TW_BASE_ROUNDING_H

#include "rng.h"

struct tw_rounding {
    uint32_t first, second;
};

static inline struct tw_rounding tw_rounding_open(const struct tw_stream_key *key)
{
    struct tw_stream stream;
    struct tw_rounding rounding;
    tw_stream_open(&stream, key);
    rounding.first = (uint32_t)gsl_rng_get(&stream.gsl);
    rounding.second = (uint32_t)gsl_rng_get(&stream.gsl);
    return rounding;
}

/* 32 random bits of index i. */
static inline uint32_t tw_rounding_bits(struct tw_rounding key, uint32_t i)
{
    uint32_t h = i ^ key.first;
    h ^= h >> 17;
    h *= 0xed5ad4bbU;
    h ^= h >> 11;
    h += key.second;
    h *= 0xac4c1b51U;
    h ^= h >> 15;
    h *= 0x31848babU;
    h ^= h >> 14;
    return h;
}

/* The same as a number in (0, 1): (n + ½)/2^23 with n of 23 bits, exact in float and never 0. */
static inline float tw_rounding_unit(struct tw_rounding key, uint32_t i)
{
    return ((float)(int32_t)(tw_rounding_bits(key, i) >> 9) + 0.5F) * 0x1p-23F;
}

#endif
