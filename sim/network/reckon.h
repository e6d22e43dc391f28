/* Large uncontended steps: reckoned by max-plus, with a check against events on a short one.
 *
 * Where no link ever has two messages, events and arithmetic give the same times (maxplus.c), and
 * the arithmetic takes a nanosecond or two per message of a ring, not two microseconds. Whether
 * that is so follows from the platform: a flat cluster and one-port schedules, or rings whose hops
 * go over different links by SimGrid's own routes. This is not taken on trust: the step is also
 * simulated with the first and the last few steps of every schedule only, and reckoned likewise,
 * and all ranks must end all items at the same times to 1e-12. If they do not, all is simulated.
 *
 * Not reckoned: fewer than 256 ranks, schedules of few steps, the model tcp and options of the
 * scenario (their factors are SimGrid's own), exchanges of several streams, what changes with time,
 * a server, steps whose messages are watched or whose energy is asked for, and hops that share a
 * link. */
#ifndef TW_NETWORK_RECKON_H
#define TW_NETWORK_RECKON_H

#include "network.h"

/* Below this a simulation is so short that reckoning gains nothing. */
#define TW_RECKONED_RANKS 256

/* Simulates a job (not more of its schedules than their windows). */
typedef tw_status (*tw_reckon_events)(const struct tw_step_job *job, double *end_s,
                                      struct tw_err *err);

/* *reckoned: steps of schedules that were not simulated; 0: end_s is not filled, simulate the job.
 * The errors of `events`, of the short job. */
tw_status tw_reckon(const struct tw_step_job *job, tw_reckon_events events, double *end_s,
                    uint64_t *reckoned, struct tw_err *err) TW_MUST_CHECK;

#endif
