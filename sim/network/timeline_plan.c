/* Turns a record into delays and collectives. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "action.h"
#include "choice.h"
#include "platform.h"
#include "timeline_plan.h"

static const struct tw_device no_device; /* every kernel is free */

static const struct tw_device *device_of(const struct tw_pricing *pricing)
{
    return pricing->device ? pricing->device : &no_device;
}

static double speed_of(const struct tw_pricing *pricing, int rank)
{
    return tw_platform_speed(&pricing->platform, rank / pricing->platform.ranks_per_node);
}

/* The delay at the end of the plan, a new one behind a collective and where a fresh one is wanted.
 * NULL: no memory. */
static double *open_delay(struct tw_step_plan *plan)
{
    if (!plan->items)
        return NULL;
    struct tw_action_item *item = plan->count ? &plan->items[plan->count - 1] : NULL;
    if (!item || item->algorithm || plan->fresh) {
        item = &plan->items[plan->count];
        item->delay_s = calloc((size_t)plan->ranks, sizeof *item->delay_s);
        if (!item->delay_s)
            return NULL;
        plan->fresh = 0;
        plan->count++;
    }
    return (double *)item->delay_s;
}

tw_status tw_plan_seconds(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                          double seconds, int rank, double *account_s)
{
    if (seconds == 0)
        return TW_OK;
    double *delay_s = open_delay(plan);
    if (!delay_s)
        return TW_MEMORY;
    int first = rank < 0 ? 0 : rank, last = rank < 0 ? plan->ranks - 1 : rank;
    for (int r = first; r <= last; r++) {
        double own_s = seconds / speed_of(pricing, r);
        delay_s[r] += own_s;
        account_s[r] += own_s;
    }
    return TW_OK;
}

tw_status tw_plan_pause(struct tw_step_plan *plan)
{
    plan->fresh = 1;
    return open_delay(plan) ? TW_OK : TW_MEMORY;
}

/* What the device does know, for who has to choose. */
static tw_status no_kernel(const struct tw_device *device, enum tw_kernel kernel, tw_status status,
                           struct tw_err *err)
{
    const char *names[TW_KERNEL_COUNT];
    char known[300];
    size_t count = 0;
    for (int k = 0; k < TW_KERNEL_COUNT; k++)
        if (device->kernels[k].points > 0)
            names[count++] = tw_kernel_name((enum tw_kernel)k);
    (void)tw_err_set(err, status, "device %s does not know the kernel %s", device->id,
                     tw_kernel_name(kernel));
    return tw_err_hint(err, status, "its file needs <kernel name=\"%s\" …>; it has: %s",
                       tw_kernel_name(kernel), tw_join(names, count, known, sizeof known));
}

static double share_of(const struct tw_work_item *part, const struct tw_work_item *whole)
{
    return whole->elements ? (double)part->elements / (double)whole->elements : 1;
}

/* One rank's part of a work, or (−1) that of all ranks; measured, or else by the device. */
static tw_status add_part(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                          const struct tw_item *item, const struct tw_work_item *work, int rank,
                          struct tw_err *err)
{
    double seconds = item->measured_s * share_of(work, &item->work);
    tw_status status = seconds > 0 ? TW_OK : tw_device_seconds(device_of(pricing), work, &seconds);
    if (status)
        return no_kernel(device_of(pricing), item->work.kernel, status, err);
    if (rank >= plan->ranks || !(isfinite(seconds) && seconds >= 0))
        return tw_err_set(err, TW_INTERNAL, "work of rank %d takes %g s", rank, seconds);
    double *account_s = item->stage == TW_STAGE_METHOD ? plan->compress_s : plan->compute_s;
    status = tw_plan_seconds(plan, pricing, seconds, rank, account_s);
    return status ? tw_err_set(err, status, "no memory for a step of %d ranks", plan->ranks)
                  : TW_OK;
}

/* The ranks of an island divide its work, or leave it to the first. */
tw_status tw_plan_work(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                       const struct tw_item *item, struct tw_err *err)
{
    int island = plan->islands.island, groups = plan->ranks / island;
    int first = item->rank < 0 ? 0 : item->rank, last = item->rank < 0 ? groups - 1 : item->rank;
    tw_status status = TW_OK;
    if (island == 1)
        return add_part(plan, pricing, item, &item->work, item->rank, err);
    for (int local = 0; local < island; local++) {
        struct tw_work_item work;
        if (!tw_islands_work(&plan->islands, item, local, &work))
            continue;
        for (int group = first; group <= last && !status; group++)
            status = add_part(plan, pricing, item, &work, group * island + local, err);
    }
    return status;
}

