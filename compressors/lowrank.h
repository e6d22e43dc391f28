/* Members that send thin factors of matrices: which tensors are factored, and where their factors
 * lie in messages. A matrix X of m×n is seen as P·Qᵀ, P of m×r, Q of n×r; a factor is kept and sent
 * column by column. */
#ifndef TW_LOWRANK_H
#define TW_LOWRANK_H

#include "compressor.h"

/* A member's params begin with this. */
struct tw_lowrank_params {
    uint64_t rank;
    double rate;
    int warm; /* TW_LOWRANK_WARM or _COLD */
};
enum { TW_LOWRANK_WARM, TW_LOWRANK_COLD };

extern const char *const tw_lowrank_warm_names[]; /* yes, no */

/* Option rows of a params struct that begins with struct tw_lowrank_params. */
#define TW_LOWRANK_FIELD(name) offsetof(struct tw_lowrank_params, name)
#define TW_LOWRANK_OPTION_ROWS                                                                    \
    {"rank", TW_OPTION_COUNT, TW_LOWRANK_FIELD(rank),    "1", 1, 4096, 0,                         \
     NULL,   "columns",       "columns r of the factors"},                                        \
        {"rate",                                                                                  \
         TW_OPTION_REAL,                                                                          \
         TW_LOWRANK_FIELD(rate),                                                                  \
         "2",                                                                                     \
         1,                                                                                       \
         1e9,                                                                                     \
         0,                                                                                       \
         NULL,                                                                                    \
         "",                                                                                      \
         "least gain: tensors of m x n with (m + n) * rank * rate >= m * n stay dense"},          \
    {                                                                                             \
        "warm", TW_OPTION_CHOICE, TW_LOWRANK_FIELD(warm), "yes", 0, 0, 0, tw_lowrank_warm_names,  \
            "", "whether a step starts from the factor of the step before, or from fresh normals" \
    }

/* A tensor. low: it is factored; else it travels dense, as do all vectors. A rate of at least 1
 * means that r is below m and n wherever a tensor is factored. */
struct tw_lowrank_view {
    uint64_t start, rows, columns, size;
    int low;
    uint32_t tensor;
    uint64_t left_at, right_at; /* of P and Q among all factors of that side; low only */
    uint64_t dense_at;          /* among all dense values; dense only */
};

/* Sums over the views walked so far. */
struct tw_lowrank_totals {
    uint64_t left, right, dense; /* values */
    uint64_t most_side;          /* values of the largest factor */
    int low;                     /* factored tensors */
};

static inline const struct tw_lowrank_params *tw_lowrank_params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static inline uint64_t tw_lowrank_rank(const struct tw_problem *problem)
{
    return tw_lowrank_params_of(problem)->rank;
}

/* The view of the next tensor; totals grow by it. */
struct tw_lowrank_view tw_lowrank_next(const struct tw_problem *problem, int tensor,
                                       struct tw_lowrank_totals *totals);
/* The operations table's suits: TW_RANGE where no matrix would be factored. */
tw_status tw_lowrank_suits(const struct tw_problem *model, struct tw_err *err);

struct tw_lowrank_totals tw_lowrank_totals(const struct tw_problem *problem);
/* The views of all tensors, as many as there are. */
void tw_lowrank_views(const struct tw_problem *problem, struct tw_lowrank_view *views);

/* The operations table's delta: only the identity of a bucket without a factored tensor is proven.
 */
double tw_lowrank_delta(const struct tw_problem *problem);

/* The product of every factored tensor with its right factor, and of its transpose with its left
 * one. */
void tw_lowrank_charge_left(const struct tw_problem *problem, struct tw_work *work);
void tw_lowrank_charge_right(const struct tw_problem *problem, struct tw_work *work);
/* The copies of the dense tensors. */
void tw_lowrank_charge_dense(const struct tw_problem *problem, struct tw_work *work);
/* P·Qᵀ and the dense values, added to a vector; and the same into a vector that is zeroed before.
 */
void tw_lowrank_charge_expand(const struct tw_problem *problem, struct tw_work *work);
void tw_lowrank_charge_mean(const struct tw_problem *problem, struct tw_work *work);

#endif
