/* Asking the catalogue about points, once per combination of what each question depends on. A
 * question is put only when the parts that it is about are good by themselves. */
#include "judge.h"

#include <stdio.h>
#include <string.h>

static void fill_method(struct tw_point *point, const struct tw_bound_method *method)
{
    point->method = method->id;
    point->label = method->label;
    point->compressor = method->compressor;
    point->plugged = method->plugged;
    point->feedback = method->feedback;
    point->rules = method->rules;
    point->rule_count = method->rule_count;
    point->stages = method->stages;
    memcpy(point->algorithms, method->algorithms, sizeof point->algorithms);
    memcpy(point->presets, method->presets, sizeof point->presets);
    memcpy(point->tables, method->tables, sizeof point->tables);
    memcpy(point->table_files, method->table_files, sizeof point->table_files);
    memcpy(point->segment_B, method->segment_B, sizeof point->segment_B);
    memcpy(point->launch_s, method->launch_s, sizeof point->launch_s);
    point->server = method->server;
    point->island = method->island;
    point->island_mode = method->island_mode;
    point->inside = method->inside;
    point->inside_block = method->inside_block;
    point->shard_stage = method->shard_stage;
    point->shard_weights = method->shard_weights;
    point->shard_gather = method->shard_gather;
    point->shard_block = method->shard_block;
}

void tw_point_fill(struct tw_point *point, const struct tw_bound_platform *platform,
                   const struct tw_bound_network *network, const struct tw_bound_workload *workload,
                   const struct tw_bound_method *method)
{
    if (platform) {
        point->platform_file = platform->file;
        point->nodes = platform->nodes;
        point->ranks_per_node = platform->ranks_per_node;
        point->bandwidth_Bps = platform->bandwidth_Bps;
        point->latency_s = platform->latency_s;
        point->node_bandwidth_Bps = platform->node_bandwidth_Bps;
        point->node_latency_s = platform->node_latency_s;
        point->node_speed = platform->node_speed;
        point->attributes = platform->attributes;
        point->attribute_count = platform->attribute_count;
        point->node_ranks = platform->node_ranks;
        point->fabric = platform->fabric;
        point->dynamics = platform->dynamics;
    }
    if (network) {
        point->network_model = network->model;
        point->latency_at = network->latency_at;
        point->full = network->full;
        point->curve = network->curve_rates ? NULL : network->curve; /* rates: by points.c */
        point->curve_file = network->curve_file;
        point->executor = network->executor;
        point->config = network->config;
        point->config_count = network->config_count;
    }
    if (workload) {
        point->precision = workload->precision;
        point->steps = workload->steps;
        point->batch = workload->batch;
        point->evaluate = workload->evaluate;
        point->bucket_B = workload->bucket_B;
        point->bucket_rule = workload->bucket_rule;
        point->shape = workload->shape;
        point->workload = workload->workload;
        point->optimizer = workload->optimizer;
        point->has_target = workload->has_target;
        point->target_loss = workload->target_loss;
    }
    if (method)
        fill_method(point, method);
}

/* ---- which combinations were asked about ---- */

static void open_asked(struct tw_asked *asked, const struct tw_bind *bind,
                       const struct tw_part *const *parts, int count)
{
    for (int i = 0; i < count; i++)
        tw_dimensions_add(&asked->depends, &parts[i]->depends);
    asked->done = tw_bind_take(bind, tw_dimensions_count(&asked->depends, bind->sweep));
}

static int first_time(struct tw_asked *asked, const struct tw_sweep *sweep)
{
    if (!asked->done)
        return 0;
    unsigned char *done = &asked->done[tw_dimensions_here(&asked->depends, sweep)];
    return !(*done)++;
}

