/* Bytes of a record's links, times the steps that have this record, added over records. */
#include <stdlib.h>
#include "timeline_links.h"

static int is_flat(const struct tw_platform *platform)
{
    return !platform->file && !platform->fabric && platform->attribute_count == 0;
}

/* One record's links. */
static tw_status links_of(const struct tw_pricing *pricing, const struct tw_step_plan *plan,
                          struct tw_link_load **loads, int *count, struct tw_err *err)
{
    const struct tw_platform *platform = &pricing->platform;
    if (!is_flat(platform) && pricing->executor->links) {
        struct tw_step_job job = {.platform = platform,
                                  .network = &pricing->network,
                                  .items = plan->items,
                                  .count = plan->count};
        return pricing->executor->links(&job, loads, count, err);
    }
    *count = 2 * tw_platform_places(platform);
    *loads = calloc((size_t)*count, sizeof **loads);
    if (!*loads)
        return tw_err_set(err, TW_MEMORY, "no memory for %d links", *count);
    tw_traffic_links(&plan->traffic, platform, *loads);
    return TW_OK;
}

static double steps_of(const struct tw_trace *trace, uint32_t steps, int record)
{
    double count = 0;
    for (uint32_t s = 0; s < steps; s++)
        count += trace->step_record[s] == (uint32_t)record;
    return count;
}

/* Adds `times` the loads to the sums; the first loads become the sums. */
static tw_status add(struct tw_priced *priced, struct tw_link_load *loads, int count, double times,
                     struct tw_err *err)
{
    for (int i = 0; i < count; i++)
        loads[i].carried_B *= times;
    if (!priced->links) {
        priced->links = loads;
        priced->link_count = count;
        return TW_OK;
    }
    tw_status status = TW_OK;
    if (count != priced->link_count)
        status = tw_err_set(err, TW_INTERNAL, "a platform of %d links had %d before", count,
                            priced->link_count);
    for (int i = 0; i < count && !status; i++)
        priced->links[i].carried_B += loads[i].carried_B;
    free(loads);
    return status;
}

tw_status tw_timeline_links(const struct tw_pricing *pricing, const struct tw_trace *trace,
                            const struct tw_step_plan *plans, struct tw_priced *priced,
                            struct tw_err *err)
{
    tw_status status = TW_OK;
    for (int i = 0; i < trace->record_count && !status; i++) {
        struct tw_link_load *loads = NULL;
        int count = 0;
        status = links_of(pricing, &plans[i], &loads, &count, err);
        if (!status)
            status = add(priced, loads, count, steps_of(trace, priced->step_count, i), err);
    }
    double end_s = priced->step_count ? priced->steps[priced->step_count - 1].end_s : 0;
    for (int i = 0; i < priced->link_count && !status; i++)
        if (end_s > 0)
            priced->links[i].utilisation =
                priced->links[i].carried_B / (priced->links[i].bandwidth_Bps * end_s);
    return status;
}
