/* XPath 1.0 conditions over the axes of a sweep: <exclude when="…"> and --only. */
#ifndef TW_SCENARIO_FILTER_H
#define TW_SCENARIO_FILTER_H

#include "sweep.h"

struct tw_filter; /* opaque */

/* Compiles; checks that every $name is an axis. TW_INPUT with text and hint, no place. text and
 * sweep are borrowed. */
tw_status tw_filter_open(struct tw_filter **filter, const char *text, const struct tw_sweep *sweep,
                         struct tw_err *err) TW_MUST_CHECK;
/* Whether it holds where the sweep stands. An axis is a number where its value is one or carries a
 * unit (then in seconds, bytes, bytes per second), else a string. */
tw_status tw_filter_holds(struct tw_filter *filter, int *holds, struct tw_err *err) TW_MUST_CHECK;
void tw_filter_close(struct tw_filter *filter); /* accepts NULL */

#endif
