/* What a simulated rank does: an actor per lane walks through the step. For the child only. */
#ifndef TW_NETWORK_SIMGRID_ACTOR_H
#define TW_NETWORK_SIMGRID_ACTOR_H

#include "pace.h"
#include "simgrid_mailboxes.h"
#include "simgrid_run.h"
#include "streams.h"

/* The mailbox used last in one direction: on a ring always the same. */
struct tw_last_mailbox {
    int peer; /* −1: none yet */
    sg_mailbox_t mailbox;
    double latency_s; /* of the way there, where the sender waits for it, without profiles */
};

/* One lane of a stream of a rank. Lane 0 walks through the stream's items; the others wait for the
 * exchanges that have them. */
struct tw_actor {
    struct tw_world *world;
    int rank, stream, lane;
    int slot;      /* which of its rank's actors; messages of each have mailboxes of their own */
    int passed;    /* lane 0: the item that it has ended last, −1 */
    int waits_for; /* lane 0: the item of another stream that it waits for, −1 */
    struct tw_rank_progress progress;
    struct tw_last_mailbox to, from;
    struct tw_message *messages; /* pieces_max entries */
    sg_comm_t *waits;            /* 2 · pieces_max entries, receives first */
    void **tags;                 /* pieces_max entries: what arrived */
    double *latency_s;           /* pieces_max entries: of what is sent, where the sender waits */
    sg_sem_t go, done;           /* of lanes above 0: an exchange begins, it is over */
    sg_sem_t ready; /* of lanes 0, where there are streams: what it waits for is over */
    struct tw_listener
        *listeners; /* 2 · pieces_max entries where messages are followed, else NULL */
    sg_sem_t heard; /* there: one of them has ended */
};

struct tw_weather;

struct tw_world {
    const struct tw_step_job *job;
    struct tw_simgrid_result *result;
    int ranks, members;                 /* with the platform's server, who is the last */
    int pieces_max;                     /* the most that any item has */
    int first[TW_RANK_STREAMS_MAX + 1]; /* a rank's actors, see tw_streams_slots */
    int slots;                          /* a rank has so many actors */
    int exchanging;                     /* streams that have exchanges */
    sg_host_t *hosts;                   /* [node] */
    struct tw_mailboxes mailboxes;
    struct tw_actor *actors; /* [rank · slots + slot] */
    double *device_free_s;   /* [rank]: when the device has combined what lanes gave it */
    int *phase;              /* [item]: of alike steps that may be reckoned, or 0 */
    struct tw_pace pace;
    struct tw_weather *weather; /* what changes beside the ranks (simgrid_weather.h); NULL */
    double warm_s;              /* this clock when the step begins */
    struct tw_piece *pieces;    /* shared: no actor gives way while it uses them */
};

/* The code of an actor, whose data is a struct tw_actor. */
void tw_actor_run(int argc, char **argv);

#endif