void tw_judge_open(struct tw_judge *judge, struct tw_parts *parts, const struct tw_bind *bind)
{
    const struct tw_part *together[] = {&parts->platform, &parts->network, NULL};
    const struct tw_part *supply[] = {&parts->platform, &parts->workload};
    *judge = (struct tw_judge){.parts = parts, .bind = bind};
    open_asked(&judge->network, bind, together, 2);
    open_asked(&judge->workload, bind, supply, 2);
    judge->methods = tw_bind_take(bind, ((size_t)parts->method_count + 1) * sizeof *judge->methods);
    for (int i = 0; judge->methods && parts->methods && i < parts->method_count; i++) {
        together[2] = &parts->methods[i];
        open_asked(&judge->methods[i], bind, together, 3);
    }
    const struct tw_part *all[] = {&parts->platform, &parts->workload, NULL};
    judge->samples = tw_bind_take(bind, ((size_t)parts->method_count + 1) * sizeof *judge->samples);
    for (int i = 0; judge->samples && parts->methods && i < parts->method_count; i++) {
        all[2] = &parts->methods[i];
        open_asked(&judge->samples[i], bind, all, 3);
    }
    const struct tw_part *whole[] = {&parts->network, &parts->device, &parts->workload, NULL};
    judge->steps = tw_bind_take(bind, ((size_t)parts->method_count + 1) * sizeof *judge->steps);
    for (int i = 0; judge->steps && parts->methods && i < parts->method_count; i++) {
        whole[3] = &parts->methods[i];
        open_asked(&judge->steps[i], bind, whole, 4);
    }
    judge->sharding =
        tw_bind_take(bind, ((size_t)parts->method_count + 1) * sizeof *judge->sharding);
    for (int i = 0; judge->sharding && parts->methods && i < parts->method_count; i++) {
        const struct tw_part *step[] = {&parts->workload, &parts->methods[i]};
        open_asked(&judge->sharding[i], bind, step, 2);
    }
    tw_judge_open_options(judge);
}

/* ---- questions ---- */

int tw_judge_ask(const struct tw_judge *judge, const struct tw_point *point,
                 enum tw_concern concern, const struct tw_node *at, const char *before)
{
    const struct tw_bind *bind = judge->bind;
    struct tw_err err = {0};
    tw_status status = bind->catalogue->check_point(point, concern, &err);
    if (status == TW_OK)
        return 1;
    if (status == TW_MEMORY)
        bind->report->memory = 1;
    else if (err.line > 0)
        tw_report_add(bind->report, TW_ERROR, &err);
    else if (strncmp(err.text, before, strlen(before)) == 0)
        tw_report_at(bind->report, TW_ERROR, at, err.hint, "%s", err.text);
    else
        tw_report_at(bind->report, TW_ERROR, at, err.hint, "%s: %s", before, err.text);
    return 0;
}

static int ask_platform(const struct tw_judge *judge, const struct tw_bound_platform *platform)
{
    struct tw_point point = {0};
    const struct tw_node *element = judge->parts->platform.element;
    if (!tw_model_attribute(element, "file") && element->first)
        element = element->first; /* the cluster, or what stands for it */
    tw_point_fill(&point, platform, NULL, NULL, NULL);
    return tw_judge_ask(judge, &point, TW_CONCERN_PLATFORM, element, element->name);
}

static int ask_network(const struct tw_judge *judge, const struct tw_bound_platform *platform,
                       const struct tw_bound_network *network)
{
    struct tw_point point = {0};
    const struct tw_node *element = judge->parts->network.element;
    element = element ? element : judge->parts->platform.element;
    tw_point_fill(&point, platform, network, NULL, NULL);
    return tw_judge_ask(judge, &point, TW_CONCERN_NETWORK, element, element->name);
}

static int ask_optimizer(const struct tw_judge *judge, const struct tw_bound_workload *workload)
{
    struct tw_point point = {0};
    const struct tw_node *element = tw_model_child(workload->element, "optimizer");
    if (!element || !workload->optimizer.member)
        return 1; /* the default has no options that could disagree */
    tw_point_fill(&point, NULL, NULL, workload, NULL);
    return tw_judge_ask(judge, &point, TW_CONCERN_OPTIMIZER, element, element->name);
}

