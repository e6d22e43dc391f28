/* Islands of the data plane on the ranks of the cluster: who takes part in what, with how much. */
#ifndef TW_NETWORK_TIMELINE_ISLANDS_H
#define TW_NETWORK_TIMELINE_ISLANDS_H

#include "network.h"

struct tw_islands {
    int ranks, island;        /* ranks of the run; ranks of an island, a divisor. 1: no islands */
    enum tw_island_mode mode; /* SHARE or LEADER */
};

/* AUTO is resolved by the platform. */
struct tw_islands tw_islands_of(const struct tw_pricing *pricing, int ranks, int island);

/* The ranks among whom an exchange of islands goes (inside = 0), or what happens inside them. */
struct tw_comm tw_islands_comm(const struct tw_islands *islands, int inside);

/* Consecutive ranks of such a group that share a machine; 1: none do. */
int tw_islands_node_ranks(const struct tw_islands *islands, const struct tw_platform *platform,
                          int inside);

/* Fills action's comm and layouts from an exchange of the trace or an item inside islands, blocks
 * not yet cut. Shares are cut evenly, the first ones one element longer, every rank's count by
 * itself, so that no byte is lost. The starts of all layouts and the layouts are the caller's to
 * free (tw_islands_free), also after a failure. TW_REFUSED: what tw_item_layout refuses. */
tw_status tw_islands_lay_out(const struct tw_islands *islands, const struct tw_platform *platform,
                             const struct tw_item *item, struct tw_action_item *action,
                             struct tw_err *err) TW_MUST_CHECK;
void tw_islands_free(struct tw_action_item *action);

/* What number `local` of an island does of its work: everything or a share; 0: nothing. The update
 * and what concerns all buckets at once (bucket −1) is done by every rank. */
int tw_islands_work(const struct tw_islands *islands, const struct tw_item *item, int local,
                    struct tw_work_item *work);

/* α and β that a choice of schedule reckons with: inside an island that is inside a node those of
 * the loopback, else the platform's. */
void tw_islands_alpha_beta(const struct tw_islands *islands, const struct tw_platform *platform,
                           int inside, double *alpha_s, double *beta_sB);

#endif
