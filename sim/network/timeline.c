/* Prices a trace: step by step, each simulated once for the entry times it is met with.
 *
 * Accounts of rank r. Work counts by its nominal seconds. For an exchange that r posts at P_r and
 * ends at E_r, with L = max P over the ranks that take part with it (a group):
 *     wait += min(L, E_r) − P_r,   transfer += max(0, E_r − L),   exposed = transfer (no overlap)
 * At the end e_r of the step, with the last ranks' ends E and (of the step before) E′, e′_r:
 *     step_time = E − E′,   wait += (E − e_r) − (E′ − e′_r)
 * The last term is the change of the rank's lag behind the last one. It is the idle time that the
 * step adds; where a rank falls back towards the last, idle time that an earlier step has counted
 * is taken back, so that wait_s of a single step can be negative. The sum over steps never is. Then
 *     compute + compress + exposed + wait = (e_r − e′_r) + (E − e_r) − (E′ − e′_r) = step_time.
 *
 * A step starts for each rank at its own end of the step before: no barrier. All times of a step
 * are relative to the earliest entry, so that a step from the memo is the same bits as a simulated
 * one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "action.h"
#include "choice_events.h"
#include "platform.h"
#include "streams.h"
#include "timeline_links.h"
#include "timeline_state.h"

static tw_status refuse_messages(struct tw_err *err)
{
    tw_err_set(err, TW_REFUSED, "messages are not followed where links or hosts fail");
    return tw_err_hint(err, TW_REFUSED, "valid: a platform without <failure>");
}

static tw_status check(const struct tw_pricing *pricing, const struct tw_trace *trace,
                       struct tw_err *err)
{
    int ranks = tw_platform_ranks(&pricing->platform);
    tw_status status = tw_platform_check(&pricing->platform, err);
    if (status)
        return status;
    if (trace->island < 1)
        return tw_err_set(err, TW_CORRUPT, "islands of %d ranks", trace->island);
    if (ranks != trace->ranks * trace->island)
        return tw_err_set(err, TW_INPUT, "the platform has %d ranks, the trace %d", ranks,
                          trace->ranks * trace->island);
    if (!(isfinite(pricing->forward_s) && pricing->forward_s >= 0) ||
        !(isfinite(pricing->backward_s) && pricing->backward_s >= 0))
        return tw_err_set(err, TW_RANGE, "compute of %g s forward, %g s backward",
                          pricing->forward_s, pricing->backward_s);
    if (pricing->messages_max && pricing->platform.dynamics &&
        pricing->platform.dynamics->outage_count)
        return refuse_messages(err);
    const struct tw_jitter *jitter = &pricing->jitter;
    if (!(jitter->cv >= 0 && isfinite(jitter->cv)) ||
        (jitter->kind == TW_JITTER_UNIFORM && jitter->cv > TW_JITTER_UNIFORM_MAX))
        return tw_err_set(err, TW_RANGE, "jitter of cv %g", jitter->cv);
    const struct tw_overlap *overlap = &pricing->overlap;
    if (pricing->accumulate < 0 || overlap->streams < 0 ||
        overlap->streams > TW_RANK_STREAMS_MAX - TW_RANK_EXCHANGE ||
        !(isfinite(overlap->slowdown) && (overlap->slowdown == 0 || overlap->slowdown >= 1)))
        return tw_err_set(err, TW_RANGE, "overlap on %d streams, slowdown %g, %d micro-batches",
                          overlap->streams, overlap->slowdown, pricing->accumulate);
    return TW_OK;
}

/* Plans every record and asks the executor about each, before anything runs. */
static tw_status open_plans(struct tw_timeline *timeline, struct tw_err *err)
{
    const struct tw_trace *trace = timeline->trace;
    for (int i = 0; i < trace->record_count; i++) {
        struct tw_step_plan *plan = &timeline->plans[i];
        tw_status status =
            tw_step_plan_make(plan, timeline->pricing, trace, &trace->records[i], err);
        if (status)
            return status;
        struct tw_step_job job = tw_timeline_job(timeline, plan);
        if (plan->collectives || timeline->pricing->energy)
            status = timeline->pricing->executor->accepts(&job, err);
        if (status)
            return status;
    }
    return TW_OK;
}

