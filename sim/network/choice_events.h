/* `auto` where messages share links: by the seconds that SimGrid charges for each schedule. */
#ifndef TW_NETWORK_CHOICE_EVENTS_H
#define TW_NETWORK_CHOICE_EVENTS_H

#include "network.h"

/* Ranks of an exchange up to which its schedules are simulated; with more of them α-β decides. */
#define TW_CHOICE_RANKS 128

/* What was chosen, by who exchanges and the size in quarters of a power of two: the first exchange
 * of a class decides for those after it. Zeroed: nothing yet. */
struct tw_choices {
    struct tw_choice *known; /* owned */
    int count, room;
};

/* Whether messages of different ranks may share a link, or ways differ: platform files, fabrics,
 * topologies, backbones, cards that ranks of a node share. Exchanges inside one node do not. */
int tw_choice_shares_links(const struct tw_platform *platform, const struct tw_comm *comm);

/* *algorithm, chosen by α-β, gives way to the schedule whose last rank ends first when SimGrid runs
 * each alone, all ranks from 0 on, with nothing that changes with time. Those that may be chosen
 * are tw_algorithm_competes; equal ones (to 1e-9) leave what was. A schedule that SimGrid cannot
 * run is passed over. O(messages of all schedules), once a class. TW_MEMORY, TW_IO, TW_TIMEOUT. */
tw_status tw_choices_simulate(struct tw_choices *choices, const struct tw_pricing *pricing,
                              const struct tw_comm *comm, const struct tw_layout *layout,
                              const struct tw_algorithm **algorithm,
                              struct tw_err *err) TW_MUST_CHECK;

void tw_choices_close(struct tw_choices *choices);

#endif
