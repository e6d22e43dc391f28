/* A record as an executor's job: work as delays, exchanges with their schedule and layout. */
#ifndef TW_NETWORK_TIMELINE_PLAN_H
#define TW_NETWORK_TIMELINE_PLAN_H

#include "network.h"

struct tw_step_plan {
    int ranks;
    struct tw_action_item *items; /* owned, with their delays and starts; DELAY and COLLECTIVE */
    int count, collectives;
    double *compute_s;                         /* of every rank: forward, backward, update */
    double *compress_s;                        /* of every rank: the method's kernels */
    double sent_B_per_rank, messages_per_rank; /* means over ranks */
};

/* Forward and backward, then the record's items in their order; consecutive work is one delay, and
 * with one rank there is no exchange. TW_REFUSED names what cannot be priced (a kernel that the
 * device does not know, a request that no schedule carries, an exchange due in another step).
 * Zeroed is freed; after a failure the plan is freed already. */
tw_status tw_step_plan_make(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                            const struct tw_trace *trace, const struct tw_record *record,
                            struct tw_err *err) TW_MUST_CHECK;
void tw_step_plan_free(struct tw_step_plan *plan);

#endif
