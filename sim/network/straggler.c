/* Stragglers: in step t, rank r on a host of straggler k is slow by
 *     f = 1 + (factor - 1) X   when U < probability and first <= t <= last, else by 1,
 * with U uniform in [0, 1) and X of mean 1 (timeline_jitter.c), drawn in this order from the stream
 * (seed, repetition, r, t, tensor k, STRAGGLER). Links are drawn once for all that match, with
 * TW_RANK_ALL in r's place. Factors of several stragglers multiply. */
#include "straggler.h"

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include "base/rng.h"
#include "fabric.h"

int tw_straggler_hosts(const struct tw_dynamics *dynamics)
{
    for (int i = 0; dynamics && i < dynamics->straggler_count; i++)
        if (dynamics->stragglers[i].kind == TW_OUTAGE_HOST)
            return 1;
    return 0;
}

int tw_straggler_alone(const struct tw_dynamics *dynamics)
{
    int hosts = 0;
    for (int i = 0; i < dynamics->straggler_count; i++)
        hosts += dynamics->stragglers[i].kind == TW_OUTAGE_HOST;
    return hosts > 0 && hosts == dynamics->straggler_count &&
           dynamics->profile_count + dynamics->background_count + dynamics->outage_count == 0;
}

/* of[r] ← whether rank r is on a host of this name. */
static tw_status find_ranks(const struct tw_pricing *pricing, const char *pattern,
                            unsigned char *of, struct tw_err *err)
{
    const struct tw_platform *platform = &pricing->platform;
    const struct tw_step_job job = {.platform = platform, .network = &pricing->network};
    int hosts = tw_platform_hosts(platform);
    unsigned char *matches = calloc((size_t)hosts + 1, 1);
    if (!matches)
        return tw_err_set(err, TW_MEMORY, "no memory for %d hosts", hosts);
    tw_status status = pricing->executor->match(&job, pattern, matches, err);
    for (int r = 0; r < tw_platform_ranks(platform) && !status; r++)
        of[r] = matches[tw_platform_host(platform, r)];
    free(matches);
    return status;
}

static tw_status find_straggler(struct tw_slowness *slowness, const struct tw_pricing *pricing,
                                int i, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = pricing->platform.dynamics;
    const char *name = dynamics->stragglers[i].name;
    int ranks = tw_platform_ranks(&pricing->platform), found = 0;
    unsigned char *of = slowness->of + (size_t)i * (size_t)ranks;
    tw_status status = find_ranks(pricing, name, of, err);
    for (int r = 0; r < ranks && !found; r++)
        found = of[r];
    if (status || found)
        return status;
    status =
        tw_err_set(err, TW_UNKNOWN, "straggler: no rank is on a host that is called '%s'", name);
    if (dynamics->places) {
        const struct tw_written *at =
            &dynamics->places[dynamics->profile_count + dynamics->background_count +
                              dynamics->outage_count + i];
        tw_err_at(err, at->file, at->line);
    }
    return tw_err_hint(err, status, "hosts of a <cluster> are node-0, node-1, …");
}

tw_status tw_straggler_open(struct tw_slowness *slowness, const struct tw_pricing *pricing,
                            struct tw_err *err)
{
    const struct tw_dynamics *dynamics = pricing->platform.dynamics;
    size_t ranks = (size_t)tw_platform_ranks(&pricing->platform), count;
    if (!dynamics || dynamics->straggler_count == 0)
        return TW_OK;
    count = (size_t)dynamics->straggler_count;
    slowness->rank = calloc(ranks, sizeof *slowness->rank);
    slowness->link = calloc(count, sizeof *slowness->link);
    slowness->of = calloc(count * ranks, 1);
    if (!slowness->rank || !slowness->link || !slowness->of)
        return tw_err_set(err, TW_MEMORY, "no memory for stragglers among %zu ranks", ranks);
    tw_status status = TW_OK;
    for (int i = 0; i < dynamics->straggler_count && !status; i++)
        if (dynamics->stragglers[i].kind == TW_OUTAGE_HOST)
            status = find_straggler(slowness, pricing, i, err);
    return status;
}

static double draw(const struct tw_pricing *pricing, int i, uint32_t rank, uint32_t step)
{
    const struct tw_straggler *straggler = &pricing->platform.dynamics->stragglers[i];
    const struct tw_stream_key key = {.seed = pricing->seed,
                                      .repetition = pricing->repetition,
                                      .rank = rank,
                                      .step = step,
                                      .tensor = (uint32_t)i,
                                      .purpose = TW_PURPOSE_STRAGGLER};
    struct tw_stream stream;
    if (step < straggler->first || step > straggler->last)
        return 1;
    tw_stream_open(&stream, &key);
    if (!(gsl_rng_uniform(&stream.gsl) < straggler->probability))
        return 1;
    return 1 + (straggler->factor - 1) * tw_jitter_factor(&straggler->spread, &stream);
}

void tw_straggler_draw(struct tw_slowness *slowness, const struct tw_pricing *pricing,
                       uint32_t step)
{
    const struct tw_dynamics *dynamics = pricing->platform.dynamics;
    int ranks = tw_platform_ranks(&pricing->platform);
    if (!slowness->rank)
        return;
    for (int r = 0; r < ranks; r++)
        slowness->rank[r] = 1;
    for (int i = 0; i < dynamics->straggler_count; i++) {
        const unsigned char *of = slowness->of + (size_t)i * (size_t)ranks;
        int links = dynamics->stragglers[i].kind == TW_OUTAGE_LINK;
        slowness->link[i] = links ? draw(pricing, i, TW_RANK_ALL, step) : 1;
        for (int r = 0; r < ranks && !links; r++)
            if (of[r])
                slowness->rank[r] *= draw(pricing, i, (uint32_t)r, step);
    }
}

void tw_straggler_close(struct tw_slowness *slowness)
{
    free(slowness->rank);
    free(slowness->link);
    free(slowness->of);
    *slowness = (struct tw_slowness){0};
}
