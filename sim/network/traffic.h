/* What an exchange moves, counted from its schedule: bytes, messages, and how many meet at a node.
 */
#ifndef TW_NETWORK_TRAFFIC_H
#define TW_NETWORK_TRAFFIC_H

#include "network.h"

struct tw_traffic {
    double sent_B_per_rank, messages_per_rank; /* means over ranks, of all items added */
    uint32_t incast;                           /* see struct tw_priced */
    double *up_B, *down_B; /* [node]: bytes that leave it and come to it; owned */
};

/* nodes: of the platform. TW_MEMORY. Zeroed is closed. */
tw_status tw_traffic_open(struct tw_traffic *traffic, int nodes) TW_MUST_CHECK;
void tw_traffic_close(struct tw_traffic *traffic);

/* Counts an exchange (its algorithm and ready layout) in. O(messages), of a schedule with alike
 * steps O(ranks). TW_MEMORY. */
tw_status tw_traffic_add(struct tw_traffic *traffic, const struct tw_platform *platform,
                         const struct tw_action_item *item) TW_MUST_CHECK;

#endif
