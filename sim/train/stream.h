/* Runs that go bucket by bucket: where gradients do not depend on the weights (synthetic ones),
 * nothing of one bucket's steps depends on another bucket, so that all steps of one are done before
 * the next is begun. The process then holds the vectors, compressor states and answers of one
 * bucket at a time, for any number of steps, and no weights. */
#ifndef TW_TRAIN_STREAM_H
#define TW_TRAIN_STREAM_H

#include "shape.h"

/* Whether a run does: a workload with tensors_gradient, several buckets, nothing sharded. */
int tw_stream_suits(const struct tw_shape *shape);

/* The bucket that begins with `part`, as a shape of its own. Borrows from shape, and is not freed.
 */
struct tw_shape tw_stream_bucket(const struct tw_shape *shape, int part);

/* All steps of all buckets into run->trace, and run->curve; run as tw_train has it. */
tw_status tw_stream_run(const struct tw_shape *shape, void *workload, struct tw_run *run,
                        struct tw_err *err) TW_MUST_CHECK;

#endif
