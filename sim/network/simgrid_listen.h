/* The messages of a step, followed one by one. For the child only. */
#ifndef TW_NETWORK_SIMGRID_LISTEN_H
#define TW_NETWORK_SIMGRID_LISTEN_H

#include "simgrid_actor.h"

/* One end of a message. */
struct tw_listener {
    struct tw_actor *actor;
    const struct tw_message *message;
    sg_mailbox_t mailbox;
    double latency_s; /* that a sender waits first */
    void *tag;        /* what is sent, or what has arrived */
    long wire_B;      /* what is sent */
    int sends, failed;
    double end_s;
};

/* Posts what the actor's first `ends` listeners say, waits until all is over, and writes it into
 * the job's log; what does not fit is counted only. post_s: when the actor came to the step. 0: the
 * network failed. */
int tw_listen(struct tw_actor *actor, int ends, double post_s);

#endif
