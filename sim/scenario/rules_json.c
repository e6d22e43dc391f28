#include "rules_json.h"

/* Takes value over. 1: good. */
static int put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

static int put_count(json_t *object, const char *name, uint64_t value, uint64_t silent)
{
    return value == silent || put(object, name, json_integer((json_int_t)value));
}

static int put_match(json_t *object, const struct tw_match *match)
{
    return (!match->glob || put(object, "match", json_string(match->glob))) &&
           put_count(object, "min_size", match->min_size, 0) &&
           put_count(object, "max_size", match->max_size, UINT64_MAX) &&
           put_count(object, "dims", (uint64_t)match->dims, 0) &&
           put_count(object, "first", match->first, 0) && put_count(object, "last", match->last, 0);
}

json_t *tw_rules_json(const struct tw_point *point,
                      json_t *(*compressor)(struct writer *writer, const struct tw_choice *chosen,
                                            const struct tw_plugged *plugged),
                      struct writer *writer)
{
    json_t *list = json_array();
    int good = 1;
    for (int i = 0; i < point->rule_count && good; i++) {
        const struct tw_point_rule *rule = &point->rules[i];
        /* The method's own, whose file is said there. */
        int own = point->plugged && rule->compressor.member == point->compressor.member;
        json_t *object = json_object();
        good = put_match(object, &rule->match) &&
               (rule->min_gain <= 0 || put(object, "min_gain", json_real(rule->min_gain))) &&
               put(object, "compressor",
                   compressor(writer, &rule->compressor, own ? NULL : rule->plugged));
        if (own)
            good = good && put(object, "plugin", json_true());
        good = json_array_append_new(list, object) == 0 && good;
    }
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

json_t *tw_stages_json(const struct tw_point_stages *stages)
{
    json_t *object = json_object(), *values = json_array();
    int good = 1;
    for (int i = 0; i < stages->count; i++)
        good = json_array_append_new(values, json_real(stages->values[i])) == 0 && good;
    good = put(object, "option", json_string(stages->option)) && good;
    good = put(object, "steps", json_integer(stages->steps)) && good;
    good = put(object, "values", values) && good;
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

json_t *tw_sharding_json(const struct tw_point *point)
{
    static const char *const stages[] = {"none", "zero1", "zero2", "zero3"};
    static const char *const types[] = {"full", "bf16", "fp16", "int8", "int4"};
    json_t *object = json_object();
    int good = put(object, "stage", json_string(stages[point->shard_stage])) &&
               put(object, "weights", json_string(types[point->shard_weights])) &&
               put(object, "gather", json_string(point->shard_gather ? "forward" : "update")) &&
               put_count(object, "block", point->shard_block, 0);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

int tw_point_merges(const struct tw_point *point)
{
    uint32_t requests = point->compressor.member->requests;
    for (int i = 0; i < point->rule_count; i++)
        requests |= point->rules[i].compressor.member->requests;
    return (requests >> TW_MERGE & 1U) != 0;
}