static tw_status open_timeline(struct tw_timeline *timeline, struct tw_err *err)
{
    const struct tw_trace *trace = timeline->trace;
    size_t ranks = (size_t)timeline->ranks, rows = 1; /* entries */
    int overlaps = timeline->pricing->item_watch != NULL;
    timeline->plans = calloc((size_t)trace->record_count + 1, sizeof *timeline->plans);
    if (!timeline->plans)
        return tw_err_set(err, TW_MEMORY, "no memory for %d records", trace->record_count);
    tw_status status = open_plans(timeline, err);
    if (!status)
        status = tw_straggler_open(&timeline->slowness, timeline->pricing, err);
    if (!status)
        status = tw_timeline_alone_open(timeline, err);
    if (status)
        return status;
    for (int i = 0; i < trace->record_count; i++) {
        size_t count = (size_t)timeline->plans[i].count;
        rows = count + 1 > rows ? count + 1 : rows;
        overlaps |= timeline->plans[i].overlaps;
    }
    timeline->rows_s = calloc(rows * ranks, sizeof *timeline->rows_s);
    timeline->times = calloc(ranks, sizeof *timeline->times);
    timeline->last_posts_s =
        calloc(overlaps ? rows * ranks : ranks, sizeof *timeline->last_posts_s);
    timeline->begins_s = calloc(overlaps ? rows * ranks : 1, sizeof *timeline->begins_s);
    timeline->steady_s =
        calloc(tw_timeline_varies(timeline) ? (rows + 1) * ranks : 1, sizeof *timeline->steady_s);
    if (!timeline->steady_s || !timeline->rows_s || !timeline->times || !timeline->last_posts_s ||
        !timeline->begins_s || tw_memo_open(&timeline->memo, timeline->ranks))
        return tw_err_set(err, TW_MEMORY, "no memory for the times of %zu ranks", ranks);
    return TW_OK;
}

static void close_timeline(struct tw_timeline *timeline)
{
    for (int i = 0; timeline->plans && i < timeline->trace->record_count; i++)
        tw_step_plan_free(&timeline->plans[i]);
    free(timeline->plans);
    tw_memo_close(&timeline->memo);
    tw_straggler_close(&timeline->slowness);
    free(timeline->rows_s);
    free(timeline->steady_s);
    free(timeline->begins_s);
    free(timeline->last_posts_s);
    free(timeline->times);
    free(timeline->log.times);
    free(timeline->hosts);
    free(timeline->outage_of);
}

/* Fills timeline->times, from the memo where it can. */
static tw_status price_step(struct tw_timeline *timeline, uint32_t record, struct tw_priced *priced,
                            struct tw_err *err)
{
    const double *entry_s = tw_timeline_ends(timeline, -1);
    const struct tw_step_plan *plan = &timeline->plans[record];
    if (!plan->collectives && !timeline->hosts) {
        tw_status alone = tw_timeline_simulate(timeline, plan, priced, err);
        return alone ? alone : tw_timeline_account(timeline, plan);
    }
    /* The same step at another time of the run is another one where the network changes. */
    int changes = timeline->pricing->platform.dynamics != NULL ||
                  timeline->pricing->jitter.cv > 0 || timeline->hosts != NULL;
    const struct tw_rank_times *known =
        changes ? NULL : tw_memo_find(&timeline->memo, record, entry_s);
    if (known && !timeline->watched) {
        memcpy(timeline->times, known, (size_t)timeline->ranks * sizeof *known);
        return TW_OK;
    }
    tw_status status = tw_timeline_log(timeline, plan, err);
    if (!status)
        status = tw_timeline_simulate(timeline, plan, priced, err);
    if (status)
        return status;
    status = tw_timeline_account(timeline, plan);
    if (!status && !changes)
        status = tw_memo_put(&timeline->memo, record, entry_s, timeline->times);
    return status ? tw_err_set(err, status, "no memory for remembering a step") : TW_OK;
}

static void mean_of(const struct tw_timeline *timeline, const struct tw_step_plan *plan,
                    struct tw_step_times *mean)
{
    const double *entry_s = tw_timeline_ends(timeline, -1);
    double last_entry_s = 0, last_end_s = 0;
    memset(mean, 0, sizeof *mean);
    for (int r = 0; r < timeline->ranks; r++) {
        const struct tw_rank_times *times = &timeline->times[r];
        mean->compute_s += times->compute_s;
        mean->compress_s += times->compress_s;
        mean->transfer_s += times->transfer_s;
        mean->exposed_s += times->exposed_s;
        mean->wait_s += times->wait_s;
        last_entry_s = entry_s[r] > last_entry_s ? entry_s[r] : last_entry_s;
        last_end_s = times->end_s > last_end_s ? times->end_s : last_end_s;
    }
    mean->compute_s /= timeline->ranks;
    mean->compress_s /= timeline->ranks;
    mean->transfer_s /= timeline->ranks;
    mean->exposed_s /= timeline->ranks;
    mean->wait_s /= timeline->ranks;
    mean->step_time_s = last_end_s - last_entry_s + timeline->lost_s;
    mean->end_s = timeline->clock_s + last_end_s;
    mean->sent_B_per_rank = plan->traffic.sent_B_per_rank;
    mean->messages_per_rank = plan->traffic.messages_per_rank;
}

/* Makes this step's ends the next one's entries, and moves the clock to the earliest. */
static void advance(struct tw_timeline *timeline)
{
    double *entry_s = tw_timeline_ends(timeline, -1);
    double first_s = INFINITY;
    for (int r = 0; r < timeline->ranks; r++)
        if (timeline->times[r].end_s < first_s)
            first_s = timeline->times[r].end_s;
    for (int r = 0; r < timeline->ranks; r++) {
        entry_s[r] = timeline->times[r].end_s - first_s;
        timeline->times[r].end_s += timeline->clock_s; /* now on the run's clock, for the watch */
    }
    timeline->clock_s += first_s;
}

