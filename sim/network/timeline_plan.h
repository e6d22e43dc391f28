/* A record as an executor's job: work as delays, exchanges with their schedule and layout. */
#ifndef TW_NETWORK_TIMELINE_PLAN_H
#define TW_NETWORK_TIMELINE_PLAN_H

#include "timeline_islands.h"
#include "traffic.h"

struct tw_step_plan {
    int ranks;
    struct tw_islands islands;
    struct tw_action_item *items; /* owned, with their delays and starts; DELAY and COLLECTIVE */
    int count, collectives;
    int overlaps;              /* 1: items are on several streams */
    int fresh;                 /* 1: the next work begins a delay of its own */
    double *compute_s;         /* of every rank: forward, backward, update */
    double *compress_s;        /* of every rank: the method's kernels */
    struct tw_traffic traffic; /* of all exchanges */
};

/* Forward and backward, then the record's items in their order; consecutive work is one delay, and
 * with one rank there is no exchange. TW_REFUSED names what cannot be priced (a kernel that the
 * device does not know, a request that no schedule carries, an exchange due in another step).
 * Zeroed is freed; after a failure the plan is freed already. */
tw_status tw_step_plan_make(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                            const struct tw_trace *trace, const struct tw_record *record,
                            struct tw_err *err) TW_MUST_CHECK;
void tw_step_plan_free(struct tw_step_plan *plan);

/* ---- parts of the above, for timeline_plan.c and timeline_overlap.c ---- */

/* How often a step goes forward and backward. */
static inline double tw_plan_batches(const struct tw_pricing *pricing)
{
    return pricing->accumulate ? pricing->accumulate : 1;
}

/* Seconds at speed 1, of one rank or (−1) of all, as a delay at the end of the plan or a part of
 * the one that is there, and into account_s[rank]; 0 s add nothing. TW_MEMORY. */
tw_status tw_plan_seconds(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                          double seconds, int rank, double *account_s) TW_MUST_CHECK;
/* A delay of 0 s at the end of the plan, for what comes next to be added to: something to wait for
 * others with where nothing may take any time. TW_MEMORY. */
tw_status tw_plan_pause(struct tw_step_plan *plan) TW_MUST_CHECK;

/* Where in a record begins what comes before the backward, with the gradients, and behind the
 * update; before the first is what comes before the forward. TW_CORRUPT for another order;
 * TW_REFUSED for micro-batches where something comes before forward or backward. */
struct tw_moments {
    int backward, gradient, update;
};
tw_status tw_plan_moments(const struct tw_pricing *pricing, const struct tw_record *record,
                          struct tw_moments *moments, struct tw_err *err) TW_MUST_CHECK;
/* The same for a kernel, and an exchange: none, one or several items at the end of the plan, on the
 * first stream and behind one another. */
tw_status tw_plan_work(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                       const struct tw_item *item, struct tw_err *err) TW_MUST_CHECK;
/* What every rank spends before it posts that exchange; nothing where it is not made. */
tw_status tw_plan_launch(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                         const struct tw_item *item, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_plan_exchange(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                           const struct tw_item *item, struct tw_err *err) TW_MUST_CHECK;

/* A step whose buckets are compressed and exchanged beside the backward (timeline_overlap.c). */
tw_status tw_plan_overlapped(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                             const struct tw_trace *trace, const struct tw_record *record,
                             struct tw_err *err) TW_MUST_CHECK;

/* Seconds of the backward that bucket b waits for behind bucket b − 1, into seconds[b]
 * (trace->buckets entries), and what is left behind the last one. TW_INPUT for a tensor that the
 * layers do not name, TW_REFUSED for a trace of several buckets without tensors. */
tw_status tw_plan_backward(const struct tw_pricing *pricing, const struct tw_trace *trace,
                           double *seconds, double *left_s, struct tw_err *err) TW_MUST_CHECK;

/* Seconds of the forward that need bucket b (trace->buckets entries), in the order of the forward:
 * from the first layer of bucket b to the first of bucket b − 1; the last bucket also has what is
 * before it. The same errors. */
tw_status tw_plan_forward(const struct tw_pricing *pricing, const struct tw_trace *trace,
                          double *seconds, struct tw_err *err) TW_MUST_CHECK;

/* The layout of an exchange, blocks not yet cut; its starts are the caller's to free, also after a
 * failure. What an item's counts mean: trace.h. TW_CORRUPT for an exchange of other kinds with
 * counts, TW_REFUSED for a MERGE that names no schedule. */
tw_status tw_item_layout(const struct tw_item *item, int ranks, int node_ranks,
                         struct tw_layout *layout, struct tw_err *err) TW_MUST_CHECK;

#endif
