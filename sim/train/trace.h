/* The trace: what the ranks did, without times but those measured where a run asks for them. The
 * one thing that passes between the planes. */
#ifndef TW_TRAIN_TRACE_H
#define TW_TRAIN_TRACE_H

#include <stdint.h>
#include "base/err.h"
#include "base/exchange.h"
#include "base/precision.h"
#include "base/work.h"

struct tw_algorithm;

enum tw_stream_name { TW_STREAM_GRADIENT, TW_STREAM_WEIGHTS, TW_STREAM_OUTER };

/* EXCHANGE is between islands; the two others are inside each of them, where there are islands:
 * dense sums of a bucket before the method, and what came of it back to all ranks. Where values
 * travel as integers to be added, the element of REDUCE_INSIDE is BYTE and its count what every
 * rank sends, cut evenly among the ranks of its island, its own share included. How their ranks do
 * that, and which of them take part in the exchanges, is the time plane's. */
enum tw_item_type { TW_ITEM_WORK, TW_ITEM_EXCHANGE, TW_ITEM_REDUCE_INSIDE, TW_ITEM_SPREAD_INSIDE };
enum tw_stage {
    TW_STAGE_METHOD, /* feedback, compression, decoding: counted in compress_s */
    TW_STAGE_UPDATE  /* the optimizer: counted in compute_s */
};

/* When in a step an item comes. A record lists BEFORE_FORWARD, BEFORE_BACKWARD, AFTER_BACKWARD,
 * AFTER_UPDATE, in this order; only exchanges of weights and their casts are not AFTER_BACKWARD. */
enum tw_moment { TW_AFTER_BACKWARD, TW_BEFORE_FORWARD, TW_BEFORE_BACKWARD, TW_AFTER_UPDATE };

/* One thing a rank does, in the order in which every rank does it. A step is, for each bucket:
 * before (phase 0); per phase the local work, the exchange, the digest; mean and after (last
 * phase); then, for all buckets at once, the direction and the update (bucket −1, phase 0). */
struct tw_item {
    enum tw_item_type type;
    int bucket, phase;
    enum tw_moment moment;
    /* work: */
    enum tw_stage stage;
    int rank; /* of an island, 0 … N−1; −1: all of them */
    struct tw_work_item work;
    double measured_s; /* above 0: seconds that it took on this machine; 0: not measured */
    /* exchange; inside islands only element and count (values of the bucket): */
    enum tw_request_kind kind;
    enum tw_element element;
    enum tw_combine combine;
    int root; /* BROADCAST: who has the data; else 0 */
    /* Elements that every rank contributes, where all are equal and (ALL_TO_ALL, REDUCE_SCATTER)
     * cut evenly among the receivers, the first ones one element longer; then counts is NULL. */
    uint64_t count;
    /* Else, tw_item_entries of them, owned. MERGE: elements of every partial, by the blocks of the
     * schedule `merge`. ALL_TO_ALL: entry r·ranks + q is what rank r sends to
     * rank q. REDUCE_SCATTER: what rank q ends with. Others: what rank r contributes. */
    uint64_t *counts;
    const struct tw_algorithm *merge; /* MERGE: the schedule that was merged by; else NULL */
    enum tw_stream_name stream;
    int32_t start, due; /* steps from now; 0, 0: in this step */
};

/* What one step does after forward and backward. Equal steps share one record. */
struct tw_record {
    struct tw_item *items;
    int count, capacity;
};

/* One tensor of the model: who needs to know when a bucket is made. */
struct tw_trace_tensor {
    char name[64];
    uint64_t values;
    int bucket;
};

struct tw_trace {
    int ranks;  /* N, the groups that compress */
    int island; /* ranks per group; ranks of the run = ranks · island */
    int buckets;
    struct tw_trace_tensor *tensors; /* in layer order; owned; may be left out by hand */
    int tensor_count;
    uint64_t dimension;
    uint64_t memory_B_per_rank;
    struct tw_record *records;
    int record_count, record_capacity;
    uint32_t steps;        /* steps done (fewer than asked when the run diverged) */
    uint32_t *step_record; /* record of every step */
    uint32_t step_capacity;
};

/* What the data plane found at an evaluated step (after the update of `step`, 0 = before any).
 * A field that does not apply is NAN. */
struct tw_curve_row {
    uint32_t step;
    double loss, accuracy, distance, gradient_norm2;
};

/* A whole data-plane run. */
struct tw_run {
    struct tw_trace trace;
    struct tw_curve_row *curve;
    int curve_count, curve_capacity;
    int diverged; /* 1: the loss became NaN or infinite at diverged_step */
    uint32_t diverged_step;
};

void tw_run_free(struct tw_run *run);

/* Items are appended to a record under construction. */
tw_status tw_record_work(struct tw_record *record, int bucket, int phase, enum tw_stage stage,
                         int rank, const struct tw_work *work) TW_MUST_CHECK;
/* Copies counts when they differ between ranks or receivers, else stores count alone (requests
 * without counts per receiver mean the even cut of theirs). No item is made with ranks = 1, for one
 * rank exchanges nothing, nor where no rank contributes anything: a phase that is not due in a
 * step. (A member whose count may happen to be 0 sends it, so that the others know.) */
tw_status tw_record_exchange(struct tw_record *record, int bucket, int phase,
                             const struct tw_request *requests, int ranks) TW_MUST_CHECK;
/* The same of a MERGE, whose `blocks` partials had these sizes. */
tw_status tw_record_merge(struct tw_record *record, int bucket, int phase,
                          const struct tw_algorithm *merge, enum tw_element element,
                          const uint64_t *sizes, uint32_t blocks, int ranks) TW_MUST_CHECK;
/* Entries of the counts of an item: ranks² for ALL_TO_ALL, the schedule's blocks for MERGE, else
 * ranks. */
size_t tw_item_entries(const struct tw_item *item, int ranks);
/* type REDUCE_INSIDE or SPREAD_INSIDE: `count` values of this precision; with island = 1 no item is
 * made. */
tw_status tw_record_inside(struct tw_record *record, enum tw_item_type type, int bucket, int phase,
                           int island, enum tw_precision precision, uint64_t count) TW_MUST_CHECK;
/* The weights of a bucket: a GATHER on the stream WEIGHTS to which rank r gives shares[r] elements.
 * None with ranks = 1, nor where there are none. */
tw_status tw_record_weights(struct tw_record *record, int bucket, enum tw_element element,
                            const uint64_t *shares, int ranks) TW_MUST_CHECK;
/* Copies of all items of `from`, counts included, at the end of record. */
tw_status tw_record_join(struct tw_record *record, const struct tw_record *from,
                         int ranks) TW_MUST_CHECK;
void tw_record_clear(struct tw_record *record);
void tw_record_free(struct tw_record *record);
/* Appends one step; the record is moved into the trace when it is new, else cleared. */
tw_status tw_trace_append(struct tw_trace *trace, struct tw_record *record) TW_MUST_CHECK;

/* Binary-exact text form (JSON, reals in %.17g), for DIR/cache. Writing goes to the open
 * descriptor; reading answers TW_CORRUPT for anything that was not written whole. */
tw_status tw_run_write(const struct tw_run *run, int descriptor, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_run_read(struct tw_run *run, const char *path, struct tw_err *err) TW_MUST_CHECK;

#endif
