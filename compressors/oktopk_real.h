/* What the two files of Ok-Topk share: its state, and its answers. The formulas are in oktopk.c. */
#ifndef TW_OKTOPK_REAL_H
#define TW_OKTOPK_REAL_H

#include "split_real.h"

enum { TW_OKTOPK_BOUNDARIES, TW_OKTOPK_SPLIT, TW_OKTOPK_SUMS, TW_OKTOPK_RESULT, TW_OKTOPK_PHASES };

struct tw_oktopk_params {
    double ratio;
    uint64_t thresholds, boundaries;
    int index, values;
};

#ifdef TW_PRECISION
struct tw_oktopk_shared {
    struct tw_problem problem;
    struct tw_codec_way way;
    uint64_t kept;
    uint32_t step;
    uint64_t age; /* steps since everything was found anew */
    int whole;    /* 1: the step was done to its end */
    uint64_t *boundaries;
    struct tw_split_scratch split;
    struct tw_split_list *result; /* of every owner; borrowed from the answer */
    uint32_t *global;             /* G, a bit per value */
    tw_real threshold;            /* Θ */
    tw_real *sums;                /* of all owners, one behind the other */
    uint32_t *chosen;             /* of a selection */
    void *scratch;
};

struct tw_oktopk_rank {
    const tw_real *x; /* borrowed for the step */
    tw_real threshold;
    uint64_t count, sum_count;
    uint32_t *indices;   /* L_i */
    uint32_t *support;   /* L_i ∩ G */
    uint64_t *quantiles; /* N − 1 */
    struct tw_split_send send;
    uint32_t *sum_indices;
    tw_real *sums;
    struct tw_union_entries lost; /* of the result, by rounding */
    uint32_t *both;               /* L_i ∩ G and lost, where sums are rounded */
    unsigned char *wire;
};

/* Whether θ and Θ, or the boundaries, are found anew in this step. */
int TW_T(tw_oktopk_thresholds_due)(const struct tw_oktopk_shared *shared);
int TW_T(tw_oktopk_boundaries_due)(const struct tw_oktopk_shared *shared);

/* The k-th largest |x|, of fewer values the least; 0 of none. TW_INPUT: not finite. */
tw_status TW_T(tw_oktopk_kth)(struct tw_oktopk_shared *shared, const tw_real *x, uint64_t n,
                              tw_real *threshold) TW_MUST_CHECK;

tw_status TW_T(tw_oktopk_digest)(void *state, int phase, const struct tw_answer *answer,
                                 struct tw_work *work);
#endif

#endif
