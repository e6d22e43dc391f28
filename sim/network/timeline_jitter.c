/* Compute seconds that vary: in every step a rank's forward, backward and update take f times as
 * long, f drawn from the stream (seed, repetition, rank, step), with mean 1 and standard deviation
 * cv:
 *   lognormal  exp(s Z - s*s/2), s*s = ln(1 + cv*cv), Z standard normal
 *   gamma      shape 1/cv^2, scale cv^2
 *   uniform    between 1 - sqrt(3) cv and 1 + sqrt(3) cv
 * The method's kernels keep their seconds. Where the rank's host is a straggler in that step
 * (straggler.c), all of its work takes so many times as long, kernels and launches too. */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "timeline_state.h"

double tw_jitter_factor(const struct tw_jitter *jitter, struct tw_stream *stream)
{
    double cv = jitter->cv, variance = log1p(cv * cv);
    if (!(cv > 0))
        return 1;
    switch (jitter->kind) {
    case TW_JITTER_LOGNORMAL:
        return gsl_ran_lognormal(&stream->gsl, -variance / 2, sqrt(variance));
    case TW_JITTER_GAMMA:
        return gsl_ran_gamma(&stream->gsl, 1 / (cv * cv), cv * cv);
    case TW_JITTER_UNIFORM:
        break;
    }
    return gsl_ran_flat(&stream->gsl, 1 - sqrt(3) * cv, 1 + sqrt(3) * cv);
}

static double factor_of(const struct tw_pricing *pricing, uint32_t step, int rank)
{
    const struct tw_stream_key key = {.seed = pricing->seed,
                                      .repetition = pricing->repetition,
                                      .rank = (uint32_t)rank,
                                      .step = step,
                                      .tensor = TW_TENSOR_NONE,
                                      .purpose = TW_PURPOSE_JITTER};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    return tw_jitter_factor(&pricing->jitter, &stream);
}

int tw_timeline_varies(const struct tw_timeline *timeline)
{
    return timeline->pricing->jitter.cv > 0 ||
           tw_straggler_hosts(timeline->pricing->platform.dynamics);
}

/* Rows of the plan that vary, and what they are without that; to: 1 saves them, 0 puts them back.
 */
static void copy_rows(struct tw_timeline *timeline, struct tw_step_plan *plan, int save)
{
    size_t ranks = (size_t)timeline->ranks;
    for (int i = -2; i < plan->count; i++) {
        double *own_s = i == -2   ? plan->compute_s
                        : i == -1 ? plan->compress_s
                                  : (double *)plan->items[i].delay_s; /* the plan's own */
        double *kept_s = timeline->steady_s + (size_t)(i + 2) * ranks;
        if (own_s)
            memcpy(save ? kept_s : own_s, save ? own_s : kept_s, ranks * sizeof *own_s);
    }
}

void tw_timeline_shake(struct tw_timeline *timeline, struct tw_step_plan *plan, uint32_t step)
{
    const double *slow = timeline->slowness.rank;
    int jitters = timeline->pricing->jitter.cv > 0;
    if (!tw_timeline_varies(timeline))
        return;
    copy_rows(timeline, plan, 1);
    for (int r = 0; r < timeline->ranks; r++) {
        double all = slow ? slow[r] : 1;
        double compute = all * (jitters ? factor_of(timeline->pricing, step, r) : 1);
        plan->compute_s[r] *= compute;
        plan->compress_s[r] *= all;
        for (int i = 0; i < plan->count; i++)
            if (plan->items[i].delay_s) /* of one account where compute jitters */
                ((double *)plan->items[i].delay_s)[r] *=
                    plan->items[i].account == TW_ACCOUNT_COMPUTE ? compute : all;
    }
}

void tw_timeline_settle(struct tw_timeline *timeline, struct tw_step_plan *plan)
{
    if (tw_timeline_varies(timeline))
        copy_rows(timeline, plan, 0);
}
