/* A resolved point as canonical JSON: sorted keys, no blanks, reals in 17 digits. Its hash is the
 * point's key, so whatever can change a result is in it, and nothing else: no path depends on where
 * the program was started, because files are named by their content. */
#include "dynamics_json.h"
#include "scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "files.h"
#include "rules_json.h"

/* One JSON text under construction; the first failure is kept and ends it. */
struct writer {
    const struct tw_point *point;
    enum tw_point_part part;
    struct tw_err *err;
    tw_status status;
};

static void fail_memory(struct writer *writer)
{
    if (!writer->status)
        writer->status = tw_err_set(writer->err, TW_MEMORY, "out of memory writing a point");
}

/* Takes value over; NULL is a failure of memory. */
static void put(struct writer *writer, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value))
        fail_memory(writer);
}

static json_t *hex(uint64_t hash)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

/* Whole numbers beyond what JSON readers keep exactly travel as text. */
static json_t *whole(uint64_t value)
{
    char text[24];
    if (value <= (uint64_t)INT64_MAX)
        return json_integer((json_int_t)value);
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

/* {"name": …, "xxh3": …}; the name is for people and not in data keys. "" is null. */
static json_t *file(struct writer *writer, const char *path)
{
    uint64_t hash = 0;
    if (path[0] == '\0')
        return json_null();
    tw_status status = tw_file_hash(writer->point->hashes, path, &hash, writer->err);
    if (status && !writer->status)
        writer->status = status;
    const char *slash = strrchr(path, '/');
    json_t *object = json_object();
    if (writer->part == TW_POINT_ALL)
        put(writer, object, "name", json_string(slash ? slash + 1 : path));
    put(writer, object, "xxh3", hex(hash));
    return object;
}

/* ---- members and their options ---- */

static json_t *option(struct writer *writer, const struct tw_option *row, const void *params)
{
    const unsigned char *field = (const unsigned char *)params + row->offset;
    double real = 0;
    uint64_t count = 0;
    int choice = 0;
    switch (row->type) {
    case TW_OPTION_REAL:
    case TW_OPTION_TIME:
        memcpy(&real, field, sizeof real);
        return json_real(real);
    case TW_OPTION_COUNT:
        memcpy(&count, field, sizeof count);
        return whole(count);
    case TW_OPTION_CHOICE:
        memcpy(&choice, field, sizeof choice);
        return json_string(row->choices[choice]);
    case TW_OPTION_TEXT:
        return json_string((const char *)field);
    case TW_OPTION_FILE:
        return file(writer, (const char *)field);
    }
    return NULL;
}

/* Whether an option is young and says nothing. */
static int is_silent(struct writer *writer, const struct tw_member *member,
                     const struct tw_option *row, const void *params)
{
    const char *const *late = member->late;
    while (late && *late && strcmp(*late, row->name) != 0)
        late++;
    if (!late || !*late)
        return 0;
    char text[TW_TEXT_MAX], fallback[TW_TEXT_MAX];
    _Alignas(16) unsigned char defaults[TW_PARAMS_MAX] = {0};
    tw_status status = tw_options_defaults(row, 1, defaults, writer->err);
    if (status && !writer->status)
        writer->status = status;
    tw_option_print(row, params, text, sizeof text);
    tw_option_print(row, defaults, fallback, sizeof fallback);
    return strcmp(text, fallback) == 0;
}

static json_t *choice(struct writer *writer, const struct tw_choice *chosen)
{
    json_t *object = json_object(), *options = json_object();
    for (size_t i = 0; i < chosen->member->option_count; i++) {
        const struct tw_option *row = &chosen->member->options[i];
        if (is_silent(writer, chosen->member, row, chosen->params))
            continue;
        put(writer, options, row->name, option(writer, row, chosen->params));
    }
    put(writer, object, "name", json_string(chosen->member->name));
    put(writer, object, "options", options);
    return object;
}

/* With the file that was loaded, whatever is under its name by now; NULL: it is built in. */
static json_t *compressor(struct writer *writer, const struct tw_choice *chosen,
                          const struct tw_plugged *plugged)
{
    json_t *object = choice(writer, chosen);
    if (!plugged)
        return object;
    json_t *from = json_object();
    const char *slash = strrchr(plugged->file, '/');
    if (writer->part == TW_POINT_ALL)
        put(writer, from, "name", json_string(slash ? slash + 1 : plugged->file));
    put(writer, from, "xxh3", hex(plugged->hash));
    put(writer, object, "plugin", from);
    return object;
}

/* Contents of the data files that the workload names by itself ("fashion-mnist"). */
static json_t *data_files(struct writer *writer)
{
    const struct tw_point *point = writer->point;
    const struct tw_catalogue *catalogue = point->catalogue;
    json_t *list = json_array();
    char path[TW_TEXT_MAX];
    for (int i = 0; catalogue && catalogue->workload_file &&
                    catalogue->workload_file(point->workload.member, point->workload.params, i,
                                             path, sizeof path);
         i++)
        if (json_array_append_new(list, file(writer, path)))
            fail_memory(writer);
    return list;
}

/* ---- what the data plane depends on ---- */
static const char *const bucket_rules[] = {"size", "ddp", "fsdp", "megatron"};

static void put_data(struct writer *writer, json_t *object)
{
    const struct tw_point *point = writer->point;
    put(writer, object, "precision", json_string(point->precision == TW_FP64 ? "fp64" : "fp32"));
    put(writer, object, "workload", choice(writer, &point->workload));
    put(writer, object, "data_files", data_files(writer));
    put(writer, object, "optimizer", choice(writer, &point->optimizer));
    put(writer, object, "compressor", compressor(writer, &point->compressor, point->plugged));
    if (point->stages)
        put(writer, object, "stages", tw_stages_json(point->stages));
    if (point->rule_count > 0)
        put(writer, object, "tensors", tw_rules_json(point, compressor, writer));
    put(writer, object, "feedback", choice(writer, &point->feedback));
    put(writer, object, "ranks", json_integer((json_int_t)point->nodes * point->ranks_per_node));
    put(writer, object, "island", json_integer(point->island));
    if (point->inside)
        put(writer, object, "inside",
            json_pack("{s:s,s:o}", "type", point->inside == 1 ? "int8" : "int4", "block",
                      whole(point->inside_block)));
    if (point->shard_stage)
        put(writer, object, "sharding", tw_sharding_json(point));
    put(writer, object, "steps", json_integer(point->steps));
    /* The gradient of several micro-batches is that of one batch as large as all of them. */
    put(writer, object, "batch", whole((uint64_t)point->batch * point->shape.accumulate));
    put(writer, object, "evaluate", json_integer(point->evaluate));
    put(writer, object, "bucket_B", whole(point->bucket_B));
    if (point->bucket_rule)
        put(writer, object, "bucket_rule", json_string(bucket_rules[point->bucket_rule]));
    if (point->device_measured) /* the trace holds the seconds */
        put(writer, object, "time", json_string("measured"));
    put(writer, object, "seed", whole(point->seed));
    put(writer, object, "repetition", json_integer(point->repetition));
    /* A merge combines in the order of its schedule: the numbers depend on which one it is. */
    if (tw_point_merges(point)) {
        const struct tw_member *merge = point->algorithms[TW_MERGE];
        put(writer, object, "merge", json_string(merge ? merge->name : "auto"));
    }
}

/* ---- what prices it ---- */
static json_t *settings(struct writer *writer, const struct tw_setting *list, int count)
{
    json_t *object = json_object();
    for (int i = 0; i < count; i++)
        put(writer, object, list[i].name, json_string(list[i].value));
    return object;
}

/* Only the nodes that differ: {"3": 1.25e8}. */
static json_t *nodes(struct writer *writer, const double *values, double all)
{
    char name[24];
    json_t *object = json_object();
    for (int i = 0; values && i < writer->point->nodes; i++) {
        if (values[i] == all)
            continue;
        snprintf(name, sizeof name, "%d", i);
        put(writer, object, name, json_real(values[i]));
    }
    return object;
}

static json_t *file_of(void *writer, const char *path)
{
    return file(writer, path);
}

static json_t *platform(struct writer *writer)
{
    const struct tw_point *point = writer->point;
    json_t *object = json_object();
    put(writer, object, "file", file(writer, point->platform_file));
    put(writer, object, "nodes", json_integer(point->nodes));
    put(writer, object, "ranks_per_node", json_integer(point->ranks_per_node));
    put(writer, object, "bandwidth_Bps", json_real(point->bandwidth_Bps));
    put(writer, object, "latency_s", json_real(point->latency_s));
    put(writer, object, "node_bandwidth_Bps",
        nodes(writer, point->node_bandwidth_Bps, point->bandwidth_Bps));
    put(writer, object, "node_latency_s", nodes(writer, point->node_latency_s, point->latency_s));
    put(writer, object, "node_speed", nodes(writer, point->node_speed, 1));
    put(writer, object, "attributes", settings(writer, point->attributes, point->attribute_count));
    if (point->node_ranks && point->node_ranks != point->ranks_per_node)
        put(writer, object, "node_ranks", json_integer(point->node_ranks));
    if (point->fabric)
        put(writer, object, "fabric", tw_fabric_json(point->fabric));
    if (point->dynamics)
        put(writer, object, "dynamics", tw_dynamics_json(point->dynamics, file_of, writer));
    return object;
}

static json_t *network(struct writer *writer)
{
    static const char *const models[] = {"ideal", "ethernet", "tcp"};
    const struct tw_point *point = writer->point;
    json_t *object = json_object();
    put(writer, object, "model", json_string(models[point->network_model]));
    put(writer, object, "executor",
        point->executor ? json_string(point->executor->name) : json_null());
    put(writer, object, "config", settings(writer, point->config, point->config_count));
    if (point->latency_at)
        put(writer, object, "latency", json_string("sender"));
    if (point->full)
        put(writer, object, "full", json_true());
    if (point->curve_file && point->curve_file[0])
        put(writer, object, "bw_curve", file(writer, point->curve_file));
    else if (point->curve && point->curve->count)
        put(writer, object, "efficiency", json_real(point->curve->share[0]));
    return object;
}

static json_t *device(struct writer *writer)
{
    const struct tw_point *point = writer->point;
    json_t *object = json_object();
    put(writer, object, "file", file(writer, point->device_file));
    put(writer, object, "id", json_string(point->device->id));
    put(writer, object, "time", json_string(point->device_measured ? "measured" : "model"));
    return object;
}

static json_t *schedules(struct writer *writer)
{
    json_t *object = json_object();
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++) {
        const struct tw_member *named = writer->point->algorithms[kind];
        put(writer, object, tw_request_name((enum tw_request_kind)kind),
            json_string(named ? named->name : "auto"));
    }
    return object;
}

