/* From a resolved point to what the two planes take: names become operations of its precision. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "piece.h"
#include "../collective/table.h"
#include "../results/results.h"
#include "plugin.h"

tw_status tw_keys_make(const struct tw_point *point, struct tw_keys *keys, struct tw_err *err)
{
    char *all = tw_point_json(point, TW_POINT_ALL, TW_MODEL_VERSION, err);
    char *data = all ? tw_point_json(point, TW_POINT_DATA, TW_MODEL_VERSION, err) : NULL;
    tw_status status = all && data ? TW_OK : err->status ? err->status : TW_MEMORY;
    if (!status) {
        tw_key_of(all, strlen(all), keys->key);
        tw_key_of(data, strlen(data), keys->data_key);
    }
    free(all);
    free(data);
    return status;
}

/* The point's rules with the members of its precision. */
static tw_status set_rules(const struct tw_point *point, struct tw_train_setup *setup,
                           struct tw_err *err)
{
    _Static_assert(TW_POINT_RULES_MAX <= TW_RULES_MAX, "room for the rules of a point");
    for (int i = 0; i < point->rule_count; i++) {
        const struct tw_point_rule *rule = &point->rules[i];
        /* The method's own may be from a file, and then in no registry. */
        int own = rule->compressor.member == point->compressor.member;
        setup->rules[i] = (struct tw_tensor_rule){
            .match = rule->match,
            .compressor = own ? setup->compressor
                          : rule->plugged
                              ? tw_compressor_of(rule->plugged->member[point->precision])
                              : tw_compressor_find(rule->compressor.member->name, point->precision),
            .params = rule->compressor.params,
            .min_gain = rule->min_gain,
        };
        if (!setup->rules[i].compressor)
            return tw_err_set(err, TW_INTERNAL, "compressor '%s' is in no registry",
                              rule->compressor.member->name);
    }
    setup->rule_count = point->rule_count;
    return TW_OK;
}

static void set_stages(const struct tw_point *point, struct tw_train_setup *setup)
{
    _Static_assert(TW_POINT_STAGES_MAX <= TW_STAGES_MAX, "room for the stages of a point");
    if (!point->stages)
        return;
    setup->stages.count = point->stages->count;
    setup->stages.steps = point->stages->steps;
    for (int i = 0; i < point->stages->count; i++)
        setup->stages.params[i] = point->stages->params[i];
}

tw_status tw_piece_setup(const struct tw_point *point, struct tw_train_setup *setup,
                         struct tw_err *err)
{
    enum tw_precision precision = point->precision;
    *setup = (struct tw_train_setup){
        .precision = precision,
        .ranks = point->nodes * point->ranks_per_node,
        .island = point->island,
        .inside = {.type = (enum tw_inside_type)point->inside, .block = point->inside_block},
        .batch = point->batch * point->shape.accumulate,
        .steps = point->steps,
        .evaluate = point->evaluate,
        .bucket_rule = (enum tw_bucket_rule)point->bucket_rule,
        .bucket_B = point->bucket_B,
        .seed = point->seed,
        .repetition = point->repetition,
        .measured = point->device_measured,
        .workload = tw_workload_find(point->workload.member->name, precision),
        .workload_params = point->workload.params,
        .compressor = point->plugged
                          ? tw_compressor_of(point->plugged->member[precision])
                          : tw_compressor_find(point->compressor.member->name, precision),
        .compressor_params = point->compressor.params,
        .feedback = tw_feedback_find(point->feedback.member->name, precision),
        .feedback_params = point->feedback.params,
        .optimizer = tw_optimizer_find(point->optimizer.member->name, precision),
        .optimizer_params = point->optimizer.params,
        .sharding = {.stage = (enum tw_shard_stage)point->shard_stage,
                     .weights = (enum tw_weights_type)point->shard_weights,
                     .gather_before = point->shard_gather,
                     .block = point->shard_block},
    };
    const struct tw_member *merge = point->algorithms[TW_MERGE];
    setup->merge = merge ? tw_algorithm_find(TW_MERGE, merge->name) : tw_algorithm_merge_auto();
    if (!setup->merge)
        return tw_err_set(err, TW_INTERNAL, "merge schedule of point '%s' is in no registry",
                          point->method);
    if (!setup->workload || !setup->compressor || !setup->feedback || !setup->optimizer)
        return tw_err_set(err, TW_INTERNAL, "a member of point '%s' is in no registry",
                          point->method);
    set_stages(point, setup);
    return set_rules(point, setup, err);
}

