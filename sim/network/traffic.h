/* What an exchange moves, counted from its schedule: bytes, messages, and how many meet at a node.
 */
#ifndef TW_NETWORK_TRAFFIC_H
#define TW_NETWORK_TRAFFIC_H

#include "network.h"

struct tw_traffic {
    double sent_B_per_rank, messages_per_rank; /* means over ranks, of all items added, without
                                                  what a server sends */
    uint32_t incast;                           /* see struct tw_priced */
    double *up_B, *down_B; /* [node]: bytes that leave it and come to it; owned */
};

/* nodes: of the platform, the server's with them. TW_MEMORY. Zeroed is closed. */
tw_status tw_traffic_open(struct tw_traffic *traffic, int nodes) TW_MUST_CHECK;
void tw_traffic_close(struct tw_traffic *traffic);

/* Counts an exchange (its algorithm and ready layout) in. O(messages), of a ring O(ranks).
 * TW_MEMORY. */
tw_status tw_traffic_add(struct tw_traffic *traffic, const struct tw_platform *platform,
                         const struct tw_action_item *item) TW_MUST_CHECK;

/* One message of an exchange, in the schedule's order: lane by lane, step by step, rank by rank. */
struct tw_visit {
    int lane, step, rank;
    const struct tw_message *message; /* the first of them */
    uint64_t times; /* that there is one from and to the same peers: a ring's are shown at once */
    uint64_t sent_B, received_B; /* by all of them */
};

/* Shows every message of an exchange to `visit`, each at both of its ends. TW_MEMORY. */
tw_status tw_traffic_visit(const struct tw_action_item *item,
                           void (*visit)(void *context, const struct tw_visit *visited),
                           void *context) TW_MUST_CHECK;

/* What the links of a flat cluster carry: `loads` has 2 · tw_platform_places entries, those of node
 * 0 first, and gets SimGrid's names for them. */
struct tw_link_load;
void tw_traffic_links(const struct tw_traffic *traffic, const struct tw_platform *platform,
                      struct tw_link_load *loads);

#endif
