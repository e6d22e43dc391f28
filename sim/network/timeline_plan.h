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

/* The layout of an exchange, blocks not yet cut; its starts are the caller's to free, also after a
 * failure. What an item's counts mean: trace.h. TW_CORRUPT for an exchange of other kinds with
 * counts, TW_REFUSED for MERGE. */
tw_status tw_item_layout(const struct tw_item *item, int ranks, int node_ranks,
                         struct tw_layout *layout, struct tw_err *err) TW_MUST_CHECK;

#endif
