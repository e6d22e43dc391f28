/* A step without exchanges: by arithmetic, nothing is simulated.
 *
 * A host that fails while one of its ranks is in the step breaks it, at
 *     L = max(failed, begin of the step)   where failed < the rank's end and begin < repaired
 * of all such failures the first. Links that fail break nothing here: nobody uses them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "fabric.h"
#include "streams.h"
#include "timeline_state.h"

/* The name as a pattern that only the name itself fits, owned by the caller. NULL: no memory. */
static char *literal(const char *name)
{
    char *pattern = malloc(2 * strlen(name) + 1), *to = pattern;
    for (; pattern && *name; name++) {
        if (strchr("*?[\\", *name))
            *to++ = '\\';
        *to++ = *name;
    }
    if (pattern)
        *to = '\0';
    return pattern;
}

/* of[r] ← whether rank r is on the host of that name. */
static tw_status find_ranks(const struct tw_timeline *timeline, const char *name, unsigned char *of,
                            struct tw_err *err)
{
    const struct tw_platform *platform = &timeline->pricing->platform;
    const struct tw_step_job job = {.platform = platform, .network = &timeline->pricing->network};
    unsigned char *matches = calloc((size_t)tw_platform_hosts(platform) + 1, 1);
    char *pattern = literal(name);
    tw_status status = TW_MEMORY;
    if (matches && pattern)
        status = timeline->pricing->executor->match(&job, pattern, matches, err);
    else
        tw_err_set(err, status, "no memory for who is on host %s", name);
    for (int r = 0; r < timeline->ranks && !status; r++)
        of[r] = matches[tw_platform_host(platform, r)];
    free(pattern);
    free(matches);
    return status;
}

tw_status tw_timeline_alone_open(struct tw_timeline *timeline, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = timeline->pricing->platform.dynamics;
    size_t ranks = (size_t)timeline->ranks;
    int needed = 0;
    for (int i = 0; i < timeline->trace->record_count; i++)
        needed |= !timeline->plans[i].collectives;
    if (!needed || !dynamics || dynamics->outage_count == 0)
        return TW_OK;
    timeline->outage_of = calloc((size_t)dynamics->outage_count * ranks, 1);
    if (!timeline->outage_of)
        return tw_err_set(err, TW_MEMORY, "no memory for failures of %zu ranks", ranks);
    tw_status status = TW_OK;
    for (int i = 0; i < dynamics->outage_count && !status; i++)
        if (dynamics->outages[i].kind == TW_OUTAGE_HOST)
            status = find_ranks(timeline, dynamics->outages[i].name,
                                timeline->outage_of + (size_t)i * ranks, err);
    return status;
}

/* When a rank whose step ends at end_s meets the outage; INFINITY: it does not. */
static double met_s(const struct tw_outage *outage, double clock_s, double end_s)
{
    double at_s = outage->at_s - clock_s, until_s = outage->at_s + outage->repair_s - clock_s;
    return at_s < end_s && until_s > 0 ? fmax(at_s, 0) : INFINITY;
}

/* The end of the rank's last item, of whatever stream. */
static double leave_s(const struct tw_timeline *timeline, const struct tw_step_job *job, int rank)
{
    double last_s = job->entry_s[rank];
    for (int i = 0; i < job->count; i++)
        last_s = fmax(last_s, tw_timeline_ends(timeline, i)[rank]);
    return last_s;
}

/* Which outage breaks the step first, if any. */
static void find_outage(const struct tw_timeline *timeline, const struct tw_step_job *job)
{
    const struct tw_dynamics *dynamics = job->platform->dynamics;
    size_t ranks = (size_t)timeline->ranks;
    double first_s = INFINITY;
    for (size_t r = 0; timeline->outage_of && r < ranks; r++) {
        double end_s = leave_s(timeline, job, (int)r);
        for (int i = 0; i < dynamics->outage_count; i++) {
            double lost_s = timeline->outage_of[(size_t)i * ranks + r]
                                ? met_s(&dynamics->outages[i], job->clock_s, end_s)
                                : INFINITY;
            if (lost_s >= first_s)
                continue;
            first_s = lost_s;
            job->facts->outage = i + 1;
            job->facts->lost_s = lost_s;
        }
    }
}

tw_status tw_timeline_alone(const struct tw_timeline *timeline, const struct tw_step_job *job)
{
    for (int i = 0; i < job->count; i++) {
        double *row_s = tw_timeline_ends(timeline, i);
        tw_streams_begin(job, i, tw_timeline_ends(timeline, 0), row_s);
        for (int r = 0; r < timeline->ranks; r++)
            row_s[r] += job->items[i].delay_s[r];
    }
    find_outage(timeline, job);
    return job->facts->outage ? TW_CRASHED : TW_OK;
}
