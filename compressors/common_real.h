/* What members share whose ranks all keep the same indices: values at those indices, all-reduced.
 * Which indices, and what a rank sends for them, is the member's affair.
 * A member's replicated state begins with struct tw_common_shared and its rank's state with struct
 * tw_common_rank: then tw_common_mean, _own and _support go into its table as they are. */
#ifndef TW_COMMON_REAL_H
#define TW_COMMON_REAL_H

#include "codec.h"

struct tw_common_shared {
    struct tw_problem problem;
    uint64_t kept;
    enum tw_value value; /* how values travel */
    uint32_t *indices;   /* ascending; the member's to fill */
    const void *sum;     /* borrowed from the answer, or wide */
    void *wide;          /* sums of rounded values, in the precision */
};

struct tw_common_rank {
    void *values;     /* `kept` of the precision, the member's to fill: what this rank sends */
    uint16_t *halves; /* the same as they travel, when they are rounded */
};

/* Counting pass and giving pass (arena->base NULL or not) behind the member's own struct; fills
 * problem and kept too. */
void tw_common_carve(const struct tw_problem *problem, uint64_t kept, enum tw_value value,
                     struct tw_arena *arena, struct tw_common_shared *shared);
void tw_common_carve_rank(const struct tw_problem *problem, uint64_t kept, enum tw_value value,
                          struct tw_arena *arena, struct tw_common_rank *rank);

/* The SUM of the values, and its phase in a plan with the work of mean and own. Values that travel
 * in two bytes are rounded here, in the rank's values too (half_real.h: too large ones to the
 * largest of the type); their sum is rounded once to the type, and may be infinite. Charge what
 * filling them costs before. */
void tw_common_request_f32(const struct tw_common_shared *shared, struct tw_common_rank *rank,
                           struct tw_request *request, struct tw_work *work);
void tw_common_request_f64(const struct tw_common_shared *shared, struct tw_common_rank *rank,
                           struct tw_request *request, struct tw_work *work);
void tw_common_plan(const struct tw_problem *problem, uint64_t kept, enum tw_value value,
                    struct tw_plan_phase *phase, struct tw_plan *plan);

/* Takes the answer of that SUM; TW_CORRUPT when it is another. */
tw_status tw_common_take_f32(struct tw_common_shared *shared, const struct tw_answer *answer,
                             struct tw_work *work) TW_MUST_CHECK;
tw_status tw_common_take_f64(struct tw_common_shared *shared, const struct tw_answer *answer,
                             struct tw_work *work) TW_MUST_CHECK;

void tw_common_support(void *shared, void *own_state, int rank, struct tw_support *support);

/* out = the sum divided by N at the indices, 0 elsewhere. */
void tw_common_mean_f32(void *shared, void *out, struct tw_work *work);
void tw_common_mean_f64(void *shared, void *out, struct tw_work *work);
/* y += scale · (values at the indices) */
void tw_common_own_f32(void *shared, void *own_state, int rank, double scale, void *y,
                       struct tw_work *work);
void tw_common_own_f64(void *shared, void *own_state, int rank, double scale, void *y,
                       struct tw_work *work);

/* For common.c and common_real.c alone. */
void tw_common_charge_mean(const struct tw_problem *problem, uint64_t kept, struct tw_work *work);
void tw_common_charge_own(uint64_t kept, struct tw_work *work);

#endif