/* A library may choose what is not among the schedules here: then nothing else stands for it. */
static tw_status no_preset(const struct tw_layout *layout, int preset, struct tw_err *err)
{
    return tw_err_set(err, TW_REFUSED,
                      "what %s chooses for %s of %" PRIu64 " bytes on %d ranks is not built here",
                      tw_preset_name((enum tw_preset)(preset - 1)), tw_request_name(layout->kind),
                      layout->count * layout->element_B, layout->ranks);
}

/* What the scenario says of schedules is about exchanges between islands; inside them the cost
 * chooses. */
static tw_status choose(const struct tw_pricing *pricing, const struct tw_islands *islands,
                        int inside, const struct tw_action_item *action,
                        const struct tw_algorithm **algorithm, struct tw_err *err)
{
    const struct tw_layout *layout = &action->layout;
    double alpha_s, beta_sB;
    *algorithm = inside ? NULL : pricing->algorithms[layout->kind];
    if (*algorithm)
        return TW_OK;
    tw_islands_alpha_beta(islands, &pricing->platform, inside, &alpha_s, &beta_sB);
    if (!isfinite(alpha_s) || !isfinite(beta_sB) || alpha_s < 0 || beta_sB <= 0)
        return tw_err_hint(err,
                           tw_err_set(err, TW_RANGE,
                                      "choosing the %s schedule needs the platform's bandwidth and "
                                      "latency",
                                      tw_request_name(layout->kind)),
                           "give the platform file bw and lat, or name the algorithm");
    int preset = inside ? 0 : pricing->presets[layout->kind];
    if (preset) {
        struct tw_preset_wires wires = tw_platform_wires(&pricing->platform);
        *algorithm = tw_algorithm_choose_preset((enum tw_preset)(preset - 1), layout, &wires);
        return *algorithm ? TW_OK : no_preset(layout, preset, err);
    }
    return tw_choice_auto(pricing, &action->comm, layout, alpha_s, beta_sB, algorithm, err);
}

/* Cuts the layout of every group into the schedule's blocks, and a pipelined one's into segments.
 */
static tw_status cut_layouts(struct tw_action_item *action, const struct tw_step_table *table,
                             uint64_t segment_B, struct tw_err *err)
{
    struct tw_layout *all = (struct tw_layout *)action->layouts;
    int groups = all ? tw_comm_groups(&action->comm) : 1;
    tw_status status = TW_OK;
    for (int g = 0; g < groups && !status; g++) {
        struct tw_layout *layout = all ? &all[g] : &action->layout;
        uint64_t elements = segment_B / layout->element_B;
        layout->table = table;
        if (segment_B)
            layout->segment = elements ? elements : 1;
        status = tw_layout_for(action->algorithm, layout, err);
    }
    if (all)
        action->layout = all[0];
    return status;
}

/* The data plane has merged by one schedule: no other can be priced. */
static tw_status merged_by(const struct tw_pricing *pricing, const struct tw_item *item,
                           const struct tw_algorithm **algorithm, struct tw_err *err)
{
    const struct tw_algorithm *named = pricing->algorithms[TW_MERGE];
    *algorithm = item->merge;
    if (named && named != item->merge)
        return tw_err_set(err, TW_INTERNAL, "merge %s for what was merged by %s",
                          named->member.name, item->merge->member.name);
    return TW_OK;
}

tw_status tw_plan_launch(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                         const struct tw_item *item, struct tw_err *err)
{
    double launch_s = pricing->launch_s[item->kind];
    if (item->type != TW_ITEM_EXCHANGE || launch_s == 0 || plan->ranks == plan->islands.island)
        return TW_OK;
    if (plan->islands.island > 1)
        return tw_err_set(err, TW_REFUSED, "launch seconds of %s together with islands of %d ranks",
                          tw_request_name(item->kind), plan->islands.island);
    plan->fresh |= plan->overlaps;
    tw_status status = tw_plan_seconds(plan, pricing, launch_s, -1, plan->compress_s);
    return status ? tw_err_set(err, status, "no memory for a step of %d ranks", plan->ranks)
                  : TW_OK;
}

