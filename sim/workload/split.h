/* Which training samples each rank owns. */
#ifndef TW_WORKLOAD_SPLIT_H
#define TW_WORKLOAD_SPLIT_H

#include "base/err.h"
#include "base/rng.h"

/* iid: a random permutation cut into contiguous parts whose sizes differ by at most one.
 * dirichlet: the samples of each class are dealt to the ranks in proportions drawn from
 *   Dirichlet(α, …, α); parts differ in size.
 * sorted: sorted by class, then cut as iid (one or two classes per rank: the hardest case).
 * contiguous: the samples in the order they came in, cut as iid. */
enum tw_split_kind { TW_SPLIT_IID, TW_SPLIT_DIRICHLET, TW_SPLIT_SORTED, TW_SPLIT_CONTIGUOUS };
extern const char *const tw_split_names[]; /* in that order, ended by NULL */

/* Rank r owns samples order[starts[r]] … order[starts[r+1]−1]. Every sample belongs to exactly one
 * rank, and every rank owns at least one. */
struct tw_split {
    int ranks;
    uint32_t *order;  /* owned, one entry per sample */
    uint32_t *starts; /* owned, ranks + 1 entries */
};

struct tw_split_setup {
    enum tw_split_kind kind;
    double alpha; /* of dirichlet; > 0 */
    int ranks;
    const uint8_t *labels; /* borrowed for the call */
    uint32_t samples;
    uint32_t classes; /* labels are < classes */
};

/* A pure function of the setup and of the stream, whose purpose is TW_PURPOSE_SPLIT.
 * TW_RANGE: α is not positive, fewer samples than ranks, or 1000 draws left some rank without a
 * sample (α too small for so many ranks). TW_MEMORY. Freed by tw_split_free (accepts zeroed). */
tw_status tw_split_make(struct tw_split *split, const struct tw_split_setup *setup,
                        struct tw_stream *stream, struct tw_err *err) TW_MUST_CHECK;
void tw_split_free(struct tw_split *split);

static inline uint32_t tw_split_size(const struct tw_split *split, int rank)
{
    return split->starts[rank + 1] - split->starts[rank];
}

#endif
