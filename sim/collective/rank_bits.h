/* Logarithms of rank counts, as trees and doublings need them. */
#ifndef TW_COLLECTIVE_RANK_BITS_H
#define TW_COLLECTIVE_RANK_BITS_H

/* Largest k with 2^k ≤ ranks; ranks ≥ 1. */
static inline int tw_rank_bits_floor(int ranks)
{
    return 31 - __builtin_clz((unsigned)ranks);
}

/* Least k with 2^k ≥ ranks; ranks ≥ 1. */
static inline int tw_rank_bits_ceil(int ranks)
{
    return ranks == 1 ? 0 : 32 - __builtin_clz((unsigned)ranks - 1U);
}

#endif
