/* Latencies that change with time (base/dynamics.h). For the child only. */
#ifndef TW_NETWORK_SIMGRID_LATENCY_H
#define TW_NETWORK_SIMGRID_LATENCY_H

#include "simgrid_weather.h"

struct tw_latencies;

/* Finds the links of all profiles of latencies; *latencies (NULL where there are none) is the
 * caller's to close. 0: why is in the head of the result. */
int tw_latencies_open(struct tw_world *world, struct tw_latencies **latencies);
void tw_latencies_close(struct tw_latencies *latencies);

/* Seconds that a message posted now waits for; nominal_s: without profiles. */
double tw_latencies_now_s(const struct tw_world *world, const struct tw_latencies *latencies,
                          sg_host_t from, sg_host_t to, double nominal_s);

#endif
