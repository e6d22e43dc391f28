/* What members share that send each rank's own values with their indices in an all-gather: packing
 * a rank's message, judging the others', and averaging them. Which indices is the member's affair.
 * A member's replicated state begins with struct tw_sparse_shared and its rank's state with struct
 * tw_sparse_rank: then tw_sparse_digest, _mean, _own and _support go into its table as they are. */
#ifndef TW_SPARSE_REAL_H
#define TW_SPARSE_REAL_H

#include "codec.h"

/* How such a member sends; the same for both precisions. */
struct tw_sparse_way {
    enum tw_scope scope;
    double ratio;
    unsigned index_B; /* 4 or 8 */
    int two;          /* 1: values and indices travel in two all-gathers, 0: in one */
};

/* Choices of the options index and exchange, in the order of `index_B == 8` and `two`. */
extern const char *const tw_sparse_index_names[];
extern const char *const tw_sparse_exchange_names[];

/* One rank's message as received; borrowed from the answer or from `values` below. */
struct tw_sparse_message {
    const unsigned char *values, *indices;
    uint64_t next; /* first entry that mean() has not added yet */
};

/* Replicated part of a member's state. */
struct tw_sparse_shared {
    struct tw_problem problem;
    struct tw_sparse_way way;
    uint64_t kept;
    struct tw_sparse_message *messages; /* of every rank */
    unsigned char *values;              /* of every rank, kept from the first of two all-gathers */
    double *tile;
};

/* A rank's part. values and indices are the member's to fill (x at ascending indices). */
struct tw_sparse_rank {
    const void *x;
    void *values;
    uint32_t *indices;
    unsigned char *wire;
};

/* Counting pass and giving pass (arena->base NULL or not); fills the fields that are sizes too. */
void tw_sparse_carve(const struct tw_problem *problem, const struct tw_sparse_way *way,
                     struct tw_arena *arena, struct tw_sparse_shared *shared);
void tw_sparse_carve_rank(const struct tw_problem *problem, const struct tw_sparse_way *way,
                          struct tw_arena *arena, struct tw_sparse_rank *rank);

/* The phases' requests as plan() tells them; adds PACK to phase 0's local work and no more. */
tw_status tw_sparse_plan(const struct tw_problem *problem, const struct tw_sparse_way *way,
                         struct tw_plan *plan) TW_MUST_CHECK;
void tw_sparse_charge_mean(const struct tw_problem *problem, uint64_t kept, struct tw_work *work);
void tw_sparse_charge_own(uint64_t kept, struct tw_work *work);

/* The request of a phase, from the rank's values and indices; packs the message in phase 0. */
void tw_sparse_request(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                       int phase, struct tw_request *request);

/* TW_CORRUPT when the answer is not one message of these shapes per rank (tw_codec_check). */
tw_status tw_sparse_digest(void *shared, int phase, const struct tw_answer *answer,
                           struct tw_work *work) TW_MUST_CHECK;
void tw_sparse_support(void *shared, void *own_state, int rank, struct tw_support *support);

/* values[i] = x[indices[i]] */
void tw_sparse_take_f32(struct tw_sparse_rank *rank, const float *x, uint64_t kept);
void tw_sparse_take_f64(struct tw_sparse_rank *rank, const double *x, uint64_t kept);

/* out = the average: entries of ranks 0 … N−1 are added in double in that order from +0, rounded
 * once to the precision, and divided by N in it, so that a full support gives what `none` gives.
 * Works in tiles, each rank's ascending list being read once. O(dimension + N·kept). */
void tw_sparse_mean_f32(void *shared, void *out, struct tw_work *work);
void tw_sparse_mean_f64(void *shared, void *out, struct tw_work *work);

/* y += scale · (values at indices) */
void tw_sparse_own_f32(void *shared, void *own_state, int rank, double scale, void *y,
                       struct tw_work *work);
void tw_sparse_own_f64(void *shared, void *own_state, int rank, double scale, void *y,
                       struct tw_work *work);

#define TW_SPARSE_TILE 4096

#endif
