/* The hops of a ring over all ranks, by SimGrid's routes. */
#ifndef TW_NETWORK_SIMGRID_HOPS_H
#define TW_NETWORK_SIMGRID_HOPS_H

#include "ring.h"

/* Asks SimGrid, in a child process. 1: no two hops share a link, and hops has them: one block at
 * latency_s, the caller's to free. 0: two do, or there is no answer (latency_s is then NULL). */
int tw_simgrid_hops(const struct tw_step_job *job, struct tw_ring_hops *hops);

#endif
