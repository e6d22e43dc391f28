/* All ranks of a real run in one process: their vectors, their compressors, their exchanges. Of an
 * island of ranks only the average gradient is kept: it is the island that has vectors, feedback
 * and a compressor, and that every list and rank index below counts.
 *
 * Vectors of the model (weights, gradient) are in layer order. Vectors of the method (x, mean,
 * feedback memory) are in bucket order: bucket b starts at starts[b], so a bucket is one piece.
 *
 * Where rules cut buckets, what is called a bucket here is a part of one (shape->cut); only in the
 * record are the parts of a bucket one: their phases are counted on. */
#ifndef TW_TRAIN_GROUP_H
#define TW_TRAIN_GROUP_H

#include "../collective/transport.h"
#include "shape.h"
#include "vectors_real.h"

struct tw_group {
    const struct tw_shape *shape; /* borrowed until close */
    const struct tw_vectors *vectors;
    uint64_t *starts;           /* bucket_count + 1 */
    struct tw_instance *method; /* one per bucket */
    struct tw_instance *dense;  /* the stand-ins; NULL when dense steps are over */
    struct tw_instance *server; /* the server's, of one rank; NULL for rules without one */
    int served;                 /* 1: the server stands between the ranks at this step */
    int stage;                  /* whose options `method` and `server` were opened with */
    struct tw_transport transport;
    struct tw_source x_source; /* the transport's, of this bucket and step: tw_group_lend_x */
    int x_bucket;
    uint32_t x_step;
    struct tw_merging merging;            /* the transport's */
    const struct tw_instance *merges_for; /* whose requests are being merged */
    void *block;                          /* everything below that is a vector */
    unsigned char *weights, *gradient;    /* layer order */
    unsigned char *forward; /* weights as the ranks compute with them: rounded, or the same */
    unsigned char *mean;    /* bucket order; before the exchange: a rank's gradient */
    unsigned char *x; /* where the feedback rule works in its memory, the first vector of that */
    uint64_t
        x_apart; /* values from one rank's x to the next's; 0: all have one, made anew each time */
    unsigned char *rank_memory, *server_memory, *optimizer_memory;
    double *sum;            /* of the ranks' gradients; NULL when never evaluated */
    double *inside;         /* of the gradients of one island; NULL where every rank is its own */
    void *inside_scratch;   /* of inside.h; NULL where islands add up in full precision */
    void *weights_scratch;  /* of shard_weights.c; NULL where weights do not travel in blocks */
    void **pointers;        /* scratch: the vectors handed to a callback */
    struct tw_work *before; /* buckets × ranks */
    struct tw_work *work;   /* ranks */
    struct tw_work shared_work;
    double *before_s, *work_s, shared_s; /* what these took, in a run that measures; else 0 */
    struct tw_request *requests;
    struct tw_answer *inboxes;
    struct tw_record record; /* of the step under way */
    int phases_before;       /* phases of the bucket's parts before this one */
};

/* Allocates and opens; on failure what was opened is closed again. */
tw_status tw_group_open(struct tw_group *group, const struct tw_shape *shape,
                        struct tw_err *err) TW_MUST_CHECK;
void tw_group_close(struct tw_group *group); /* accepts a zeroed one */
/* group->mean, in bucket order, ← group->gradient, in layer order; or (to_buckets = 0) back. */
void tw_group_reorder(struct tw_group *group, int to_buckets);
/* Vectors one behind the other from `base`, each from value `first` on (borrowed until the next
 * call); those of a rank's feedback memory, its x, and the mean, from the bucket's first value on.
 */
void *const *tw_group_vectors(struct tw_group *group, unsigned char *base, int vectors,
                              uint64_t first);
void *const *tw_group_memory(struct tw_group *group, int rank, int bucket);
unsigned char *tw_group_x(const struct tw_group *group, int rank, int bucket);
unsigned char *tw_group_mean(const struct tw_group *group, int bucket);
/* Before a rank's x is read where all ranks share its place: x as before() left it. */
void tw_group_x_again(struct tw_group *group, int rank, int bucket, uint32_t step);
/* Where they share a place and what they send is x itself (a SUM, else TW_INTERNAL), the transport
 * is told to make it anew; to be called before every exchange. */
tw_status tw_group_lend_x(struct tw_group *group, int bucket, uint32_t step,
                          struct tw_err *err) TW_MUST_CHECK;
/* Releases the stand-ins, once the dense steps are over. */
void tw_group_end_dense(struct tw_group *group);
/* Opens the compressors that have other options in the stage of this step. Nothing else allocates
 * within a run. */
tw_status tw_group_enter_stage(struct tw_group *group, uint32_t step,
                               struct tw_err *err) TW_MUST_CHECK;

/* One step of all ranks at the group's weights: gradients, exchange, update; group->record holds
 * what they did. TW_DIVERGED, before any update: a compressor met a value that is not finite.
 * measure: also *norm2 = ‖mean of the ranks' gradients‖². */
tw_status tw_step_run(struct tw_group *group, void *workload, uint32_t step, int measure,
                      double *norm2, struct tw_err *err) TW_MUST_CHECK;
/* The same without the update: of a group that has no weights (shape->streamed). */
tw_status tw_step_exchange(struct tw_group *group, void *workload, uint32_t step, int measure,
                           double *norm2, struct tw_err *err) TW_MUST_CHECK;
/* ‖mean gradient‖² at the group's weights for the batches of `step`; changes nothing else. */
tw_status tw_step_measure(struct tw_group *group, void *workload, uint32_t step, double *norm2,
                          struct tw_err *err) TW_MUST_CHECK;

/* Sets how the group's transport merges, and records what a merge has just moved, with the work of
 * the ranks that merged. */
void tw_group_prepare_merges(struct tw_group *group);
tw_status tw_group_record_merge(struct tw_group *group, int bucket, int phase,
                                struct tw_err *err) TW_MUST_CHECK;
/* What the record calls a part and a phase of it; part −1: none. */
int tw_group_bucket(const struct tw_group *group, int part);
int tw_group_phase(const struct tw_group *group, int phase);
/* Works of all ranks: one item each when they are equal and not measured, else each rank's with its
 * seconds. */
tw_status tw_group_record_works(struct tw_group *group, int bucket, int phase,
                                const struct tw_work *works, const double *seconds,
                                struct tw_err *err) TW_MUST_CHECK;
/* What a compressor's failure is for the run: TW_INPUT, a value that is not finite, diverges. */
tw_status tw_group_compressor_failed(const struct tw_instance *instance, int phase,
                                     tw_status status, struct tw_err *err);

/* The average gradient of an island's ranks (of one rank where each is its own) into
 * group->gradient. measure: each is added to group->sum, which tw_gradient_clear sets to 0 and
 * tw_gradient_norm2 takes as the sum over all ranks: ‖sum/ranks‖². */
tw_status tw_gradient_of_island(struct tw_group *group, void *workload, int island_index,
                                uint32_t step, int measure, struct tw_err *err) TW_MUST_CHECK;
void tw_gradient_clear(struct tw_group *group);
double tw_gradient_norm2(const struct tw_group *group);

/* What the direction and the update of a step do, without numbers, at the end of its record. */
tw_status tw_plan_update(const struct tw_shape *shape, uint32_t step,
                         struct tw_record *record) TW_MUST_CHECK;

/* Records of all steps without numbers, from plan(). TW_REFUSED, by name, for a compressor whose
 * bytes depend on data. */
tw_status tw_plan_trace(const struct tw_shape *shape, struct tw_trace *trace,
                        struct tw_err *err) TW_MUST_CHECK;

#endif
