/* What a scenario says of a schedule beside its name: whether it can mean anything. */
#ifndef TW_CLI_SCHEDULE_RULES_H
#define TW_CLI_SCHEDULE_RULES_H

#include "../network/timeline_islands.h"

/* The preset and the segment of one kind of request, before any size is known. TW_REFUSED for a
 * preset whose library's choices are not built here for any size, and for a segment that nothing
 * sends in, and whatever tw_table_verify says of a schedule from a file: a schedule that is not
 * pipelined, or `auto`, which never chooses one that is. */
tw_status tw_schedule_rules_check(const struct tw_pricing *pricing, int island,
                                  enum tw_request_kind kind, struct tw_err *err) TW_MUST_CHECK;

/* The exchange of one kind between islands of so many ranks (1: of all ranks), an element for each
 * block, as its named schedule would carry it; blocks not yet cut. */
struct tw_action_item tw_schedule_rules_item(const struct tw_pricing *pricing, int island,
                                             enum tw_request_kind kind);

/* Whether the executor prices exchanges between islands and inside them, whatever the schedule.
 * TW_REFUSED, by name. */
tw_status tw_schedule_rules_islands(const struct tw_pricing *pricing, int island,
                                    struct tw_err *err) TW_MUST_CHECK;

#endif
