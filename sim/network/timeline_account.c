/* From when a step's items began and ended to the accounts of its ranks (timeline.c has what each
 * is). Attempts that an outage broke are waited for by all ranks alike. */
#include <string.h>
#include "action.h"
#include "streams.h"
#include "timeline_state.h"
#include "timeline_sweep.h"

static void account_exchange(struct tw_timeline *timeline, const struct tw_action_item *item,
                             const double *post_s, const double *end_s)
{
    const double *last_s = timeline->last_posts_s;
    tw_action_last_posts(item, timeline->ranks, post_s, timeline->last_posts_s);
    for (int r = 0; r < timeline->ranks; r++) {
        struct tw_rank_times *times = &timeline->times[r];
        times->wait_s += (last_s[r] < end_s[r] ? last_s[r] : end_s[r]) - post_s[r];
        if (end_s[r] > last_s[r])
            times->transfer_s += end_s[r] - last_s[r];
    }
}

/* Accounts of a step in which one thing comes after the other, but for the lag. */
static void account_serial(struct tw_timeline *timeline, const struct tw_step_plan *plan)
{
    size_t ranks = (size_t)timeline->ranks;
    const double *leave_s = tw_timeline_ends(timeline, plan->count - 1);
    memset(timeline->times, 0, ranks * sizeof *timeline->times);
    for (int i = 0; i < plan->count; i++)
        if (plan->items[i].algorithm)
            account_exchange(timeline, &plan->items[i], tw_timeline_ends(timeline, i - 1),
                             tw_timeline_ends(timeline, i));
    for (size_t r = 0; r < ranks; r++) {
        struct tw_rank_times *times = &timeline->times[r];
        times->compute_s = plan->compute_s[r];
        times->compress_s = plan->compress_s[r];
        times->exposed_s = times->transfer_s;
        times->end_s = leave_s[r];
    }
}

/* Accounts of a step whose streams overlap, but for the lag. */
static tw_status account_streams(struct tw_timeline *timeline, const struct tw_step_plan *plan)
{
    struct tw_step_job job = tw_timeline_job(timeline, plan);
    size_t ranks = (size_t)timeline->ranks;
    for (int i = 0; i < plan->count; i++) {
        double *begin_s = timeline->begins_s + (size_t)i * ranks;
        tw_streams_begin(&job, i, tw_timeline_ends(timeline, 0), begin_s);
        tw_action_last_posts(&plan->items[i], timeline->ranks, begin_s,
                             timeline->last_posts_s + (size_t)i * ranks);
    }
    tw_status status = TW_OK;
    for (int r = 0; r < timeline->ranks && !status; r++)
        status = tw_sweep_account(&job, r, timeline->begins_s, tw_timeline_ends(timeline, 0),
                                  timeline->last_posts_s, &timeline->times[r]);
    return status;
}

tw_status tw_timeline_account(struct tw_timeline *timeline, const struct tw_step_plan *plan)
{
    const double *entry_s = tw_timeline_ends(timeline, -1);
    double last_entry_s = 0, last_end_s = 0;
    tw_status status = TW_OK;
    if (plan->overlaps)
        status = account_streams(timeline, plan);
    else
        account_serial(timeline, plan);
    for (int r = 0; r < timeline->ranks; r++) {
        double leave_s = timeline->times[r].end_s;
        last_entry_s = entry_s[r] > last_entry_s ? entry_s[r] : last_entry_s;
        last_end_s = leave_s > last_end_s ? leave_s : last_end_s;
    }
    for (int r = 0; r < timeline->ranks; r++) {
        struct tw_rank_times *times = &timeline->times[r];
        times->wait_s +=
            (last_end_s - times->end_s) - (last_entry_s - entry_s[r]) + timeline->lost_s;
    }
    return status;
}
