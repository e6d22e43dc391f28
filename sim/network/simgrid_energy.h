/* Joules by SimGrid's host energy plug-in. For the child only. */
#ifndef TW_NETWORK_SIMGRID_ENERGY_H
#define TW_NETWORK_SIMGRID_ENERGY_H

#include "simgrid_actor.h"

/* Before the engine starts: loads the plug-in where the job asks for joules. */
void tw_energy_load(const struct tw_step_job *job);

/* When the hosts are there, before the ranks are: their watts and cores. 0: why is in the head. */
int tw_energy_open(struct tw_world *world);

/* When the run is over: what each host drew above its idle watts. */
void tw_energy_settle(struct tw_world *world);

/* `seconds` of work on the calling actor's host, which is `rank`'s: an execution that keeps one
 * core busy where joules are asked for, else (and for no work) a sleep. */
void tw_energy_work(struct tw_world *world, int rank, double seconds);

#endif
