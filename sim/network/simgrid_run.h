/* One simulation, inside the child process that was forked for it (simgrid.c). */
#ifndef TW_NETWORK_SIMGRID_RUN_H
#define TW_NETWORK_SIMGRID_RUN_H

#include "network.h"

/* Where a rank got to. Everyone starts as unfinished: SimGrid's run returns normally also when all
 * are stuck. */
enum tw_rank_fate {
    TW_RANK_UNFINISHED,
    TW_RANK_FINISHED,
    TW_RANK_DISAGREED, /* a message was not the one that this rank expected */
    TW_RANK_FAILED     /* SimGrid said that the network or the host failed */
};

struct tw_rank_progress {
    int32_t fate, item, lane, step, peer;
    int32_t inside; /* 1: in the lane of an exchange, 0: at work or waiting for other lanes */
};

/* What the child tells, written whole into the pipe: this, `ranks` progress entries, count · ranks
 * end times, the hosts' energy where the job asks for it, and the messages, where it has a log. */
struct tw_simgrid_head {
    int32_t status;        /* tw_status of the set-up; when not TW_OK, nothing was simulated */
    int32_t broken;        /* 1: what was reckoned is not what happened: simulate in full */
    uint64_t extrapolated; /* steps of schedules that were reckoned */
    int32_t outage;        /* as in tw_step_facts, with the next */
    double lost_s;
    uint64_t messages; /* entries of the job's log, also of those that did not fit */
    int32_t place;     /* 1 + whose fault a refusal is, among the dynamics' places; 0: no one's */
    char text[256];
    char hint[400]; /* what is valid; may be "" */
};

struct tw_simgrid_result {
    struct tw_simgrid_head head;
    struct tw_rank_progress *progress; /* ranks entries, zeroed */
    double *end_s;                     /* count · ranks entries */
};

/* Starts SimGrid in this process, once and for all, and simulates the job. Ends the process with
 * SimGrid's message on standard error when SimGrid does not like the platform or an option. */
void tw_simgrid_simulate(const struct tw_step_job *job, struct tw_simgrid_result *result);

#endif
