/* What a scenario says of a schedule beside its name: whether it can mean anything. */
#ifndef TW_CLI_SCHEDULE_RULES_H
#define TW_CLI_SCHEDULE_RULES_H

#include "../network/network.h"

/* The preset and the segment of one kind of request, before any size is known. TW_REFUSED for a
 * preset whose library's choices are not built here for any size, and for a segment that nothing
 * sends in: a schedule that is not pipelined, or `auto`, which never chooses one that is. */
tw_status tw_schedule_rules_check(const struct tw_pricing *pricing, enum tw_request_kind kind,
                                  struct tw_err *err) TW_MUST_CHECK;

#endif
