/* What every link of the platform carries in a whole trace. */
#ifndef TW_NETWORK_TIMELINE_LINKS_H
#define TW_NETWORK_TIMELINE_LINKS_H

#include "timeline_plan.h"

/* Fills priced->links from the records' plans and the steps priced so far. What a link carries does
 * not depend on when: each record is looked at once. */
tw_status tw_timeline_links(const struct tw_pricing *pricing, const struct tw_trace *trace,
                            const struct tw_step_plan *plans, struct tw_priced *priced,
                            struct tw_err *err) TW_MUST_CHECK;

#endif
