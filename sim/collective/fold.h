/* How algorithms for powers of two run on any number of ranks, as MPICH does: with P' = 2^⌊log2 p⌋
 * and rem = p − P', each even rank of the first 2·rem folds into the odd one above it and waits;
 * the P' others are numbered anew, without holes: r/2 for odd r < 2·rem, r − rem for r ≥ 2·rem.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005. */
#ifndef TW_COLLECTIVE_FOLD_H
#define TW_COLLECTIVE_FOLD_H

#include "rank_bits.h"
#include "schedule.h"

struct tw_fold {
    int bits; /* P' = 2^bits */
    int rem;  /* ranks folded away */
};

static inline struct tw_fold tw_fold_of(int ranks)
{
    int bits = tw_rank_bits_floor(ranks);
    return (struct tw_fold){bits, ranks - (1 << bits)};
}

/* Whether a rank takes part in the fold, on either side. */
static inline int tw_fold_paired(struct tw_fold fold, int rank)
{
    return rank < 2 * fold.rem;
}

/* Whether a rank only waits while the others work. */
static inline int tw_fold_waits(struct tw_fold fold, int rank)
{
    return rank < 2 * fold.rem && rank % 2 == 0;
}

static inline int tw_fold_number(struct tw_fold fold, int rank)
{
    return rank < 2 * fold.rem ? rank / 2 : rank - fold.rem;
}

static inline int tw_fold_rank(struct tw_fold fold, int number)
{
    return number < fold.rem ? 2 * number + 1 : number + fold.rem;
}

/* The fold itself: the rank that will wait hands `blocks` over to be combined; or, unfolding, gets
 * them back. Returns the pieces written. */
static inline int tw_fold_step(struct tw_fold fold, int rank, int unfolding, int first, int count,
                               struct tw_piece *out)
{
    if (!tw_fold_paired(fold, rank))
        return 0;
    int waits = tw_fold_waits(fold, rank);
    enum tw_action takes = unfolding ? TW_RECEIVE_COPY : TW_RECEIVE_COMBINE;
    out[0] = (struct tw_piece){waits ? rank + 1 : rank - 1, waits == unfolding ? takes : TW_SEND,
                               (uint32_t)first, (uint32_t)count, 1};
    return 1;
}

#endif
