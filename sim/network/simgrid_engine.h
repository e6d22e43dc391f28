/* Starting SimGrid: its options, the platform, the hosts. For the child process only. */
#ifndef TW_NETWORK_SIMGRID_ENGINE_H
#define TW_NETWORK_SIMGRID_ENGINE_H

#include <simgrid/forward.h>
#include "simgrid_run.h"

/* SimGrid's command line: texts are owned, argv is what SimGrid may rearrange. Zeroed is empty. */
struct tw_engine {
    char **texts, **argv;
    int count, failed;
};

/* Starts the engine for so many actors, with the options of the network's model. full: links are
 * shared anew after every event, all of them (simgrid_lazy.c). 0: no memory. */
int tw_engine_start(struct tw_engine *engine, int actors, const struct tw_network *network,
                    int full);

/* Loads the platform; at least platform->nodes hosts in the order of their names, owned by the
 * caller. NULL: why is in head. */
sg_host_t *tw_engine_hosts(const struct tw_platform *platform, struct tw_simgrid_head *head);

/* Frees the command line, after the run. SimGrid itself ends with the process. */
void tw_engine_forget(struct tw_engine *engine);

#endif