/* Bits of the schedules that some record uses, chosen ones included. */
static uint64_t schedules_used(const struct tw_timeline *timeline)
{
    uint64_t used = 0;
    for (int p = 0; p < timeline->trace->record_count; p++)
        for (int i = 0; i < timeline->plans[p].count; i++)
            for (int a = 0; a < tw_algorithm_count(); a++)
                if (timeline->plans[p].items[i].algorithm == tw_algorithm_at(a))
                    used |= UINT64_C(1) << a;
    for (int p = 0; p < timeline->trace->record_count; p++)
        for (int i = 0; i < timeline->plans[p].count; i++)
            if (timeline->plans[p].items[i].algorithm && timeline->plans[p].items[i].layout.table)
                used |= TW_USED_TABLE(timeline->plans[p].items[i].layout.kind);
    return used;
}

static tw_status price_steps(struct tw_timeline *timeline, tw_rank_watch watch, void *context,
                             struct tw_priced *priced, struct tw_err *err)
{
    const struct tw_trace *trace = timeline->trace;
    for (uint32_t step = 0; step < trace->steps; step++) {
        uint32_t record = trace->step_record[step];
        if (record >= (uint32_t)trace->record_count)
            return tw_err_set(err, TW_CORRUPT, "step %u has record %u of %d", step, record,
                              trace->record_count);
        struct tw_err inner = {0};
        struct tw_step_plan *plan = &timeline->plans[record];
        timeline->lost_s = 0;
        timeline->watched =
            timeline->pricing->item_watch &&
            (!timeline->pricing->item_step || timeline->pricing->item_step == step + 1);
        tw_straggler_draw(&timeline->slowness, timeline->pricing, step);
        tw_timeline_shake(timeline, plan, step);
        tw_status status = price_step(timeline, record, priced, &inner);
        if (status) {
            priced->breakdown.step = step;
            tw_err_set(err, status, "step %u: %s", step, inner.text);
            return tw_err_hint(err, status, "%s", inner.hint);
        }
        if (timeline->watched)
            tw_timeline_show(timeline, plan, step);
        mean_of(timeline, plan, &priced->steps[step]);
        tw_timeline_settle(timeline, plan);
        advance(timeline);
        if (watch)
            watch(context, step, timeline->times, timeline->ranks, &priced->steps[step]);
        priced->step_count = step + 1;
    }
    return TW_OK;
}

tw_status tw_price_accepts(const struct tw_pricing *pricing, const struct tw_trace *trace,
                           struct tw_err *err)
{
    struct tw_timeline timeline = {.pricing = pricing, .trace = trace};
    tw_status status = check(pricing, trace, err);
    if (status)
        return status;
    timeline.ranks = tw_platform_ranks(&pricing->platform);
    status = open_timeline(&timeline, err);
    close_timeline(&timeline);
    return status;
}

tw_status tw_price_trace(const struct tw_pricing *pricing, const struct tw_trace *trace,
                         tw_rank_watch watch, void *context, struct tw_priced *priced,
                         struct tw_err *err)
{
    struct tw_choices choices = {0};
    struct tw_pricing mine = *pricing;
    struct tw_timeline timeline = {.pricing = &mine, .trace = trace};
    memset(priced, 0, sizeof *priced);
    tw_status status = check(pricing, trace, err);
    if (status)
        return status;
    if (!mine.choices)
        mine.choices = &choices;
    timeline.ranks = tw_platform_ranks(&pricing->platform);
    status = open_timeline(&timeline, err);
    if (status)
        goto done;
    priced->steps = calloc((size_t)trace->steps + 1, sizeof *priced->steps);
    if (!priced->steps) {
        status = tw_err_set(err, TW_MEMORY, "no memory for %u steps", trace->steps);
        goto done;
    }
    priced->used = schedules_used(&timeline);
    for (int i = 0; i < trace->record_count; i++)
        if (timeline.plans[i].traffic.incast > priced->incast)
            priced->incast = timeline.plans[i].traffic.incast;
    status = tw_timeline_energy_open(&timeline, priced, err);
    if (!status)
        status = price_steps(&timeline, watch, context, priced, err);
    tw_timeline_energy_settle(priced);
    if (!status && pricing->links)
        status = tw_timeline_links(pricing, trace, timeline.plans, priced, err);
done:
    close_timeline(&timeline);
    tw_choices_close(&choices);
    if (status) {
        const struct tw_breakdown breakdown = priced->breakdown;
        tw_priced_free(priced);
        priced->breakdown = breakdown;
    }
    return status;
}

void tw_priced_free(struct tw_priced *priced)
{
    free(priced->steps);
    free(priced->links);
    free(priced->hosts);
    memset(priced, 0, sizeof *priced);
}
