/* Compute seconds that vary: in every step a rank's forward, backward and update take f times as
 * long, f drawn from the stream (seed, repetition, rank, step), with mean 1 and standard deviation
 * cv:
 *   lognormal  exp(s Z - s*s/2), s*s = ln(1 + cv*cv), Z standard normal
 *   gamma      shape 1/cv^2, scale cv^2
 *   uniform    between 1 - sqrt(3) cv and 1 + sqrt(3) cv
 * The method's kernels keep their seconds. */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "timeline_state.h"

static double factor_of(const struct tw_pricing *pricing, uint32_t step, int rank)
{
    const struct tw_stream_key key = {.seed = pricing->seed,
                                      .repetition = pricing->repetition,
                                      .rank = (uint32_t)rank,
                                      .step = step,
                                      .tensor = TW_TENSOR_NONE,
                                      .purpose = TW_PURPOSE_JITTER};
    struct tw_stream stream;
    double cv = pricing->jitter.cv, variance = log1p(cv * cv);
    tw_stream_open(&stream, &key);
    switch (pricing->jitter.kind) {
    case TW_JITTER_LOGNORMAL:
        return gsl_ran_lognormal(&stream.gsl, -variance / 2, sqrt(variance));
    case TW_JITTER_GAMMA:
        return gsl_ran_gamma(&stream.gsl, 1 / (cv * cv), cv * cv);
    case TW_JITTER_UNIFORM:
        break;
    }
    return gsl_ran_flat(&stream.gsl, 1 - sqrt(3) * cv, 1 + sqrt(3) * cv);
}

void tw_timeline_shake(struct tw_timeline *timeline, struct tw_step_plan *plan, uint32_t step)
{
    size_t ranks = (size_t)timeline->ranks;
    if (!(timeline->pricing->jitter.cv > 0))
        return;
    memcpy(timeline->steady_s, plan->compute_s, ranks * sizeof(double));
    for (int i = 0; i < plan->count; i++)
        if (plan->items[i].delay_s)
            memcpy(timeline->steady_s + (size_t)(i + 1) * ranks, plan->items[i].delay_s,
                   ranks * sizeof(double));
    for (size_t r = 0; r < ranks; r++) {
        double factor = factor_of(timeline->pricing, step, (int)r);
        plan->compute_s[r] *= factor;
        for (int i = 0; i < plan->count; i++)
            if (plan->items[i].delay_s && plan->items[i].account == TW_ACCOUNT_COMPUTE)
                ((double *)plan->items[i].delay_s)[r] *= factor; /* the plan's own */
    }
}

void tw_timeline_settle(struct tw_timeline *timeline, struct tw_step_plan *plan)
{
    size_t ranks = (size_t)timeline->ranks;
    if (!(timeline->pricing->jitter.cv > 0))
        return;
    memcpy(plan->compute_s, timeline->steady_s, ranks * sizeof(double));
    for (int i = 0; i < plan->count; i++)
        if (plan->items[i].delay_s)
            memcpy((double *)plan->items[i].delay_s, timeline->steady_s + (size_t)(i + 1) * ranks,
                   ranks * sizeof(double));
}
