/* See reckon.h. */
#include "reckon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "action.h"
#include "maxplus.h"
#include "simgrid_hops.h"
#include "streams.h"

#define WINDOW 3    /* steps that are simulated at either end of a schedule */
#define LONG 64     /* steps from which a schedule is worth it */
#define AGREE 1e-12 /* relative */

/* Steps of the job's schedules that would not be simulated; 0: not worth it, or not known. */
static uint64_t gain(const struct tw_step_job *job)
{
    const struct tw_network *network = job->network;
    uint64_t steps = 0;
    int most = 0;
    if (tw_platform_ranks(job->platform) < TW_RECKONED_RANKS || network->full || job->messages ||
        job->hosts || network->model == TW_MODEL_TCP || network->config_count ||
        job->platform->dynamics || job->platform->server || tw_streams_exchanging(job) > 1)
        return 0;
    for (int i = 0; i < job->count; i++) {
        if (!job->items[i].algorithm)
            continue;
        int of_item = tw_action_steps_max(&job->items[i]);
        most = of_item > most ? of_item : most;
        steps += of_item > 2 * WINDOW ? (uint64_t)(of_item - 2 * WINDOW) : 0;
    }
    return most >= LONG ? steps : 0;
}

static int only_rings(const struct tw_step_job *job)
{
    for (int i = 0; i < job->count; i++)
        if (job->items[i].algorithm && !tw_ring_is(&job->items[i]))
            return 0;
    return 1;
}

/* The job's short form by events and by arithmetic. 1: all ends agree. */
static tw_status check(const struct tw_step_job *job, const struct tw_ring_hops *hops,
                       tw_reckon_events events, int *agree, struct tw_err *err)
{
    size_t ends = (size_t)job->count * (size_t)tw_platform_ranks(job->platform);
    struct tw_step_job brief = *job;
    struct tw_action_item *items = malloc((size_t)job->count * sizeof *items);
    double *simulated_s = malloc(2 * ends * sizeof *simulated_s);
    tw_status status = TW_MEMORY;
    if (!items || !simulated_s) {
        tw_err_set(err, status, "no memory for checking a step of %zu ends", ends);
        goto done;
    }
    double *reckoned_s = simulated_s + ends;
    memcpy(items, job->items, (size_t)job->count * sizeof *items);
    for (int i = 0; i < job->count; i++)
        items[i].window = WINDOW;
    brief.items = items;
    brief.facts = NULL;
    status = events(&brief, simulated_s, err);
    if (!status)
        status = tw_maxplus_price(&brief, hops, reckoned_s, err);
    *agree = 1;
    for (size_t i = 0; i < ends && !status; i++)
        *agree &= fabs(simulated_s[i] - reckoned_s[i]) <= AGREE * simulated_s[i];
done:
    free(items);
    free(simulated_s);
    return status;
}

tw_status tw_reckon(const struct tw_step_job *job, tw_reckon_events events, double *end_s,
                    uint64_t *reckoned, struct tw_err *err)
{
    struct tw_ring_hops hops = {0}, *over = NULL;
    struct tw_err refused = {0};
    uint64_t steps = gain(job);
    int agree = 0;
    *reckoned = 0;
    if (!steps)
        return TW_OK;
    if (tw_executor_find("maxplus")->accepts(job, &refused)) {
        if (!only_rings(job) || !tw_simgrid_hops(job, &hops))
            return TW_OK;
        over = &hops;
    }
    tw_status status = check(job, over, events, &agree, err);
    if (!status && agree) {
        status = tw_maxplus_price(job, over, end_s, err);
        *reckoned = steps;
    }
    free(hops.latency_s);
    return status;
}
