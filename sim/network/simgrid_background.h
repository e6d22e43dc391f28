/* Background traffic beside the ranks (base/dynamics.h). For the child only. */
#ifndef TW_NETWORK_SIMGRID_BACKGROUND_H
#define TW_NETWORK_SIMGRID_BACKGROUND_H

#include "simgrid_actor.h"

struct tw_flow;

/* Starts the actors of all flows and sets world->warm_s, the longest latency of them; *flows is the
 * caller's to free, when the simulation is over. 0: why is in the head of the result. */
int tw_background_open(struct tw_world *world, const struct tw_dynamics *dynamics, int hosts,
                       struct tw_flow **flows);
/* Something was repaired: flows that its failure broke begin again, where they can. */
void tw_background_resume(struct tw_flow *flows);

/* The host has failed: flows that are of it, but sent by a host of their rate, break too. */
void tw_background_stop(struct tw_flow *flows, sg_host_t host);

#endif