/* What was said of schedules beside their names; {} when nothing was. */
static json_t *schedule_options(struct writer *writer)
{
    const struct tw_point *point = writer->point;
    json_t *object = json_object();
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++) {
        json_t *options = json_object();
        if (point->presets[kind])
            put(writer, options, "preset", json_string(point->presets[kind]));
        if (point->table_files[kind])
            put(writer, options, "msccl", file(writer, point->table_files[kind]));
        if (point->segment_B[kind])
            put(writer, options, "segment_B", whole(point->segment_B[kind]));
        if (point->launch_s[kind] > 0)
            put(writer, options, "launch_s", json_real(point->launch_s[kind]));
        if (point->server && kind == TW_SUM)
            put(writer, options, "server", json_string("host"));
        if (json_object_size(options) > 0)
            put(writer, object, tw_request_name((enum tw_request_kind)kind), options);
        else
            json_decref(options);
    }
    return object;
}

/* What most scenarios do without is left out, so that their keys stay. */
static void put_shape(struct writer *writer, json_t *object)
{
    const struct tw_step_shape *shape = &writer->point->shape;
    put(writer, object, "forward_s", json_real(shape->forward_s));
    put(writer, object, "backward_s", json_real(shape->backward_s));
    if (shape->accumulate > 1)
        put(writer, object, "accumulate", json_integer(shape->accumulate));
    if (shape->layers_file[0] != '\0' && shape->overlap)
        put(writer, object, "layers", file(writer, shape->layers_file));
    if (shape->model_flops && shape->overlap) {
        put(writer, object, "layers", json_string("flops"));
        put(writer, object, "sequence", json_integer((json_int_t)shape->sequence));
    }
    if (shape->jitter.cv > 0) {
        static const char *const kinds[] = {"lognormal", "gamma", "uniform"};
        json_t *jitter = json_object();
        put(writer, jitter, "kind", json_string(kinds[shape->jitter.kind]));
        put(writer, jitter, "cv", json_real(shape->jitter.cv));
        put(writer, object, "jitter", jitter);
    }
    if (!shape->overlap)
        return;
    json_t *overlap = json_object();
    put(writer, overlap, "compress", json_string(shape->beside ? "beside" : "inline"));
    put(writer, overlap, "streams", json_integer(shape->streams));
    put(writer, overlap, "slowdown", json_real(shape->slowdown));
    put(writer, object, "overlap", overlap);
}

