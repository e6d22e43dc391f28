/* The messages of a step, followed one by one. For the child only. */
#ifndef TW_NETWORK_SIMGRID_LISTEN_H
#define TW_NETWORK_SIMGRID_LISTEN_H

#include "simgrid_actor.h"

struct tw_listener {
    struct tw_actor *actor;
    const struct tw_message *message;
    sg_comm_t comm;
    int sends, failed;
    double end_s;
};

/* Waits until all that the actor has posted for its step is over (its `count` messages, its waits:
 * receives first) and writes them into the job's log; what does not fit is counted only. post_s:
 * when the actor came to the step. 0: the network failed. */
int tw_listen(struct tw_actor *actor, int count, double post_s);

#endif
