/* Questions about a whole point that take more than a look at its numbers. */
#ifndef TW_CLI_STEP_RULES_H
#define TW_CLI_STEP_RULES_H

#include "piece.h"

/* What the time plane would refuse of the point's steps, from the compressor's plan. TW_OK where
 * there is no plan or only the data tell the tensors. */
tw_status tw_step_rules_check(const struct tw_point *point, struct tw_err *err) TW_MUST_CHECK;

/* What the executor would not find on the platform; TW_OK for very large ones. */
tw_status tw_step_rules_look(const struct tw_pricing *pricing, struct tw_err *err) TW_MUST_CHECK;

#endif