/* A server of its own is number 0 of one rank more. */
static tw_status add_server(const struct tw_pricing *pricing, const struct tw_step_plan *plan,
                            struct tw_action_item *action, struct tw_err *err)
{
    if (!pricing->platform.server || plan->islands.island > 1)
        return tw_err_set(err, TW_REFUSED, "a server of its own %s",
                          plan->islands.island > 1 ? "does not go with islands"
                                                   : "needs a platform that has its host");
    action->layout.ranks = plan->ranks + 1;
    action->layout.node_ranks = 1;
    action->comm = (struct tw_comm){.size = plan->ranks + 1, .server = 1};
    return TW_OK;
}

tw_status tw_plan_exchange(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                           const struct tw_item *item, struct tw_err *err)
{
    int inside = item->type != TW_ITEM_EXCHANGE;
    if (!inside && plan->ranks == plan->islands.island)
        return TW_OK;
    const char *operation = tw_request_name(item->kind);
    if (item->start != 0 || item->due != 0)
        return tw_err_set(err, TW_REFUSED,
                          "an %s that starts in step +%d and is due in step +%d: only exchanges "
                          "within their step are priced",
                          operation, (int)item->start, (int)item->due);

    struct tw_action_item *action = &plan->items[plan->count++]; /* freed with the plan */
    action->phase = item->stream == TW_STREAM_GRADIENT ? item->phase + 1 : 0;
    const struct tw_platform *platform = &pricing->platform;
    const struct tw_algorithm *algorithm = NULL;
    uint64_t segment_B = inside ? 0 : pricing->segment_B[item->kind];
    tw_status status = tw_islands_lay_out(&plan->islands, platform, item, action, err);
    if (status)
        return status;
    if (pricing->server && !inside && item->kind == TW_SUM)
        status = add_server(pricing, plan, action, err);
    if (status)
        return status;
    if (segment_B)
        action->layout.segment =
            segment_B < action->layout.element_B ? 1 : segment_B / action->layout.element_B;
    status = item->merge ? merged_by(pricing, item, &algorithm, err)
                         : choose(pricing, &plan->islands, inside, action, &algorithm, err);
    if (status)
        return status;
    action->algorithm = algorithm;
    status = cut_layouts(action, inside ? NULL : pricing->tables[item->kind], segment_B, err);
    if (status)
        return status;
    plan->collectives++;
    status = tw_traffic_add(&plan->traffic, platform, action);
    return status ? tw_err_set(err, status, "no memory for counting messages") : TW_OK;
}

static enum tw_action_account account_of(const struct tw_item *item)
{
    return item->stage == TW_STAGE_METHOD ? TW_ACCOUNT_COMPRESS : TW_ACCOUNT_COMPUTE;
}

/* Says of the plan's items from `from` what they are. Delays that may be of both kinds and of
 * several buckets stay as they are. */
static void mark(struct tw_step_plan *plan, int from, int watched, const struct tw_item *item)
{
    for (int i = from; i < plan->count; i++) {
        int exchange = plan->items[i].algorithm != NULL;
        plan->items[i].bucket = exchange || watched ? item->bucket : -1;
        if (!exchange && watched)
            plan->items[i].account = account_of(item);
    }
}

tw_status tw_plan_moments(const struct tw_pricing *pricing, const struct tw_record *record,
                          struct tw_moments *moments, struct tw_err *err)
{
    static const int order[] = {[TW_BEFORE_FORWARD] = 0,
                                [TW_BEFORE_BACKWARD] = 1,
                                [TW_AFTER_BACKWARD] = 2,
                                [TW_AFTER_UPDATE] = 3};
    int starts[5] = {0}, at = 0;
    for (int i = 0; i < record->count; i++) {
        int moment = order[record->items[i].moment];
        if (moment < at)
            return tw_err_set(err, TW_CORRUPT, "item %d of a step is not where it belongs", i);
        for (; at < moment; at++)
            starts[at + 1] = i;
    }
    for (; at < 3; at++)
        starts[at + 1] = record->count;
    *moments = (struct tw_moments){starts[1], starts[2], starts[3]};
    if (moments->gradient > 0 && tw_plan_batches(pricing) > 1)
        return tw_err_set(err, TW_REFUSED,
                          "weights that are gathered before every forward and backward: %g "
                          "micro-batches in a step are not priced",
                          tw_plan_batches(pricing));
    return TW_OK;
}

