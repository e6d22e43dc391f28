/* Sums inside islands that travel as small integers: the first of two levels of a quantised
 * reduce-scatter (inside.c). FULL leaves everything as it is. */
#ifndef TW_TRAIN_INSIDE_H
#define TW_TRAIN_INSIDE_H

#include "train_group.h"

/* TW_REFUSED: without islands, or with rules for tensors. TW_RANGE: a type or block that is none.
 */
tw_status tw_inside_check(const struct tw_train_setup *setup, struct tw_err *err) TW_MUST_CHECK;

/* Bytes that a rank sends and gets of the largest bucket, its own share included. */
uint64_t tw_inside_rank_B(const struct tw_shape *shape);
/* Bytes of scratch for the functions below; 0 for FULL. */
uint64_t tw_inside_scratch_B(const struct tw_shape *shape);

/* group->gradient of one rank ← what its island gets of it. TW_DIVERGED: a value is not finite. */
tw_status tw_inside_round(struct tw_group *group, struct tw_err *err) TW_MUST_CHECK;

/* What the ranks of an island do and exchange of a bucket: type REDUCE_INSIDE or SPREAD_INSIDE.
 * Nothing is recorded with islands of one. */
tw_status tw_inside_record(const struct tw_shape *shape, int part, enum tw_item_type type,
                           int phase, struct tw_record *record) TW_MUST_CHECK;

#endif