static void pairs(const struct tw_setting *settings, int count, struct tw_pair *out)
{
    for (int i = 0; i < count; i++)
        out[i] = (struct tw_pair){settings[i].name, settings[i].value};
}

static tw_status price_schedules(const struct tw_point *point, struct tw_pricing *pricing,
                                 struct tw_err *err)
{
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++) {
        const struct tw_member *named = point->algorithms[kind];
        if (point->presets[kind])
            pricing->presets[kind] = 1 + tw_preset_by_name(point->presets[kind]);
        pricing->segment_B[kind] = point->segment_B[kind];
        pricing->launch_s[kind] = point->launch_s[kind];
        if (point->tables[kind]) {
            pricing->tables[kind] = point->tables[kind];
            pricing->algorithms[kind] = tw_table_algorithm(point->tables[kind]);
        }
        if (!named)
            continue;
        pricing->algorithms[kind] = tw_algorithm_find((enum tw_request_kind)kind, named->name);
        if (!pricing->algorithms[kind])
            return tw_err_set(err, TW_INTERNAL, "schedule '%s' is in no registry", named->name);
    }
    return TW_OK;
}

tw_status tw_piece_price_setup(const struct tw_point *point, struct tw_piece_pricing *piece,
                               struct tw_err *err)
{
    struct tw_pricing *pricing = &piece->pricing;
    *piece = (struct tw_piece_pricing){0};
    pairs(point->attributes, point->attribute_count, piece->attributes);
    pairs(point->config, point->config_count, piece->config);
    pricing->platform = (struct tw_platform){
        .file = point->platform_file[0] ? point->platform_file : NULL,
        .nodes = point->nodes,
        .ranks_per_node = point->ranks_per_node,
        .bandwidth_Bps = point->bandwidth_Bps,
        .latency_s = point->latency_s,
        .node_bandwidth_Bps = point->node_bandwidth_Bps,
        .node_latency_s = point->node_latency_s,
        .node_speed = point->node_speed,
        .attributes = piece->attributes,
        .attribute_count = point->attribute_count,
        .node_ranks = point->node_ranks,
        .fabric = point->fabric,
        .dynamics = point->dynamics,
    };
    pricing->network = (struct tw_network){
        .model = (enum tw_network_model)point->network_model,
        .config = piece->config,
        .config_count = point->config_count,
        .latency = (enum tw_latency_at)point->latency_at,
        .full = point->full,
        .curve = point->curve && point->curve->count ? point->curve : NULL,
    };
    pricing->executor = tw_executor_find(point->executor->name);
    pricing->server = pricing->platform.server = point->server;
    pricing->device = point->device;
    pricing->island_mode = (enum tw_island_mode)point->island_mode;
    pricing->forward_s = point->shape.forward_s;
    pricing->backward_s = point->shape.backward_s;
    pricing->layers = point->shape.layers;
    pricing->layer_count = point->shape.layer_count;
    pricing->layer_s = point->shape.layer_s;
    pricing->jitter = point->shape.jitter;
    pricing->seed = point->seed;
    pricing->repetition = point->repetition;
    pricing->accumulate = (int)point->shape.accumulate;
    pricing->overlap = (struct tw_overlap){.on = point->shape.overlap,
                                           .inline_ = !point->shape.beside,
                                           .streams = (int)point->shape.streams,
                                           .slowdown = point->shape.slowdown};
    tw_status status = price_schedules(point, pricing, err);
    if (status)
        return status;
    return pricing->executor ? TW_OK
                             : tw_err_set(err, TW_INTERNAL, "executor '%s' is in no registry",
                                          point->executor->name);
}
