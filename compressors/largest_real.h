/* The k values of largest magnitude of every tensor, or of the bucket, by exact selection. */
#ifndef TW_LARGEST_REAL_H
#define TW_LARGEST_REAL_H

#include "parts.h"

/* How many of what; scope is tensor or bucket. */
struct tw_largest {
    enum tw_scope scope;
    double ratio;
};

/* Bytes of scratch, any alignment of 8. */
size_t tw_largest_scratch_B_f32(const struct tw_problem *problem, const struct tw_largest *what);
size_t tw_largest_scratch_B_f64(const struct tw_problem *problem, const struct tw_largest *what);

/* Indices in the bucket, ascending, tw_parts_kept of them, into out. TW_INPUT: a value is not
 * finite. O(d). */
tw_status tw_largest_choose_f32(const struct tw_problem *problem, const struct tw_largest *what,
                                const float *x, void *scratch, uint32_t *out) TW_MUST_CHECK;
tw_status tw_largest_choose_f64(const struct tw_problem *problem, const struct tw_largest *what,
                                const double *x, void *scratch, uint32_t *out) TW_MUST_CHECK;

/* The work of a choice: one selection per part. */
void tw_largest_charge(const struct tw_problem *problem, const struct tw_largest *what,
                       struct tw_work *work);

/* 1: what another rank has chosen: as many indices in every part as are kept there, ascending. */
int tw_largest_fits(const struct tw_problem *problem, const struct tw_largest *what,
                    const uint32_t *indices);

#endif
