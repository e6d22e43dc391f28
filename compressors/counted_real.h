/* What members share whose number of sent values depends on the data: each part of the bucket gets
 * a choice of indices, everything else is sparse_real.h. A member fills a struct tw_counted_kind,
 * writes `sizes` and `open` of one line each that pass it on, and takes the rest of its table from
 * here. It has TW_DATA_SIZED and no plan().
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

/* δ of members that send every part's largest magnitude: one over the largest part. */
double tw_counted_delta(const struct tw_problem *problem, const struct tw_sparse_way *way);

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
