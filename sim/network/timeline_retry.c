/* A step through the executor, and again when an outage has broken it.
 *
 * A broken attempt ends at L, when the first rank meets what failed. All ranks give it up together
 * and begin the step anew, with its forward and backward, at
 *     R = max(L + notice, failed + repair, last entry)
 * on the run's clock. R minus the last entry is lost to the step: every rank waits for it, and it
 * is part of step_time_s. */
#include <math.h>
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

tw_status tw_timeline_simulate(struct tw_timeline *timeline, const struct tw_step_plan *plan,
                               struct tw_priced *priced, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = timeline->pricing->platform.dynamics;
    for (int attempt = 0;; attempt++) {
        struct tw_step_job job = tw_timeline_job(timeline, plan);
        struct tw_step_facts facts = {0};
        struct tw_err inner = {0};
        double last_entry_s = 0;
        job.facts = &facts;
        job.hosts = timeline->hosts;
        if (timeline->log.times) {
            timeline->log.count = 0;
            job.messages = &timeline->log;
        }
        tw_status status =
            timeline->pricing->executor->price(&job, tw_timeline_ends(timeline, 0), &inner);
        priced->simulated += status == TW_OK;
        priced->extrapolated += facts.extrapolated;
        if (!status) {
            tw_timeline_energy_add(timeline, priced);
            return check_ends(timeline, plan, err);
        }
        for (int r = 0; r < timeline->ranks; r++)
            last_entry_s = fmax(last_entry_s, job.entry_s[r]);
        double at_s = facts.outage ? resume_s(timeline, &facts, last_entry_s) : INFINITY;
        if (!facts.outage || attempt >= dynamics->retry || isinf(at_s)) {
            if (facts.outage)
                priced->breakdown =
                    (struct tw_breakdown){.kind = dynamics->outages[facts.outage - 1].kind,
                                          .at_s = timeline->clock_s + facts.lost_s};
            tw_err_set(err, status, "%s%s", inner.text,
                       facts.outage && isinf(at_s) ? " and is never repaired" : "");
            return tw_err_hint(err, status, "%s", inner.hint);
        }
        begin_anew(timeline, at_s, last_entry_s);
        priced->retries++;
    }
}