static void ask_supply(const struct tw_judge *judge, const struct tw_bound_platform *platform,
                       const struct tw_bound_workload *workload)
{
    struct tw_point point = {0};
    const struct tw_node *element = tw_model_child(workload->element, "objective");
    if (!element)
        element = tw_model_child(workload->element, "gradient");
    if (!element || !workload->workload.member)
        return;
    tw_point_fill(&point, platform, NULL, workload, NULL);
    (void)tw_judge_ask(judge, &point, TW_CONCERN_WORKLOAD, element, element->name);
}

/* Whether the islands are of one size; else what they could be. 1: good. */
static int islands_divide(const struct tw_judge *judge, const struct tw_point *point,
                          const struct tw_bound_method *method)
{
    int ranks = point->nodes * point->ranks_per_node;
    char valid[160] = "valid:";
    struct tw_err err = {0};
    struct tw_text text;
    if (ranks % point->island == 0 ||
        tw_bind_text(judge->bind, method->element, "island", &text) != TW_GIVEN)
        return 1;
    size_t length = strlen(valid);
    for (int i = 1; i <= ranks && length < sizeof valid - 12; i++)
        if (ranks % i == 0)
            length += (size_t)snprintf(valid + length, sizeof valid - length, " %d", i);
    if (length >= sizeof valid - 12)
        snprintf(valid + length, sizeof valid - length, " …");
    tw_err_set(&err, TW_RANGE, "'%s' does not divide the %d ranks of the platform", text.text,
               ranks);
    tw_err_hint(&err, TW_RANGE, "%s", valid);
    tw_bind_mistake(judge->bind, &text, &err);
    return 0;
}

static int ask_islands(const struct tw_judge *judge, const struct tw_point *point,
                       const struct tw_bound_method *method)
{
    char before[96];
    snprintf(before, sizeof before, "method '%s'", method->id);
    return islands_divide(judge, point, method) &&
           tw_judge_ask(judge, point, TW_CONCERN_ISLAND, method->element, before);
}

/* Schedules that the method says anything of and may ask for; an idle line was warned of. */
static void ask_schedules(const struct tw_judge *judge, const struct tw_point *point,
                          const struct tw_bound_method *method)
{
    char before[96];
    snprintf(before, sizeof before, "method '%s'", method->id);
    for (const struct tw_node *line = tw_model_child(method->element, "collective"); line;
         line = tw_model_next(line)) {
        struct tw_text operation;
        if (tw_bind_text(judge->bind, line, "operation", &operation) != TW_GIVEN)
            continue;
        for (int kind = 0; kind < TW_REQUEST_COUNT; kind++)
            if ((method->algorithms[kind] || method->presets[kind] || method->tables[kind] ||
                 method->segment_B[kind]) &&
                (method->asked >> kind & 1U) &&
                strcmp(operation.text, tw_request_name((enum tw_request_kind)kind)) == 0)
                (void)tw_judge_ask(judge, point, (enum tw_concern)(TW_CONCERN_SCHEDULE + kind),
                                   line, before);
    }
}

static void ask_sharding(const struct tw_judge *judge, const struct tw_bound_workload *workload,
                         const struct tw_bound_method *method)
{
    struct tw_point point = {0};
    char before[96];
    if (!method->shard_stage || !workload->optimizer.member || method->island > 1)
        return;
    snprintf(before, sizeof before, "method '%s'", method->id);
    tw_point_fill(&point, NULL, NULL, workload, method);
    (void)tw_judge_ask(judge, &point, TW_CONCERN_SHARDING, method->sharding, before);
}

static void ask_sample(const struct tw_judge *judge, const struct tw_bound_platform *platform,
                       const struct tw_bound_workload *workload,
                       const struct tw_bound_method *method)
{
    struct tw_point point = {0};
    char before[96];
    if (!workload->workload.member || !workload->optimizer.member || !method->compressor.member ||
        !method->feedback.member)
        return;
    snprintf(before, sizeof before, "method '%s'", method->id);
    tw_point_fill(&point, platform, NULL, workload, method);
    (void)tw_judge_ask(judge, &point, TW_CONCERN_SAMPLE, method->element, before);
}