static void put_rest(struct writer *writer, json_t *object)
{
    const struct tw_point *point = writer->point;
    put(writer, object, "scenario", json_string(point->scenario));
    put(writer, object, "method", json_string(point->method));
    put(writer, object, "platform", platform(writer));
    put(writer, object, "network", network(writer));
    put(writer, object, "device", device(writer));
    put(writer, object, "schedules", schedules(writer));
    json_t *options = schedule_options(writer);
    if (json_object_size(options) > 0)
        put(writer, object, "schedule_options", options);
    else
        json_decref(options);
    if (point->island_mode)
        put(writer, object, "island_mode",
            json_string(point->island_mode == 1 ? "share" : "leader"));
    put_shape(writer, object);
    put(writer, object, "target_loss",
        point->has_target ? json_real(point->target_loss) : json_null());
}

char *tw_point_json(const struct tw_point *point, enum tw_point_part part, int model_version,
                    struct tw_err *err)
{
    struct writer writer = {point, part, err, TW_OK};
    char *text = NULL;
    json_t *object = json_object();
    put(&writer, object, "model_version", json_integer(model_version));
    put_data(&writer, object);
    if (part == TW_POINT_ALL)
        put_rest(&writer, object);
    if (!writer.status)
        text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (!text)
        fail_memory(&writer);
    json_decref(object);
    return text;
}
