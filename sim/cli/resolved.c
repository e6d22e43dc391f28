#include "resolved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../results/results.h"

tw_status tw_resolved_keys(const struct tw_scenario *scenario, struct tw_keys **keys,
                           struct tw_err *err)
{
    int count = tw_scenario_points(scenario);
    *keys = calloc((size_t)count + 1, sizeof **keys);
    if (!*keys)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    for (int i = 0; i < count; i++) {
        tw_status status = tw_keys_make(tw_scenario_point(scenario, i), &(*keys)[i], err);
        if (status) {
            free(*keys);
            *keys = NULL;
            return status;
        }
    }
    return TW_OK;
}

/* {"a":{"b":1}} → {"a.b":1} */
static void flatten(const json_t *from, const char *prefix, json_t *to)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)from, name, value)
    {
        char path[256];
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", name);
        if (json_is_object(value))
            flatten(value, path, to);
        else
            json_object_set(to, path, value);
    }
}

static json_t *flat_point(const struct tw_point *point, struct tw_err *err)
{
    char *text = tw_point_json(point, TW_POINT_ALL, TW_MODEL_VERSION, err);
    json_t *tree = text ? json_loads(text, 0, NULL) : NULL;
    json_t *flat = tree ? json_object() : NULL;
    if (flat)
        flatten(tree, "", flat);
    json_decref(tree);
    free(text);
    return flat;
}

/* Moves what all points agree on out of them. */
static json_t *take_common(json_t *points)
{
    json_t *common = json_deep_copy(json_array_get(points, 0)), *point, *value;
    const char *name;
    size_t i;
    void *next;
    json_object_del(common, "key");
    json_object_del(common, "data_key");
    json_array_foreach(points, i, point)
    {
        json_object_foreach_safe(common, next, name, value)
        {
            json_t *other = json_object_get(point, name);
            if (!other || !json_equal(other, value))
                json_object_del(common, name);
        }
    }
    json_array_foreach(points, i, point)
    {
        json_object_foreach(common, name, value) json_object_del(point, name);
    }
    return common;
}

static json_t *all_points(const struct tw_scenario *scenario, const struct tw_keys *keys,
                          struct tw_err *err)
{
    json_t *points = json_array();
    for (int i = 0; i < tw_scenario_points(scenario); i++) {
        json_t *flat = flat_point(tw_scenario_point(scenario, i), err);
        if (!flat) {
            json_decref(points);
            return NULL;
        }
        json_object_set_new(flat, "key", json_string(keys[i].key));
        json_object_set_new(flat, "data_key", json_string(keys[i].data_key));
        json_array_append_new(points, flat);
    }
    return points;
}

static json_t *labels(const struct tw_scenario *scenario)
{
    json_t *map = json_object();
    for (int i = 0; i < tw_scenario_points(scenario); i++) {
        const struct tw_point *point = tw_scenario_point(scenario, i);
        json_object_set_new(map, point->method,
                            json_string(point->label[0] ? point->label : point->method));
    }
    return map;
}

json_t *tw_resolved_make(const struct tw_scenario *scenario, const struct tw_keys *keys,
                         struct tw_err *err)
{
    json_t *points = all_points(scenario, keys, err);
    if (!points)
        return NULL;
    json_t *root = json_object(), *plots = json_array();
    const char *const *types;
    int type_count = tw_scenario_plots(scenario, &types);
    for (int i = 0; i < type_count; i++)
        json_array_append_new(plots, json_string(types[i]));
    json_object_set_new(root, "scenario", json_string(tw_scenario_id(scenario)));
    json_object_set_new(root, "description", json_string(tw_scenario_description(scenario)));
    json_object_set_new(root, "baseline", json_string(tw_scenario_baseline(scenario)));
    json_object_set_new(root, "plots", plots);
    json_object_set_new(root, "labels", labels(scenario));
    json_object_set_new(root, "common", take_common(points));
    json_object_set_new(root, "points", points);
    return root;
}

void tw_resolved_text(const json_t *value, char *text, size_t size)
{
    if (json_is_string(value))
        snprintf(text, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, size, "%.10g", json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_null(value))
        snprintf(text, size, "-");
    else {
        char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        snprintf(text, size, "%s", dump ? dump : "?");
        free(dump);
    }
}
