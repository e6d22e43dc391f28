/* What members share whose number of sent values depends on the data: each part of the bucket gets
 * a choice of indices, everything else is sparse_real.h. A member fills a struct tw_counted_kind
 * and takes its table from here: TW_COUNTED_FUNCTIONS, then TW_COUNTED_CALLBACKS. It has
 * TW_DATA_SIZED and no plan().
 *
 * State of a rank is for the worst case, every value sent: 4 + 2·B + 4 bytes per value and its
 * codes. Numbers that are not finite are refused: TW_INPUT. */
#ifndef TW_COUNTED_REAL_H
#define TW_COUNTED_REAL_H

#include "sparse_real.h"

/* What a choice is made from: one part of one rank's bucket. */
struct tw_choice {
    const struct tw_problem *problem;
    const void *x;               /* the part's values, finite, of the workload's precision */
    uint64_t size, kept;         /* values; those that the ratio asks for (1 … size) */
    uint32_t rank, step, tensor; /* keys of draws */
    void *scratch;
    struct tw_work *work; /* or NULL: nobody asks */
};

struct tw_counted_kind {
    struct tw_sparse_way (*way)(const struct tw_problem *problem); /* counted = 1 */
    /* Bytes of scratch for a part, any alignment of 8; NULL: none. */
    size_t (*scratch_B)(const struct tw_problem *problem, uint64_t size, uint64_t kept);
    /* Ascending indices from the part's start into out (room for size); how many into *count. */
    tw_status (*choose)(const struct tw_choice *choice, uint32_t *out, uint64_t *count);
};

/* What the params of a member with a ratio begin with, as its field `common`; their option rows but
 * the ratio, whose help is the member's; and the way that they ask for. */
struct tw_counted_params {
    double ratio;
    int scope, index, values; /* of tw_scope_names, tw_codec_index_names, tw_codec_value_names */
};
#define TW_COUNTED_OPTION_ROWS(params)                                         \
    {"scope",                                                                  \
     TW_OPTION_CHOICE,                                                         \
     offsetof(params, common.scope),                                           \
     "tensor",                                                                 \
     0,                                                                        \
     0,                                                                        \
     0,                                                                        \
     tw_scope_names,                                                           \
     "",                                                                       \
     "whether every tensor has a threshold of its own or the bucket has one"}, \
        TW_SPARSE_OPTION_ROWS_AT(params, common.index, common.values)
struct tw_sparse_way tw_counted_way(const struct tw_problem *problem);

/* Adds to the choice's work, if anybody asks. */
void tw_choice_charge(const struct tw_choice *choice, enum tw_kernel kernel, uint64_t elements,
                      uint64_t selected);

/* Counts, or chooses, |x| ≥ threshold, but the largest magnitude always and zeros never; `most` is
 * the largest. So something is sent of every part that is not all zero, and ‖C(x)−x‖² is at most
 * (1 − 1/size)‖x‖². Charges one pass. */
uint64_t tw_choice_count_f32(const struct tw_choice *choice, double threshold, double most);
uint64_t tw_choice_count_f64(const struct tw_choice *choice, double threshold, double most);
uint64_t tw_choice_above_f32(const struct tw_choice *choice, double threshold, double most,
                             uint32_t *out);
uint64_t tw_choice_above_f64(const struct tw_choice *choice, double threshold, double most,
                             uint32_t *out);

/* δ of members with these params that send every part's largest magnitude: one over the largest
 * part. */
double tw_counted_delta(const struct tw_problem *problem);

/* The table. */
void tw_counted_sizes_f32(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                          size_t *shared_B, size_t *rank_B);
void tw_counted_sizes_f64(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                          size_t *shared_B, size_t *rank_B);
void tw_counted_open_f32(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                         void *shared);
void tw_counted_open_f64(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                         void *shared);
void tw_counted_open_rank(const struct tw_problem *problem, void *shared, void *own_state,
                          int rank);
int tw_counted_phases(const struct tw_problem *problem);
void tw_counted_begin(void *shared, uint32_t step);
tw_status tw_counted_local_f32(void *shared, void *own_state, int rank, int phase, const void *x,
                               const struct tw_answer *inbox, struct tw_request *request,
                               struct tw_work *work);
tw_status tw_counted_local_f64(void *shared, void *own_state, int rank, int phase, const void *x,
                               const struct tw_answer *inbox, struct tw_request *request,
                               struct tw_work *work);
double tw_counted_try_f32(void *shared, void *own_state, const void *x);
double tw_counted_try_f64(void *shared, void *own_state, const void *x);

/* The callbacks that need the kind, for a member's file… */
#define TW_COUNTED_FUNCTIONS(kind)                                                                \
    static void counted_sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B) \
    {                                                                                             \
        TW_T(tw_counted_sizes)(problem, &(kind), shared_B, rank_B);                               \
    }                                                                                             \
    static void counted_open(const struct tw_problem *problem, void *shared)                      \
    {                                                                                             \
        TW_T(tw_counted_open)(problem, &(kind), shared);                                          \
    }

/* …and all callbacks but delta, for its table. */
#define TW_COUNTED_CALLBACKS                                                                \
    .precision = TW_THIS_PRECISION, .check = tw_parts_check, .sizes = counted_sizes,        \
    .open = counted_open, .open_rank = tw_counted_open_rank, .phases = tw_counted_phases,   \
    .begin = tw_counted_begin, .local = TW_T(tw_counted_local), .digest = tw_sparse_digest, \
    .mean = TW_T(tw_sparse_mean), .own = TW_T(tw_sparse_own), .support = tw_sparse_support, \
    .try_alone = TW_T(tw_counted_try)

/* State that a member's own begins with, if it needs any. */
struct tw_counted_shared {
    struct tw_sparse_shared sparse;
    const struct tw_counted_kind *kind;
    uint32_t step;
    uint32_t *trial; /* indices of try_alone */
    void *scratch;
};
struct tw_counted_rank {
    struct tw_sparse_rank sparse;
    int rank;
};

#endif
