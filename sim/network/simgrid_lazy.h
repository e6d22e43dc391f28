/* When SimGrid's faster way of sharing links is exact. */
#ifndef TW_NETWORK_SIMGRID_LAZY_H
#define TW_NETWORK_SIMGRID_LAZY_H

#include "network.h"

/* 1: no two messages of the job can have the same first link, nor one the first link of another
 * somewhere on its way. O(items). */
int tw_lazy_is_exact(const struct tw_step_job *job);

#endif
