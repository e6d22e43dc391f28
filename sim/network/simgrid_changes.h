/* What of a cluster that changes while it runs cannot be priced exactly. */
#ifndef TW_NETWORK_SIMGRID_CHANGES_H
#define TW_NETWORK_SIMGRID_CHANGES_H

#include "network.h"

/* TW_REFUSED by name, where the dynamics are written: latencies over time where links have them,
 * and rates of background traffic where there is no room for a link of that rate. */
tw_status tw_simgrid_accepts_changes(const struct tw_step_job *job,
                                     struct tw_err *err) TW_MUST_CHECK;

#endif
