/* Joules of a trace: idle watts over the whole run, and what every step draws beyond that.
 *
 *     joules = idle_W * (end of the last step) + sum over steps of active_J
 * A host idles when none of its ranks works: between two steps of its own while others are not
 * done, too, as machines of a cluster that belongs to the run do. */
#include <stdlib.h>
#include <string.h>
#include "fabric.h"
#include "timeline_state.h"

static tw_status check(const struct tw_pricing *pricing, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = pricing->platform.dynamics;
    if (!pricing->executor->energy) {
        tw_err_set(err, TW_REFUSED, "the executor %s counts no joules",
                   pricing->executor->member.name);
        return tw_err_hint(err, TW_REFUSED, "executor=\"simgrid\" does");
    }
    if (dynamics && dynamics->outage_count) {
        tw_err_set(err, TW_REFUSED, "joules are not counted where links or hosts fail");
        return tw_err_hint(err, TW_REFUSED, "valid: a platform without <failure>");
    }
    return TW_OK;
}

tw_status tw_timeline_energy_open(struct tw_timeline *timeline, struct tw_priced *priced,
                                  struct tw_err *err)
{
    if (!timeline->pricing->energy)
        return TW_OK;
    tw_status status = check(timeline->pricing, err);
    if (status)
        return status;
    int count = tw_platform_hosts(&timeline->pricing->platform);
    timeline->hosts = calloc((size_t)count, sizeof *timeline->hosts);
    priced->hosts = calloc((size_t)count, sizeof *priced->hosts);
    if (!timeline->hosts || !priced->hosts)
        return tw_err_set(err, TW_MEMORY, "no memory for the joules of %d hosts", count);
    priced->host_count = count;
    return TW_OK;
}

void tw_timeline_energy_add(const struct tw_timeline *timeline, struct tw_priced *priced)
{
    for (int h = 0; h < priced->host_count; h++) {
        struct tw_host_energy *sum = &priced->hosts[h];
        double active_J = sum->active_J, busy_s = sum->busy_s;
        *sum = timeline->hosts[h];
        sum->active_J += active_J;
        sum->busy_s += busy_s;
    }
    if (timeline->hosts)
        memset(timeline->hosts, 0, (size_t)priced->host_count * sizeof *timeline->hosts);
}

void tw_timeline_energy_settle(struct tw_priced *priced)
{
    double end_s = priced->step_count ? priced->steps[priced->step_count - 1].end_s : 0;
    for (int h = 0; h < priced->host_count; h++)
        priced->hosts[h].joules = priced->hosts[h].idle_W * end_s + priced->hosts[h].active_J;
}