static const struct tw_slot *judged_platform(struct tw_judge *judge)
{
    struct tw_slot *slot = tw_part_here(&judge->parts->platform, judge->bind);
    if (!slot || slot->judged)
        return slot;
    slot->judged = 1;
    if (slot->good)
        slot->good = (unsigned char)ask_platform(judge, slot->made);
    return slot;
}

static const struct tw_slot *judged_workload(struct tw_judge *judge)
{
    struct tw_slot *slot = tw_part_here(&judge->parts->workload, judge->bind);
    if (!slot || slot->judged)
        return slot;
    slot->judged = 1;
    if (slot->good)
        (void)ask_optimizer(judge, slot->made);
    return slot;
}

/* Asked for the first platform met, whatever its numbers, and only where nothing else is wrong: a
 * step that cannot be laid out repeats what was said of the network, the schedules and the options.
 */
static void judge_step(struct tw_judge *judge, int method, const struct tw_slot *platform,
                       const struct tw_slot *network)
{
    const struct tw_bind *bind = judge->bind;
    const struct tw_slot *workload = tw_part_here(&judge->parts->workload, bind);
    const struct tw_slot *device = tw_part_here(&judge->parts->device, bind);
    const struct tw_slot *bound = tw_part_here(&judge->parts->methods[method], bind);
    if (!workload || !workload->good || !device || !device->good || !bound || !bound->good ||
        !judge->steps || bind->report->mistakes->errors > 0 ||
        !first_time(&judge->steps[method], bind->sweep))
        return;
    struct tw_point point = {0};
    const struct tw_bound_workload *work = workload->made;
    const struct tw_bound_device *priced = device->made;
    const struct tw_bound_method *one = bound->made;
    if (!work->workload.member || !work->optimizer.member || !one->compressor.member ||
        !one->feedback.member)
        return;
    tw_point_fill(&point, platform->made, network->made, work, one);
    point.device = priced->device;
    point.device_file = priced->file;
    point.device_measured = priced->measured;
    if ((point.nodes * point.ranks_per_node) % point.island == 0)
        tw_judge_step(judge, &point, one);
}

void tw_judge_here(struct tw_judge *judge, int method)
{
    const struct tw_bind *bind = judge->bind;
    struct tw_parts *parts = judge->parts;
    if (!bind->catalogue->check_point || !parts->platform.element)
        return;
    const struct tw_slot *platform = judged_platform(judge);
    const struct tw_slot *workload = judged_workload(judge);
    struct tw_slot *network = tw_part_here(&parts->network, bind);
    if (!platform || !platform->good)
        return;
    if (workload && workload->good && first_time(&judge->workload, bind->sweep))
        ask_supply(judge, platform->made, workload->made);
    const struct tw_slot *sharded =
        method >= 0 && parts->methods ? tw_part_here(&parts->methods[method], bind) : NULL;
    if (sharded && sharded->good && workload && workload->good && judge->sharding &&
        first_time(&judge->sharding[method], bind->sweep)) {
        ask_sharding(judge, workload->made, sharded->made);
    }
    if (sharded && sharded->good && workload && workload->good)
        tw_judge_options(judge, method, platform->made, workload->made, sharded->made);
    if (sharded && sharded->good && workload && workload->good && judge->samples &&
        first_time(&judge->samples[method], bind->sweep))
        ask_sample(judge, platform->made, workload->made, sharded->made);
    if (!network || !network->good)
        return;
    if (first_time(&judge->network, bind->sweep) &&
        ask_network(judge, platform->made, network->made))
        tw_judge_look(judge, platform->made, network->made);
    if (method < 0 || !parts->methods || !judge->methods)
        return;
    const struct tw_slot *bound = tw_part_here(&parts->methods[method], bind);
    if (bound && bound->good && first_time(&judge->methods[method], bind->sweep)) {
        struct tw_point point = {0};
        tw_point_fill(&point, platform->made, network->made, NULL, bound->made);
        if (ask_islands(judge, &point, bound->made))
            ask_schedules(judge, &point, bound->made);
    }
    judge_step(judge, method, platform, network);
}