/* Compute of all ranks, an item of its own where the run is watched. */
static tw_status add_compute(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                             double seconds, struct tw_err *err)
{
    static const struct tw_item gradient = {.stage = TW_STAGE_UPDATE, .bucket = -1};
    int from = plan->count, watched = pricing->item_watch || pricing->jitter.cv > 0;
    plan->fresh |= watched;
    tw_status status = tw_plan_seconds(plan, pricing, seconds, -1, plan->compute_s);
    if (status)
        return tw_err_set(err, status, "no memory for a step of %d ranks", plan->ranks);
    mark(plan, from, watched, &gradient);
    return TW_OK;
}

/* Items first … end−1 of the record. */
static tw_status add_range(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                           const struct tw_record *record, int first, int end, struct tw_err *err)
{
    static const struct tw_item gradient = {.stage = TW_STAGE_UPDATE, .bucket = -1};
    const struct tw_item *before = &gradient;
    int watched = pricing->item_watch || pricing->jitter.cv > 0;
    tw_status status = TW_OK;
    for (int i = first; i < end && !status; i++) {
        const struct tw_item *item = &record->items[i];
        int from = plan->count;
        plan->fresh |= watched && (item->bucket != before->bucket || item->stage != before->stage);
        status = item->type == TW_ITEM_WORK ? tw_plan_work(plan, pricing, item, err)
                                            : tw_plan_launch(plan, pricing, item, err);
        if (!status && item->type != TW_ITEM_WORK)
            status = tw_plan_exchange(plan, pricing, item, err);
        mark(plan, from, watched, item);
        before = item;
    }
    return status;
}

/* One thing behind the other. Where weights are gathered before the forward and before the
 * backward, all of them are. */
static tw_status add_items(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                           const struct tw_record *record, struct tw_err *err)
{
    struct tw_moments moments;
    double batches = tw_plan_batches(pricing), left_s = pricing->forward_s + pricing->backward_s;
    tw_status status = tw_plan_moments(pricing, record, &moments, err);
    if (!status)
        status = add_range(plan, pricing, record, 0, moments.backward, err);
    if (!status && moments.gradient > 0) {
        status = add_compute(plan, pricing, pricing->forward_s, err);
        left_s = pricing->backward_s;
        if (!status)
            status = add_range(plan, pricing, record, moments.backward, moments.gradient, err);
    }
    if (!status)
        status = add_compute(plan, pricing, batches * left_s, err);
    return status ? status : add_range(plan, pricing, record, moments.gradient, record->count, err);
}

tw_status tw_step_plan_make(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                            const struct tw_trace *trace, const struct tw_record *record,
                            struct tw_err *err)
{
    tw_status status;
    memset(plan, 0, sizeof *plan);
    plan->ranks = trace->ranks * trace->island;
    plan->islands = tw_islands_of(pricing, plan->ranks, trace->island);
    /* Items of their own for launches, for forward and backward, of each bucket where these
     * overlap. */
    plan->items =
        calloc(2 * (size_t)record->count + 2 * (size_t)trace->buckets + 4, sizeof *plan->items);
    plan->compute_s = calloc((size_t)plan->ranks, sizeof *plan->compute_s);
    plan->compress_s = calloc((size_t)plan->ranks, sizeof *plan->compress_s);
    status = tw_traffic_open(&plan->traffic, tw_platform_places(&pricing->platform));
    if (!status && plan->items && plan->compute_s && plan->compress_s)
        status = pricing->overlap.on ? tw_plan_overlapped(plan, pricing, trace, record, err)
                                     : add_items(plan, pricing, record, err);
    else
        status = tw_err_set(err, TW_MEMORY, "no memory for a step of %d ranks", plan->ranks);
    if (status)
        tw_step_plan_free(plan);
    return status;
}

void tw_step_plan_free(struct tw_step_plan *plan)
{
    for (int i = 0; plan->items && i < plan->count; i++) {
        free((double *)plan->items[i].delay_s);
        tw_islands_free(&plan->items[i]);
    }
    free(plan->items);
    free(plan->compute_s);
    free(plan->compress_s);
    tw_traffic_close(&plan->traffic);
    memset(plan, 0, sizeof *plan);
}
