/* Max-plus arithmetic for who has asked already whether it is exact (reckon.c). */
#ifndef TW_NETWORK_MAXPLUS_H
#define TW_NETWORK_MAXPLUS_H

#include "ring.h"

/* Prices a step as the executor maxplus does. hops NULL: of a flat cluster that the executor
 * accepts. Else every exchange of the step is a ring (tw_ring_is) over these hops. */
tw_status tw_maxplus_price(const struct tw_step_job *job, const struct tw_ring_hops *hops,
                           double *end_s, struct tw_err *err) TW_MUST_CHECK;

#endif
