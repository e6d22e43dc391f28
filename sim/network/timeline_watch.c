/* Steps that somebody watches: room for their messages, and what is shown. */
#include <math.h>
#include <stdlib.h>
#include "streams.h"
#include "timeline_state.h"

tw_status tw_timeline_log(struct tw_timeline *timeline, const struct tw_step_plan *plan,
                          struct tw_err *err)
{
    const struct tw_pricing *pricing = timeline->pricing;
    free(timeline->log.times);
    timeline->log = (struct tw_message_log){0};
    if (!timeline->watched || !pricing->messages_max)
        return TW_OK;
    double messages = round(plan->traffic.messages_per_rank * timeline->ranks);
    if (messages > (double)pricing->messages_max)
        return tw_err_set(err, TW_REFUSED, "%.0f messages in one step; at most %llu are followed",
                          messages, (unsigned long long)pricing->messages_max);
    timeline->log.room = 2 * (size_t)messages;
    timeline->log.times = calloc(timeline->log.room + 1, sizeof *timeline->log.times);
    return timeline->log.times
               ? TW_OK
               : tw_err_set(err, TW_MEMORY, "no memory for %.0f messages", messages);
}

void tw_timeline_show(const struct tw_timeline *timeline, const struct tw_step_plan *plan,
                      uint32_t step)
{
    const struct tw_pricing *pricing = timeline->pricing;
    struct tw_step_job job = tw_timeline_job(timeline, plan);
    for (int i = 0; i < plan->count; i++)
        tw_streams_begin(&job, i, tw_timeline_ends(timeline, 0),
                         timeline->begins_s + (size_t)i * (size_t)timeline->ranks);
    const struct tw_step_items items = {.items = plan->items,
                                        .count = plan->count,
                                        .ranks = timeline->ranks,
                                        .start_s = timeline->clock_s,
                                        .begin_s = timeline->begins_s,
                                        .end_s = tw_timeline_ends(timeline, 0),
                                        .messages = timeline->log.times,
                                        .message_count =
                                            plan->collectives ? timeline->log.count : 0};
    pricing->item_watch(pricing->item_context, step, &items);
}
