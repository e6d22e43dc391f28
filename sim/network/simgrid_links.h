/* What the links of a platform carry, by SimGrid's routes. For the child process only. */
#ifndef TW_NETWORK_SIMGRID_LINKS_H
#define TW_NETWORK_SIMGRID_LINKS_H

#include "simgrid_run.h"

/* The most links of a platform whose loads are told. */
#define TW_LINKS_MAX 65536

struct tw_simgrid_links {
    struct tw_simgrid_head head;
    int32_t count;
    struct tw_link_load *loads; /* room for TW_LINKS_MAX */
};

/* Starts SimGrid in this process and fills `links`, in the order of their names. */
void tw_simgrid_count_links(const struct tw_step_job *job, struct tw_simgrid_links *links);

#endif
