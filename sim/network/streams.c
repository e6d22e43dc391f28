/* What the streams and dependencies of a step's items say about its order. */
#include "streams.h"
#include "action.h"

#include <string.h>

tw_status tw_streams_check(const struct tw_step_job *job, struct tw_err *err)
{
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        if (item->stream < 0 || item->stream >= TW_RANK_STREAMS_MAX || item->after_count < 0 ||
            item->after_count > TW_RANK_STREAMS_MAX)
            return tw_err_set(err, TW_INTERNAL, "item %d of a step is on stream %d, behind %d", i,
                              item->stream, item->after_count);
        for (int a = 0; a < item->after_count; a++)
            if (item->after[a] < 0 || item->after[a] >= i)
                return tw_err_set(err, TW_INTERNAL, "item %d of a step waits for item %d", i,
                                  item->after[a]);
    }
    return TW_OK;
}

int tw_streams_exchanging(const struct tw_step_job *job)
{
    int exchanging[TW_RANK_STREAMS_MAX] = {0}, count = 0;
    for (int i = 0; i < job->count; i++)
        if (job->items[i].algorithm)
            exchanging[job->items[i].stream] = 1;
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++)
        count += exchanging[s];
    return count;
}

void tw_streams_slots(const struct tw_step_job *job, int first[TW_RANK_STREAMS_MAX + 1])
{
    int slots[TW_RANK_STREAMS_MAX] = {0};
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        int lanes = item->algorithm ? tw_action_lanes(item) : 1;
        slots[item->stream] = lanes > slots[item->stream] ? lanes : slots[item->stream];
    }
    first[0] = 0;
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++)
        first[s + 1] = first[s] + slots[s];
}

/* begin_s ← the later of both, rank by rank. */
static void not_before(double *begin_s, const double *end_s, int ranks)
{
    for (int r = 0; r < ranks; r++)
        begin_s[r] = end_s[r] > begin_s[r] ? end_s[r] : begin_s[r];
}

void tw_streams_begin(const struct tw_step_job *job, int item, const double *end_s, double *begin_s)
{
    const struct tw_action_item *action = &job->items[item];
    int ranks = tw_platform_ranks(job->platform), before = item - 1;
    while (before >= 0 && job->items[before].stream != action->stream)
        before--;
    const double *from_s = before < 0 ? job->entry_s : end_s + (size_t)before * (size_t)ranks;
    memcpy(begin_s, from_s, (size_t)ranks * sizeof *begin_s);
    for (int a = 0; a < action->after_count; a++)
        not_before(begin_s, end_s + (size_t)action->after[a] * (size_t)ranks, ranks);
}
