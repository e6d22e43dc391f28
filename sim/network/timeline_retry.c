/* A step through the executor, and again when an outage has broken it.
 *
 * A broken attempt ends at L, when the first rank meets what failed. All ranks give it up together
 * and begin the step anew, with its forward and backward, at
 *     R = max(L + notice, failed + repair, last entry)
 * on the run's clock. R minus the last entry is lost to the step: every rank waits for it, and it
 * is part of step_time_s. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "timeline_state.h"

/* When the step can be begun anew, on the run's clock; INFINITY: never. */
static double resume_s(const struct tw_timeline *timeline, const struct tw_step_facts *facts,
                       double last_entry_s)
{
    const struct tw_dynamics *dynamics = timeline->pricing->platform.dynamics;
    const struct tw_outage *outage = &dynamics->outages[facts->outage - 1];
    double at_s = timeline->clock_s + facts->lost_s + dynamics->notice_s;
    at_s = fmax(at_s, outage->at_s + outage->repair_s);
    return fmax(at_s, timeline->clock_s + last_entry_s);
}

/* Every rank enters at `at_s`. */
static void begin_anew(struct tw_timeline *timeline, double at_s, double last_entry_s)
{
    timeline->lost_s += at_s - (timeline->clock_s + last_entry_s);
    timeline->clock_s = at_s;
    memset(tw_timeline_ends(timeline, -1), 0, (size_t)timeline->ranks * sizeof(double));
}

/* The first item that some rank does not end in any time that is meant. */
static tw_status check_ends(const struct tw_timeline *timeline, const struct tw_step_plan *plan,
                            struct tw_err *err)
{
    for (int i = 0; i < plan->count; i++) {
        const struct tw_algorithm *algorithm = plan->items[i].algorithm;
        const double *end_s = tw_timeline_ends(timeline, i);
        for (int r = 0; r < timeline->ranks; r++)
            if (!(end_s[r] <= TW_STEP_S_MAX))
                return tw_err_set(err, TW_TIMEOUT,
                                  "rank %d never finishes: %s %s would end %.3g s after the step "
                                  "began; at most %g s are simulated",
                                  r, algorithm ? tw_request_name(algorithm->kind) : "work",
                                  algorithm ? algorithm->member.name : "of the step", end_s[r],
                                  TW_STEP_S_MAX);
    }
    return TW_OK;
}

/* One attempt. A step without exchanges is no simulation, and its ends may be what they like. */
static tw_status attempt_step(struct tw_timeline *timeline, const struct tw_step_plan *plan,
                              const struct tw_step_job *job, struct tw_priced *priced,
                              struct tw_err *err)
{
    if (!plan->collectives && !timeline->hosts)
        return tw_timeline_alone(timeline, job);
    if (timeline->log.times)
        timeline->log.count = 0;
    tw_status status = timeline->pricing->executor->price(job, tw_timeline_ends(timeline, 0), err);
    priced->simulated += status == TW_OK;
    priced->extrapolated += job->facts->extrapolated;
    if (status)
        return status;
    tw_timeline_energy_add(timeline, priced);
    return check_ends(timeline, plan, err);
}

static const char *kind_of(const struct tw_outage *outage)
{
    return outage->kind == TW_OUTAGE_LINK ? "link" : "host";
}

/* Attempts of a step that were broken and begun anew. */
struct history {
    char text[400]; /* what broke them, as far as there is room */
    size_t used;
    int count;
};

static void remember(struct history *history, const struct tw_outage *outage, double met_s)
{
    const int shown = 4;
    size_t room = sizeof history->text - history->used;
    int size = 0;
    if (history->count < shown)
        size = snprintf(history->text + history->used, room, "%s%s %.60s at %.9g s",
                        history->count ? ", " : "", kind_of(outage), outage->name, met_s);
    else if (history->count == shown)
        size = snprintf(history->text + history->used, room, ", …");
    history->used += size > 0 && (size_t)size < room ? (size_t)size : 0;
    history->count++;
}

/* What broke the step for good, and how often it was begun anew before that. */
static tw_status give_up(const struct tw_timeline *timeline, const struct tw_step_facts *facts,
                         const struct history *history, struct tw_priced *priced,
                         struct tw_err *err)
{
    const struct tw_dynamics *dynamics = timeline->pricing->platform.dynamics;
    const struct tw_outage *outage = &dynamics->outages[facts->outage - 1];
    double met_s = timeline->clock_s + facts->lost_s;
    int never = isinf(outage->repair_s);
    char before[520] = "";
    priced->breakdown = (struct tw_breakdown){.kind = outage->kind, .at_s = met_s};
    if (history->count)
        snprintf(before, sizeof before,
                 "; the step had been begun anew %d time%s of at most %d, behind %s",
                 history->count, history->count > 1 ? "s" : "", dynamics->retry, history->text);
    tw_err_set(err, TW_CRASHED, "%s %.100s failed at %.9g s, which ranks met at %.9g s%s%s",
               kind_of(outage), outage->name, outage->at_s, met_s,
               never ? " and is never repaired" : "", before);
    if (never)
        return tw_err_hint(err, TW_CRASHED,
                           "repair=\"1s\" of the <failure> says when it works again");
    return tw_err_hint(err, TW_CRASHED, "<retry times=\"%d\"/> would begin it anew; 1 to 1000",
                       dynamics->retry + 1);
}

tw_status tw_timeline_simulate(struct tw_timeline *timeline, const struct tw_step_plan *plan,
                               struct tw_priced *priced, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = timeline->pricing->platform.dynamics;
    struct history history = {0};
    for (int attempt = 0;; attempt++) {
        struct tw_step_job job = tw_timeline_job(timeline, plan);
        struct tw_step_facts facts = {0};
        double last_entry_s = 0;
        job.facts = &facts;
        job.hosts = timeline->hosts;
        job.messages = timeline->log.times ? &timeline->log : NULL;
        tw_status status = attempt_step(timeline, plan, &job, priced, err);
        if (!status || !facts.outage)
            return status;
        for (int r = 0; r < timeline->ranks; r++)
            last_entry_s = fmax(last_entry_s, job.entry_s[r]);
        double at_s = resume_s(timeline, &facts, last_entry_s);
        if (attempt >= dynamics->retry || isinf(at_s))
            return give_up(timeline, &facts, &history, priced, err);
        remember(&history, &dynamics->outages[facts.outage - 1], timeline->clock_s + facts.lost_s);
        *err = (struct tw_err){0};
        begin_anew(timeline, at_s, last_entry_s);
        priced->retries++;
    }
}
