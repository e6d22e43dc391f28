/* What sharding (train.h) does to a step's record, to the memory of a rank and to the weights that
 * gradients are taken at. Sharded stages: ZERO1, ZERO2, ZERO3; at NONE every function leaves things
 * as they are. A rank's share of a bucket are its values cut evenly, the first ranks' one longer.
 */
#ifndef TW_TRAIN_SHARD_H
#define TW_TRAIN_SHARD_H

#include "shape.h"

struct tw_group;

/* TW_REFUSED by name for what no rank that holds a share can do: islands, and an optimizer that
 * takes the norm of the whole gradient. TW_RANGE for a stage or a type that does not exist. */
tw_status tw_shard_check(const struct tw_train_setup *setup, struct tw_err *err) TW_MUST_CHECK;

/* Whether ranks hold the weights in another type than the master copy. */
int tw_shard_rounds(const struct tw_train_setup *setup);
/* group->forward ← the weights as ranks have them after a gather, where tw_shard_rounds; where a
 * weight is not finite they are not either. The group's gradient and mean are scratch for it. */
void tw_shard_spread(struct tw_group *group);
/* Bytes of group->weights_scratch. */
uint64_t tw_shard_scratch_B(const struct tw_shape *shape);
tw_status tw_shard_check_weights(const struct tw_sharding *sharding,
                                 struct tw_err *err) TW_MUST_CHECK;
/* Values of a rank's share of so many. */
uint64_t tw_shard_share(const struct tw_shape *shape, uint64_t values, int rank);
/* What a rank gives to the gather of a part: so many elements of this type. */
enum tw_element tw_shard_element(const struct tw_train_setup *setup);
uint64_t tw_shard_elements(const struct tw_shape *shape, int part, int rank);

/* Whether the sums of this compressor are reduce-scattered: it is `none`, whose sum of a value
 * concerns this value alone, and the feedback rule does not want the whole mean on every rank. */
int tw_shard_scatters(const struct tw_shape *shape, const struct tw_compressor *compressor);
/* Makes the all-reduce at the end of the record a reduce-scatter, where the compressor's sums are;
 * an exchange of one rank is none. */
void tw_shard_scatter(const struct tw_shape *shape, const struct tw_compressor *compressor,
                      struct tw_record *record, int from);
/* Cuts the work items from `from` on, over the values of a bucket, to the longest share (that of
 * rank 0, for which all others wait), where sums are scattered. */
void tw_shard_cut_mean(const struct tw_shape *shape, const struct tw_compressor *compressor,
                       int bucket, struct tw_record *record, int from);

/* Gathers of all buckets before the forward (ZERO3, gather_before) and again before the backward
 * (ZERO3), at the begin of the record. */
tw_status tw_shard_record_before(const struct tw_shape *shape,
                                 struct tw_record *record) TW_MUST_CHECK;
/* Cuts direction and update (the items from `from` on) to the longest share, and adds behind them
 * what makes weights travel: the cast of a share, and in ZERO1 and ZERO2, but for gather_before,
 * the gathers. */
tw_status tw_shard_record_after(const struct tw_shape *shape, struct tw_record *record,
                                int from) TW_MUST_CHECK;

/* tw_shape_rank_B of a sharded run; method_B: the larger of its compressors' states. */
uint64_t tw_shard_rank_B(const struct tw_shape *shape, uint64_t method_B);

#endif
