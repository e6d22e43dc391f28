/* What changes in a simulated cluster beside the ranks (base/dynamics.h). For the child only. */
#ifndef TW_NETWORK_SIMGRID_WEATHER_H
#define TW_NETWORK_SIMGRID_WEATHER_H

#include "simgrid_actor.h"

/* Starts the actors of the platform's dynamics, which must be created before those of ranks: what
 * holds when the step begins is then in force before the first message. Sets world->warm_s. 0: why
 * is in the head of the result. */
int tw_weather_open(struct tw_world *world);
void tw_weather_close(struct tw_world *world);

/* To be called by either end of a message before (raise 1) and after (0) posting it. */
void tw_weather_raise(const struct tw_world *world, int from_rank, int to_rank, int raise);

/* The latency of a message that from_rank posts to to_rank now, where the sender waits for it;
 * nominal_s: of its way, without profiles. */
double tw_weather_latency_s(const struct tw_world *world, int from_rank, int to_rank,
                            double nominal_s);

/* To be called by a rank that has lost the network: notes when, and what was down then. */
void tw_weather_lost(struct tw_world *world);

/* When the run is over: where ranks did not finish and something had failed, says so in the head.
 */
void tw_weather_settle(struct tw_world *world);

/* Slows the links of the job's stragglers down (simgrid_slow.c), before anything else is opened. 0:
 * why is in the head of the result. */
int tw_slow_links(struct tw_world *world);

/* ---- for simgrid_background.c ---- */

/* Puts the reason into the head: `text` has one %s, for `name`. Returns 0. */
int tw_weather_refuse(struct tw_world *world, tw_status status, const char *text, const char *name);
/* Adds to a reason what is valid, and which of the dynamics' places it is about. Returns 0. */
int tw_weather_advise(struct tw_world *world, int place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Starts a daemon. */
sg_actor_t tw_weather_start(const char *name, sg_host_t host, void *data,
                            void (*code)(int, char **));
/* tw_weather_raise between hosts. */
void tw_weather_pass(const struct tw_world *world, sg_host_t from, sg_host_t to, int raise);

#endif
