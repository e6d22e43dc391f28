/* Which points share their trials. A combination is one choice of all axes but the tuned one; it
 * belongs to the group of its method whose data-plane runs are the same at every value of the grid:
 * bandwidths share trials, ratios do not. */
#include <stdlib.h>
#include <string.h>
#include "tuning.h"

/* Combinations, in the order of the points. */
struct combinations {
    json_t *known; /* text of the axes → index */
    int count;
    int *of;    /* of every point */
    int *point; /* combination × values: the first point there, or −1 */
};

static void free_combinations(struct combinations *all)
{
    json_decref(all->known);
    free(all->of);
    free(all->point);
}

/* The axes of a point but the tuned one, as one text; owned by the caller. */
static char *combination_text(const struct tw_tuning *tuning, const struct tw_point *point)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    for (int a = 0; a < point->axis_count; a++)
        fprintf(to, "%s\n", a == tuning->tune->axis ? "" : point->axis_value[a]);
    int failed = ferror(to);
    failed |= fclose(to);
    if (failed) {
        free(text);
        return NULL;
    }
    return text;
}

static int value_index(const struct tw_tune *tune, const struct tw_point *point)
{
    int v = 0;
    while (v + 1 < tune->value_count && strcmp(tune->values[v], point->axis_value[tune->axis]))
        v++;
    return v;
}

/* The index of text in a map of indices, which grows by it; −1: memory. */
static int index_of(json_t *map, const char *text, int *count)
{
    const json_t *known = json_object_get(map, text);
    if (known)
        return (int)json_integer_value(known);
    return json_object_set_new(map, text, json_integer(*count)) ? -1 : (*count)++;
}

static tw_status combine(const struct tw_tuning *tuning, const struct tw_scenario *scenario,
                         struct combinations *all, struct tw_candidate *candidates)
{
    size_t points = (size_t)tw_scenario_points(scenario),
           values = (size_t)tuning->tune->value_count;
    all->known = json_object();
    all->of = calloc(points + 1, sizeof *all->of);
    all->point = calloc(points * values + 1, sizeof *all->point);
    if (!all->known || !all->of || !all->point)
        return TW_MEMORY;
    for (size_t i = 0; i < points * values; i++)
        all->point[i] = -1;
    for (size_t p = 0; p < points; p++) {
        const struct tw_point *point = tw_scenario_point(scenario, (int)p);
        char *text = combination_text(tuning, point);
        int c = text ? index_of(all->known, text, &all->count) : -1;
        free(text);
        if (c < 0)
            return TW_MEMORY;
        all->of[p] = c;
        candidates[p].value = value_index(tuning->tune, point);
        int *first = &all->point[(size_t)c * values + (size_t)candidates[p].value];
        *first = *first < 0 ? (int)p : *first;
    }
    return TW_OK;
}

static int is_taker(const struct tw_tune *tune, const char *method)
{
    int m = 0;
    while (m < tune->taker_count && strcmp(tune->takers[m], method))
        m++;
    return m < tune->taker_count;
}

/* The data key of a combination at a value; NULL where an exclude is. */
static const char *data_key(const struct combinations *all, const struct tw_keys *keys, int c,
                            int values, int v)
{
    int p = all->point[c * values + v];
    return p < 0 ? NULL : keys[p].data_key;
}

/* Values that are the same to the data plane would be trials of nothing. */
static tw_status check_values(const struct tw_tune *tune, const struct combinations *all,
                              const struct tw_keys *keys, int c, const char *method,
                              struct tw_err *err)
{
    for (int v = 1; v < tune->value_count; v++)
        for (int u = 0; u < v; u++) {
            const char *a = data_key(all, keys, c, tune->value_count, u);
            const char *b = data_key(all, keys, c, tune->value_count, v);
            if (!a || !b || strcmp(a, b))
                continue;
            tw_err_set(err, TW_INPUT,
                       "tune: with $%s = %s method '%s' computes just what it does with %s",
                       tune->over, tune->values[v], method, tune->values[u]);
            return tw_err_hint(err, TW_INPUT,
                               "tune what changes the loss; what changes only times is an axis");
        }
    return TW_OK;
}

