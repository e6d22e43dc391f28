/* The data plane's main door: a whole training run of all ranks → trace and curve. */
#ifndef TW_TRAIN_H
#define TW_TRAIN_H

#include "base/match.h"
#include "compressor.h"
#include "feedback.h"
#include "optimizer.h"
#include "trace.h"
#include "../workload/workload.h"

/* Where a bucket ends (cut.c): a size given by the user, or as a training library does it. */
enum tw_bucket_rule { TW_BUCKET_SIZE, TW_BUCKET_DDP, TW_BUCKET_FSDP, TW_BUCKET_MEGATRON };

/* Sharded data parallel training: what of optimizer, gradients and weights is divided among the
 * ranks, and the type in which weights travel to be whole again (shard.c). FULL is the run's own
 * precision; in the others gradients are those of rounded weights. */
enum tw_shard_stage { TW_SHARD_NONE, TW_SHARD_ZERO1, TW_SHARD_ZERO2, TW_SHARD_ZERO3 };
enum tw_weights_type {
    TW_WEIGHTS_FULL,
    TW_WEIGHTS_BF16,
    TW_WEIGHTS_FP16,
    TW_WEIGHTS_INT8, /* integers with a scale per `block` values of a share */
    TW_WEIGHTS_INT4,
};
struct tw_sharding {
    enum tw_shard_stage stage;
    enum tw_weights_type weights; /* of a sharded stage */
    int gather_before; /* 1: ZERO1 and ZERO2 gather before the forward that needs the weights and
                          not behind the update that made them */
    uint64_t block;    /* of INT8 and INT4: at least 1 */
};

/* What is sent of the tensors that a rule matches, instead of by the run's compressor. */
struct tw_tensor_rule {
    struct tw_match match;
    const struct tw_compressor *compressor;
    const void *params;
    double min_gain; /* a tensor of less gain stays dense (`none` at its defaults); 0: none does */
};
#define TW_RULES_MAX 16

/* Options of the run's compressor that change in the course of a run: params[i] in its steps
 * i·steps … (i+1)·steps − 1, dense ones counted, and the setup's compressor_params behind the last.
 * A stage begins with a compressor newly opened, so what it carried from step to step (a warm
 * start, a reused threshold) begins anew; feedback memory goes on. Rules for tensors do not change.
 */
#define TW_STAGES_MAX 16
struct tw_stages {
    const void *params[TW_STAGES_MAX];
    int count; /* 0: none */
    uint32_t steps;
};

/* How values travel to be added inside an island (inside.h): as they are, or as integers with a
 * scale per `block` values. */
enum tw_inside_type { TW_INSIDE_FULL, TW_INSIDE_INT8, TW_INSIDE_INT4 };
struct tw_inside {
    enum tw_inside_type type;
    uint64_t block; /* at least 1 where not FULL */
};

/* Everything that the data-plane key holds, and nothing else. Members are of `precision`. */
struct tw_train_setup {
    enum tw_precision precision;
    int ranks;  /* p; groups that compress N = p / island */
    int island; /* ranks r with the same r / island are reduced densely first; divides the ranks */
    struct tw_inside inside; /* zeroed: islands add up in full precision */
    uint32_t batch, steps;
    uint32_t evaluate; /* every so many steps, and at the last; 0: never */
    /* Without effect where a compressor, the run's or a rule's, chooses over the whole model: then
     * there is one bucket. */
    enum tw_bucket_rule bucket_rule;
    uint64_t
        bucket_B; /* SIZE: fp32 bytes at most per bucket (a larger tensor is its own); 0: one */
    const struct tw_algorithm *merge; /* of MERGE requests; NULL: tw_algorithm_merge_auto() */
    uint64_t seed;
    uint32_t repetition;
    const struct tw_workload *workload;
    const void *workload_params;
    const struct tw_compressor *compressor;
    const void *compressor_params;
    struct tw_stages stages;                   /* zeroed: none */
    struct tw_tensor_rule rules[TW_RULES_MAX]; /* the first that matches a tensor is its own */
    int rule_count;
    const struct tw_feedback *feedback;
    const void *feedback_params;
    const struct tw_optimizer *optimizer;
    const void *optimizer_params;
    struct tw_sharding sharding; /* zeroed: none */
    /* 1: the record holds the processor seconds that compressors, feedback rules and the optimizer
     * take on this machine (stopwatch.h), of every rank apart, and so differs from run to run; the
     * numbers do not. Buckets are then never streamed. Only where tw_train_check_measured says so.
     */
    int measured;
};

