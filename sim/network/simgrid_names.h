/* Names of a platform's links and hosts, for those who looked for others. For the child only. */
#ifndef TW_NETWORK_SIMGRID_NAMES_H
#define TW_NETWORK_SIMGRID_NAMES_H

#include "simgrid_weather.h"

/* Refuses the pattern of an element of the scenario that fits no link or host (`what`), and says
 * which there are. place: as of tw_weather_advise. Returns 0. */
int tw_names_refuse(struct tw_world *world, const char *element, const char *what,
                    const char *pattern, int place);

/* The links whose names fit the pattern, owned by the caller. NULL: none, or no memory. */
sg_link_t *tw_names_links(const char *pattern, size_t *count);

/* Hosts of the platform, without those of background traffic that has a rate (the last ones). */
size_t tw_names_host_count(void);

/* Whether a host's name fits the pattern. */
int tw_names_host(const struct tw_world *world, const char *pattern);

/* Looks at the links of a platform file, whose values SimGrid takes as they are. 0: one is no link
 * that can be priced, and the head says which and why. */
int tw_names_check_links(const char *file, struct tw_simgrid_head *head);

#endif
