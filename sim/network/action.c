/* An exchange among groups of ranks, seen from all of them. */
#include "action.h"

/* The most that `of` says of any group's layout. */
static int most(const struct tw_action_item *item, int (*of)(const struct tw_layout *layout))
{
    int groups = item->layouts ? tw_comm_groups(&item->comm) : 1, most_of = 0;
    for (int g = 0; g < groups; g++) {
        int one = of(tw_action_layout(item, g));
        most_of = one > most_of ? one : most_of;
    }
    return most_of;
}

int tw_action_steps_max(const struct tw_action_item *item)
{
    return tw_action_within(item, most(item, item->algorithm->steps));
}

int tw_action_lanes(const struct tw_action_item *item)
{
    return most(item, item->algorithm->lanes);
}

int tw_action_pieces_max(const struct tw_action_item *item)
{
    return most(item, item->algorithm->pieces_max);
}

void tw_action_last_posts(const struct tw_action_item *item, int ranks, const double *post_s,
                          double *last_s)
{
    const struct tw_comm *comm = &item->comm;
    int local;
    for (int r = 0; r < ranks; r++)
        if (tw_comm_group(comm, r, &local) < 0)
            last_s[r] = post_s[r];
    for (int g = 0; g < tw_comm_groups(comm); g++) {
        int first = comm->server, end = comm->groups == 0 ? first + ranks : comm->size;
        double group_s = 0;
        for (int l = first; l < end; l++) {
            double one_s = post_s[tw_comm_rank(comm, g, l)];
            group_s = one_s > group_s ? one_s : group_s;
        }
        for (int l = first; l < end; l++)
            last_s[tw_comm_rank(comm, g, l)] = group_s;
    }
}
