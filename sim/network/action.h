/* What an executor asks of an exchange: which group of its ranks a rank is in, and the schedule's
 * steps and messages with the peers by their numbers in the run. A rank of no group does nothing.
 */
#ifndef TW_NETWORK_ACTION_H
#define TW_NETWORK_ACTION_H

#include "network.h"

/* The group of a rank and its number there; −1: it takes no part (*local is then meaningless). */
static inline int tw_comm_group(const struct tw_comm *comm, int rank, int *local)
{
    if (comm->groups == 0) {
        *local = !comm->server ? rank : rank == comm->size - 1 ? 0 : rank + 1;
        return 0;
    }
    int apart = comm->rank_stride;
    int group = apart == 1 ? rank / comm->size : rank % apart;
    *local = apart == 1 ? rank % comm->size : rank / apart;
    return group < comm->groups && *local < comm->size ? group : -1;
}

/* The rank of the run that is number `local` of the group. */
static inline int tw_comm_rank(const struct tw_comm *comm, int group, int local)
{
    if (comm->server)
        return local == 0 ? comm->size - 1 : local - 1;
    return comm->groups == 0 ? local : group * comm->group_stride + local * comm->rank_stride;
}

static inline int tw_comm_groups(const struct tw_comm *comm)
{
    return comm->groups == 0 ? 1 : comm->groups;
}

static inline const struct tw_layout *tw_action_layout(const struct tw_action_item *item, int group)
{
    return item->layouts ? &item->layouts[group] : &item->layout;
}

/* Whether the ranks of each group are all on one node of so many ranks. */
static inline int tw_comm_inside_nodes(const struct tw_comm *comm, int node_ranks)
{
    return comm->groups > 0 && comm->rank_stride == 1 && node_ranks % comm->size == 0;
}

static inline int tw_action_within(const struct tw_action_item *item, int steps)
{
    return item->window && steps > 2 * item->window ? 2 * item->window : steps;
}

/* Steps of the rank's group; 0 where it takes no part. */
static inline int tw_action_steps(const struct tw_action_item *item, int rank)
{
    int local, group = tw_comm_group(&item->comm, rank, &local);
    if (group < 0)
        return 0;
    return tw_action_within(item, item->algorithm->steps(tw_action_layout(item, group)));
}

/* Which step of the schedule the s-th step of the rank is: another one only within a window. */
static inline int tw_action_step(const struct tw_action_item *item, int rank, int s)
{
    int local, group;
    if (!item->window || s < item->window)
        return s;
    group = tw_comm_group(&item->comm, rank, &local);
    int steps = item->algorithm->steps(tw_action_layout(item, group));
    return steps - tw_action_within(item, steps) + s;
}

/* The most of any group. */
int tw_action_steps_max(const struct tw_action_item *item);
int tw_action_lanes(const struct tw_action_item *item);
int tw_action_pieces_max(const struct tw_action_item *item);

/* tw_schedule_messages of the rank's group, for a rank that takes part, at one of its steps. */
static inline int tw_action_messages(const struct tw_action_item *item, int lane, int rank, int s,
                                     struct tw_piece *pieces, struct tw_message *out)
{
    int local, group = tw_comm_group(&item->comm, rank, &local);
    int count = tw_schedule_messages(item->algorithm, tw_action_layout(item, group), lane, local,
                                     tw_action_step(item, rank, s), pieces, NULL, out);
    int renamed = item->comm.groups > 0 || item->comm.server;
    for (int m = 0; renamed && m < count; m++)
        out[m].peer = tw_comm_rank(&item->comm, group, out[m].peer);
    return count;
}

/* last_s[r] (ranks entries): when the last of the rank's group posts the exchange, from when each
 * does; of a rank that takes no part its own moment. O(ranks). */
void tw_action_last_posts(const struct tw_action_item *item, int ranks, const double *post_s,
                          double *last_s);

#endif
