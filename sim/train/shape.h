/* What is known of a run before any number exists: legality, bucket cut, problems, memory. The real
 * run and the trace without numbers both start here. */
#ifndef TW_TRAIN_SHAPE_H
#define TW_TRAIN_SHAPE_H

#include "train.h"

struct tw_shape {
    int unserved; /* 1: making it failed, for a server cannot do with a part's compressor */
    const struct tw_train_setup *setup; /* borrowed */
    int groups; /* N, the islands: each compresses, has feedback memory and counts as one */
    int mine;   /* of them that have numbers: all, or those that are sampled (sample.c) */
    uint64_t dimension;
    unsigned value_B;
    struct tw_cut cut;
    uint32_t dense_steps;              /* first steps in which the stand-in compresses */
    const struct tw_compressor *dense; /* none, at its defaults */
    _Alignas(16) unsigned char dense_params[TW_PARAMS_MAX];
    int streamed;     /* 1: one bucket of a run that goes bucket by bucket (stream.h) */
    uint64_t base;    /* its place in the model's flat vector; else 0 */
    int first_tensor; /* its tensors in layer order */
    int mistaken;     /* the rule whose gain could not be reckoned, when cutting fails for that */
};

/* Cuts the workload's tensors. The shape must not be moved while problems of it are in use. */
tw_status tw_shape_make(struct tw_shape *shape, const struct tw_train_setup *setup,
                        const void *workload, struct tw_err *err) TW_MUST_CHECK;
void tw_shape_free(struct tw_shape *shape); /* accepts a zeroed one */

/* Checks the setup (TW_REFUSED with the reason for what cannot be done exactly, TW_INTERNAL for
 * members of another precision), then opens its workload with the setup's values. */
tw_status tw_shape_open_workload(const struct tw_train_setup *setup, void **workload,
                                 struct tw_err *err) TW_MUST_CHECK;

/* The same for what only asks for dimension and tensors: of a workload that tells_shapes, without
 * its data. */
tw_status tw_shape_open_tensors(const struct tw_train_setup *setup, void **workload,
                                struct tw_err *err) TW_MUST_CHECK;

/* Cuts every bucket into parts by the setup's rules: a part has the tensors of one rule (or of
 * none, or those that stay dense for want of gain), in bucket order; parts are in the order of
 * their first tensors. TW_REFUSED for a min_gain where the bytes depend on data. */
tw_status tw_rules_cut(struct tw_shape *shape, int tensor_count, struct tw_err *err) TW_MUST_CHECK;
/* What a compressor sends of a problem in a step, which is checked first. TW_REFUSED where that
 * depends on data. */
tw_status tw_plan_problem(const struct tw_compressor *ops, const struct tw_problem *problem,
                          uint32_t step, struct tw_plan *plan, struct tw_err *err) TW_MUST_CHECK;
/* Whether every rule's compressor can go with the run's feedback. */
tw_status tw_rules_check(const struct tw_train_setup *setup, struct tw_err *err) TW_MUST_CHECK;

/* The compressor of a part, or the stand-in; whether a part is its bucket's first or last. */
const struct tw_compressor *tw_shape_compressor(const struct tw_shape *shape, int part, int dense);
int tw_shape_begins(const struct tw_shape *shape, int part);
int tw_shape_ends(const struct tw_shape *shape, int part);

/* The problem of a part of a bucket, for the method's compressor or for the stand-in. */
struct tw_problem tw_shape_problem(const struct tw_shape *shape, int part, int dense);

/* The stage of a step, setup->stages.count where the compressor's own options hold; the problem of
 * a part in it; and whether that differs from stage to stage. */
int tw_shape_stage(const struct tw_shape *shape, uint32_t step);
struct tw_problem tw_shape_staged(const struct tw_shape *shape, int part, int stage);
int tw_shape_is_staged(const struct tw_shape *shape, int part);

/* The schedule of MERGE requests. */
const struct tw_algorithm *tw_shape_merge(const struct tw_shape *shape);

/* What the feedback rule is told of a step. */
struct tw_feedback_step tw_shape_step(const struct tw_shape *shape, uint32_t step, uint64_t count);

/* Whether the process holds a vector of doubles in which ranks are added: for the norm of the mean
 * gradient, or for what a rule reports to its server. */
int tw_shape_needs_sum(const struct tw_train_setup *setup);

/* Vectors of the optimizer that this process holds; none where no weights are updated. */
uint64_t tw_shape_optimizer_vectors(const struct tw_shape *shape);

/* Vectors that this process holds for the x of its ranks: one each, one for all, or none. */
uint64_t tw_shape_x_vectors(const struct tw_shape *shape);

/* Bytes that one real rank holds: weights, gradient (whose place the mean takes), x, vectors of
 * feedback (rank's and server's, with its copies of all groups') and optimizer, state of the
 * compressor or, if it is larger, of its stand-in. What an island holds once (x, its feedback, the
 * copies, the compressor's state) counts 1/island for each of its ranks, rounded up: what each
 * holds when all handle a share, and the mean over ranks when a leader holds everything. Sharded
 * (S values of the longest share, D of the largest bucket, d of all): vectors of optimizer and
 * server S each; zero1 weights, gradient and x d each; zero2 a gradient of S, made, sent and given
 * up bucket by bucket as x is (D each); zero3 also S of the weights, and two buckets at once as
 * they travel. Rules in place have no x. Where weights travel rounded, the copy that computes is of
 * that type, and S values of the master beside it. A rank's own feedback is of d values in every
 * stage. */
uint64_t tw_shape_rank_B(const struct tw_shape *shape);

/* Bytes that this process holds for all ranks, answers of the transport included (their bound where
 * sizes depend on the data), data of the workload and the trace not; of a run that goes bucket by
 * bucket those of the bucket that takes most. 0 for TW_SIZES_ONLY. */
uint64_t tw_shape_process_B(const struct tw_shape *shape);

#endif
