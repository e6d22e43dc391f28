/* How pieces become messages; behind tw_schedule_messages, and for the memory executor, which
 * looks at the pieces before it trusts them. */
#ifndef TW_COLLECTIVE_GROUP_H
#define TW_COLLECTIVE_GROUP_H

#include "schedule.h"

/* Groups pieces by peer into out (room for `count`), in the order the peers are first named;
 * returns how many. Every block named must exist. */
int tw_schedule_group(const struct tw_layout *layout, const struct tw_piece *pieces, int count,
                      struct tw_message *out);

#endif
