/* Rings by arithmetic: all steps of one exchange at once, an operation or two per message.
 *
 * In step s rank r sends block (r + shift(s)) mod p to rank r + 1, whatever the ring; so the block
 * that is cut longer moves around, and blocks of any lengths are one array read from another
 * beginning. Alone on their links, messages end at
 *     e_r = max(x_r, x_r+1) + lat_r + bytes / rate_r        (latency "sender": max(x_r + lat_r,
 * x_r+1)
 *                                                            + bytes / rate_r)
 *     x'_r = max(e_r−1, e_r) + γ · combined bytes / speed_r
 * with hop r from rank r to r + 1. Exact where no two hops share a link: then a link never has two
 * messages, because a rank posts its next message only when its last one has ended. */
#ifndef TW_NETWORK_RING_H
#define TW_NETWORK_RING_H

#include "network.h"

struct tw_ring_hops {
    double *latency_s, *rate_Bps; /* [rank]: of its way to the next, the last one's to rank 0 */
};

/* Whether the item is a ring among all ranks (more than one), which tw_ring_run knows. */
int tw_ring_is(const struct tw_action_item *item);

/* post_s[rank]: when each posts its first step; becomes when each is done. O(ranks · steps).
 * TW_MEMORY; TW_INTERNAL when the schedule does not move its blocks as said above. */
tw_status tw_ring_run(const struct tw_step_job *job, const struct tw_action_item *item,
                      const struct tw_ring_hops *hops, double *post_s,
                      struct tw_err *err) TW_MUST_CHECK;

#endif