/* Cuts tensors into buckets in reverse layer order (the order in which a backward pass makes
 * them); bucket b holds tensors first[b] … first[b+1]−1 of the returned order. In each bucket the
 * tensors' offsets start at 0; `source` is where each lies in the model's flat vector. */
struct tw_bucket {
    struct tw_tensor *tensors; /* owned by the cut */
    uint64_t *source;          /* offset of each tensor in the flat vector */
    int count;
    uint64_t dimension;
    /* Rules cut a bucket into parts that stand side by side, each with a compressor of its own: */
    int number;                             /* of the bucket it is a part of */
    uint64_t whole;                         /* values of that bucket */
    const struct tw_compressor *compressor; /* NULL: the run's */
    const void *params;
};
struct tw_cut {
    struct tw_bucket *buckets;
    int count; /* of the parts; where no rule cuts, of the buckets */
    int whole; /* of the buckets */
};
struct tw_cut_rule {
    enum tw_bucket_rule rule;
    uint64_t bucket_B; /* of SIZE */
    int ranks;         /* of MEGATRON */
};
/* tensors are in layer order. TW_MEMORY; TW_REFUSED for FSDP where no tensor's name has a number.
 */
tw_status tw_cut_make(struct tw_cut *cut, const struct tw_tensor *tensors, int count,
                      const struct tw_cut_rule *rule, struct tw_err *err) TW_MUST_CHECK;
void tw_cut_free(struct tw_cut *cut);

/* Runs everything. `run` is zeroed on entry and freed by the caller also after a failure. A run
 * whose loss is NaN or infinite at an evaluated step, or whose weights are at any, or whose
 * compressor meets such a value, ends there with run->diverged = 1 and TW_OK. TW_SIZES_ONLY
 * workloads go through plan() and need no numbers. */
tw_status tw_train(const struct tw_train_setup *setup, struct tw_run *run,
                   struct tw_err *err) TW_MUST_CHECK;

/* Only the trace of such a run, from plan() and without numbers, also for a workload that has them.
 * TW_REFUSED for a compressor whose bytes depend on data. Same rules for `run`. */
tw_status tw_train_plan(const struct tw_train_setup *setup, struct tw_run *run,
                        struct tw_err *err) TW_MUST_CHECK;

/* Whether this setup's sharding can be done: TW_REFUSED with the reason for islands and for an
 * optimizer that takes the norm of the whole gradient. */
tw_status tw_train_check_sharding(const struct tw_train_setup *setup,
                                  struct tw_err *err) TW_MUST_CHECK;

/* Whether seconds of this setup's kernels can be measured: TW_REFUSED with the reason for gradients
 * without numbers, sharding, a server and rounding inside islands. */
tw_status tw_train_check_measured(const struct tw_train_setup *setup,
                                  struct tw_err *err) TW_MUST_CHECK;

/* Whether the options of the run's compressor in all its stages (rule −1), or of a rule for tensors
 * (its index), go with the tensors of the workload, and whether a workload without numbers goes
 * with them: the compressor's own text. What else is wrong with the setup is not asked here, and is
 * TW_OK. Opens the workload for its tensors alone; TW_OK where that would read the data. */
tw_status tw_train_check_options(const struct tw_train_setup *setup, int rule,
                                 struct tw_err *err) TW_MUST_CHECK;

/* Whether a rule for tensors has any: TW_REFUSED, which is no mistake by itself, with the names of
 * some where it matches none, or where the rules before it take all. TW_OK where tensors are told
 * by data. */
tw_status tw_train_check_match(const struct tw_train_setup *setup, int rule,
                               struct tw_err *err) TW_MUST_CHECK;

/* Whether this setup's workload can have numbers on some of the ranks only (sample.h): TW_REFUSED
 * with the reason; TW_OK where all have. */
tw_status tw_train_check_sample(const struct tw_train_setup *setup,
                                struct tw_err *err) TW_MUST_CHECK;

/* Bytes this run will hold at its peak, for `plan` and --max-memory. */
tw_status tw_train_memory(const struct tw_train_setup *setup, uint64_t *bytes,
                          struct tw_err *err) TW_MUST_CHECK;

#endif