/* The method and the data keys at every value: equal for combinations that share trials. */
static char *signature(const struct combinations *all, const struct tw_scenario *scenario,
                       const struct tw_keys *keys, int c, int values)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    const char *method = "";
    if (!to)
        return NULL;
    for (int v = 0; v < values; v++) {
        int p = all->point[c * values + v];
        fprintf(to, "%s ", p < 0 ? "-" : keys[p].data_key);
        method = p < 0 ? method : tw_scenario_point(scenario, p)->method;
    }
    fputs(method, to);
    int failed = ferror(to);
    failed |= fclose(to);
    if (failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* A further combination of a group: axes in which it differs are not the group's. */
static tw_status join(struct tw_tuning *tuning, int g, const struct tw_point *point)
{
    struct tw_tuned *group = &tuning->groups[g];
    if (!group->method) {
        group->method = point->method;
        group->axis_value = calloc((size_t)tuning->axis_count + 1, sizeof *group->axis_value);
        if (!group->axis_value)
            return TW_MEMORY;
        for (int a = 0; a < tuning->axis_count; a++)
            group->axis_value[a] = point->axis_value[a];
        return TW_OK;
    }
    for (int a = 0; a < tuning->axis_count; a++)
        if (group->axis_value[a] && strcmp(group->axis_value[a], point->axis_value[a]))
            group->axis_value[a] = NULL;
    return TW_OK;
}

/* The first value of the grid that a combination has. */
static int first_value(const struct combinations *all, int c, int values)
{
    int v = 0;
    while (all->point[c * values + v] < 0)
        v++;
    return v;
}

/* The trials of a new group: its points at the first repetition, on the seeds of the tuning. */
static tw_status add_trials(struct tw_tuning *tuning, const struct combinations *all,
                            const struct tw_scenario *scenario, int c, int g, struct tw_err *err)
{
    const struct tw_tune *tune = tuning->tune;
    tw_status status = TW_OK;
    for (int v = 0; !status && v < tune->value_count; v++) {
        int p = all->point[c * tune->value_count + v];
        for (int s = 0; p >= 0 && !status && s < tune->seed_count; s++) {
            size_t i =
                ((size_t)g * (size_t)tune->value_count + (size_t)v) * (size_t)tune->seed_count +
                (size_t)s;
            tuning->trials[i] = *tw_scenario_point(scenario, p);
            tuning->trials[i].seed = tune->seeds[s];
            tuning->trials[i].repetition = 0;
            status = tw_keys_make(&tuning->trials[i], &tuning->keys[i], err);
        }
    }
    return status;
}

/* The group of a combination, a new one when it is the first; −1: it takes no tuned value. */
static tw_status group_one(struct tw_tuning *tuning, const struct combinations *all,
                           const struct tw_scenario *scenario, const struct tw_keys *keys,
                           json_t *map, int c, int *group, struct tw_err *err)
{
    int values = tuning->tune->value_count, before = tuning->group_count;
    int p = all->point[c * values + first_value(all, c, values)];
    const struct tw_point *point = tw_scenario_point(scenario, p);
    *group = -1;
    if (!is_taker(tuning->tune, point->method))
        return TW_OK;
    tw_status status = check_values(tuning->tune, all, keys, c, point->method, err);
    if (status)
        return status;
    char *text = signature(all, scenario, keys, c, values);
    *group = text ? index_of(map, text, &tuning->group_count) : -1;
    free(text);
    if (*group < 0)
        return TW_MEMORY;
    status = join(tuning, *group, point);
    return status || *group < before ? status : add_trials(tuning, all, scenario, c, *group, err);
}

static tw_status reserve(struct tw_tuning *tuning, int combinations)
{
    const struct tw_tune *tune = tuning->tune;
    size_t groups = (size_t)combinations;
    size_t trials = groups * (size_t)tune->value_count * (size_t)tune->seed_count;
    tuning->groups = calloc(groups + 1, sizeof *tuning->groups);
    tuning->trials = calloc(trials + 1, sizeof *tuning->trials);
    tuning->keys = calloc(trials + 1, sizeof *tuning->keys);
    return tuning->groups && tuning->trials && tuning->keys ? TW_OK : TW_MEMORY;
}

tw_status tw_tuning_group(struct tw_tuning *tuning, const struct tw_scenario *scenario,
                          const struct tw_keys *keys, struct tw_candidate **candidates,
                          struct tw_err *err)
{
    struct combinations all = {0};
    int points = tw_scenario_points(scenario), *of = NULL;
    json_t *map = json_object();
    *candidates = calloc((size_t)points + 1, sizeof **candidates);
    tw_status status =
        map && *candidates ? combine(tuning, scenario, &all, *candidates) : TW_MEMORY;
    if (!status)
        status = reserve(tuning, all.count);
    of = status ? NULL : calloc((size_t)all.count + 1, sizeof *of);
    if (!status && !of)
        status = TW_MEMORY;
    for (int c = 0; !status && c < all.count; c++)
        status = group_one(tuning, &all, scenario, keys, map, c, &of[c], err);
    for (int p = 0; !status && p < points; p++) {
        struct tw_candidate *at = &(*candidates)[p];
        at->group = of[all.of[p]];
        at->first = at->value == first_value(&all, all.of[p], tuning->tune->value_count);
    }
    if (status == TW_MEMORY)
        tw_err_set(err, TW_MEMORY, "out of memory");
    free(of);
    json_decref(map);
    free_combinations(&all);
    return status;
}
