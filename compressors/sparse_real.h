/* What members share that send each rank's own values with their indices in an all-gather: packing
 * a rank's message, judging the others', and averaging them. Which indices is the member's affair.
 * A member's replicated state begins with struct tw_sparse_shared and its rank's state with struct
 * tw_sparse_rank: then tw_sparse_digest, _mean, _own and _support go into its table as they are.
 *
 *     fixed counts:        | values | indices |              k from the shapes
 *     counts by the data:  | u32 count | values | indices |  the count an all-gather needs anyway
 *
 * The bytes of values and indices are codec.h's. Values that travel narrower are rounded to nearest
 * even when they are packed, too large ones to the largest number of the type: own() gives what was
 * sent, and error feedback keeps the rest. */
#ifndef TW_SPARSE_REAL_H
#define TW_SPARSE_REAL_H

#include "codec.h"

/* How such a member sends; the same for both precisions. */
struct tw_sparse_way {
    enum tw_scope scope;
    double ratio;
    enum tw_index index;
    enum tw_value value;
    int two;     /* 1: values and indices travel in two all-gathers, 0: in one */
    int counted; /* 1: how many values are sent depends on the data; then two = 0 */
};

/* Rows of the options index and values, ints of a member's params struct. */
#define TW_SPARSE_OPTION_ROWS(params) TW_SPARSE_OPTION_ROWS_AT(params, index, values)
#define TW_SPARSE_OPTION_ROWS_AT(params, index_field, values_field) \
    TW_CODEC_INDEX_ROW_AT(params, index_field), TW_CODEC_VALUES_ROW_AT(params, values_field)

/* Choices of the option exchange, in the order of `two`. */
extern const char *const tw_sparse_exchange_names[];

/* One rank's message as received; borrowed from the answer or from `values` below. */
struct tw_sparse_message {
    const unsigned char *values, *indices;
    uint64_t indices_B, count;
};

/* Replicated part of a member's state. */
struct tw_sparse_shared {
    struct tw_problem problem;
    struct tw_sparse_way way;
    uint64_t kept; /* of every rank; of counted members the most, the dimension */
    struct tw_sparse_message *messages; /* of every rank */
    struct tw_sparse_cursor *cursors;   /* of every rank: where mean() is */
    unsigned char *values;              /* of every rank, kept from the first of two all-gathers */
    double *tile;
};

/* A rank's part. indices (ascending) are the member's to fill, values are tw_sparse_take's. */
struct tw_sparse_rank {
    const void *x;
    void *values;
    uint32_t *indices;
    unsigned char *wire;
    uint64_t kept; /* in this step */
};

/* Counting pass and giving pass (arena->base NULL or not); fills the fields that are sizes too. */
void tw_sparse_carve(const struct tw_problem *problem, const struct tw_sparse_way *way,
                     struct tw_arena *arena, struct tw_sparse_shared *shared);
void tw_sparse_carve_rank(const struct tw_problem *problem, const struct tw_sparse_way *way,
                          struct tw_arena *arena, struct tw_sparse_rank *rank);

/* The phases' requests as plan() tells them, and the work of all but local(). TW_REFUSED for
 * index="rice" and counted members: their bytes depend on the data. */
tw_status tw_sparse_plan(const struct tw_problem *problem, const struct tw_sparse_way *way,
                         struct tw_plan *plan) TW_MUST_CHECK;

/* Work of packing `kept` values: PACK; CAST when they are rounded; PACK again when indices are
 * coded (there is no kernel of its own for bits). */
void tw_sparse_charge_pack(const struct tw_sparse_way *way, uint64_t kept, struct tw_work *work);

/* The request of a phase, from the rank's values and indices; packs the message. */
void tw_sparse_request(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                       int phase, struct tw_request *request);

/* TW_CORRUPT when the answer is not one message of these shapes per rank: right lengths, indices
 * ascending inside the bucket (with fixed counts: as many as each part keeps), nothing left over.
 */
tw_status tw_sparse_digest(void *shared, int phase, const struct tw_answer *answer,
                           struct tw_work *work) TW_MUST_CHECK;
void tw_sparse_support(void *shared, void *own_state, int rank, struct tw_support *support);

/* values[i] = x[indices[i]] for the first `kept` indices, as they are. */
void tw_sparse_take_f32(struct tw_sparse_rank *rank, const float *x, uint64_t kept);
void tw_sparse_take_f64(struct tw_sparse_rank *rank, const double *x, uint64_t kept);

/* The first `kept` values of the rank rounded as they travel; rank->kept = kept. */
void tw_sparse_narrow_f32(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                          uint64_t kept);
void tw_sparse_narrow_f64(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                          uint64_t kept);

/* Taken and rounded. */
void tw_sparse_fill_f32(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                        const float *x, uint64_t kept);
void tw_sparse_fill_f64(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                        const double *x, uint64_t kept);

/* ‖x − C(x)‖² when the values at `kept` ascending indices are sent: what is dropped and what
 * rounding takes. */
double tw_sparse_left_f32(const struct tw_sparse_shared *shared, const float *x,
                          const uint32_t *indices, uint64_t kept);
double tw_sparse_left_f64(const struct tw_sparse_shared *shared, const double *x,
                          const uint32_t *indices, uint64_t kept);

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

/* Proven δ when at least `share` of ‖x‖² is kept: bf16 loses at most 2^-16 of that (8 bits of
 * significand), numbers within its range; of fp16, whose range is narrow, nothing is claimed: −1.
 */
double tw_sparse_delta(const struct tw_sparse_way *way, double share);

struct tw_sparse_cursor {
    struct tw_codec_reader reader;
    uint64_t index; /* of the entry that mean() adds next */
};

/* For sparse.c and sparse_real.c alone. */
void tw_sparse_charge_mean(const struct tw_problem *problem, uint64_t entries,
                           struct tw_work *work);
void tw_sparse_charge_own(uint64_t kept, struct tw_work *work);

#define TW_SPARSE_TILE 4096
#define TW_SPARSE_COUNT_B 4

#endif
