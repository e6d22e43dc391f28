/* Combinations to points. A part of the file (platform, network, device, workload, a method)
 * depends on few axes, so it is bound once per combination of those and shared by all points that
 * have it. */
#include "points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exclusions.h"

typedef void *(*binder)(const struct tw_bind *bind, const struct tw_node *element);

struct part {
    binder make;
    const struct tw_node *element;
    unsigned char depends[TW_AXES_MAX]; /* 1: on this dimension */
    void **slots;                       /* by the values of those dimensions */
};

struct maker {
    const struct tw_structure *structure;
    struct tw_sweep *sweep;
    const struct tw_bind *bind;
    struct tw_hashes *hashes;
    struct part platform, network, device, workload, *methods;
    struct tw_exclusions exclusions;
    const char **axis_names;
    long *kept; /* numbers of the combinations that stay */
    long kept_count;
};

/* ---- parts ---- */

static void find_dependencies(struct part *part, const struct tw_node *element,
                              const struct tw_sweep *sweep)
{
    if (!element)
        return;
    for (int i = 0; i < element->attribute_count; i++)
        if (element->attributes[i].axis >= 0)
            part->depends[sweep->axes[element->attributes[i].axis].dimension] = 1;
    for (const struct tw_node *child = element->first; child; child = child->next)
        find_dependencies(part, child, sweep);
}

static void open_part(const struct maker *maker, struct part *part, binder make,
                      const struct tw_node *element)
{
    size_t slots = 1;
    part->make = make;
    part->element = element;
    find_dependencies(part, element, maker->sweep);
    for (int d = 0; d < maker->sweep->dimension_count; d++)
        if (part->depends[d])
            slots *= (size_t)maker->sweep->sizes[d]; /* at most the number of combinations */
    part->slots = tw_bind_take(maker->bind, slots * sizeof *part->slots);
}

static void *part_here(const struct maker *maker, struct part *part)
{
    size_t slot = 0;
    if (!part->slots)
        return NULL;
    for (int d = 0; d < maker->sweep->dimension_count; d++)
        if (part->depends[d])
            slot = slot * (size_t)maker->sweep->sizes[d] + (size_t)maker->sweep->index[d];
    if (!part->slots[slot])
        part->slots[slot] = part->make(maker->bind, part->element);
    return part->slots[slot];
}

static void open_parts(struct maker *maker)
{
    const struct tw_structure *structure = maker->structure;
    open_part(maker, &maker->platform, tw_bind_platform, structure->platform);
    open_part(maker, &maker->network, tw_bind_network, structure->network);
    open_part(maker, &maker->device, tw_bind_device, structure->device);
    open_part(maker, &maker->workload, tw_bind_workload, structure->workload);
    maker->methods =
        tw_bind_take(maker->bind, ((size_t)structure->method_count + 1) * sizeof *maker->methods);
    for (int i = 0; maker->methods && i < structure->method_count; i++)
        open_part(maker, &maker->methods[i], tw_bind_method, structure->methods[i].element);
}

/* The method chosen here, or −1. */
static int method_here(const struct maker *maker)
{
    int axis = maker->sweep->method_axis;
    if (axis < 0 || !maker->structure->method_of || maker->sweep->axes[axis].count == 0)
        return -1;
    int dimension = maker->sweep->axes[axis].dimension;
    return maker->structure->method_of[maker->sweep->index[dimension]];
}

/* What only workload and method together can get wrong. */
static void judge_pair(const struct maker *maker, const struct tw_bound_workload *workload,
                       const struct tw_bound_method *method)
{
    const struct tw_member *source = workload->workload.member;
    const struct tw_member *compressor = method->compressor.member;
    if (source && compressor && (source->traits & TW_SIZES_ONLY) &&
        (compressor->traits & TW_DATA_SIZED))
        tw_report_at(maker->bind->report, TW_ERROR, method->element,
                     "use a workload with numbers, e.g. <gradient source=\"synthetic\"/>",
                     "method '%s': the bytes of compressor '%s' depend on the data, and '%s' has "
                     "none",
                     method->id, compressor->name, source->name);
}

/* ---- points ---- */

static void check_combination(struct maker *maker)
{
    int method = method_here(maker);
    (void)part_here(maker, &maker->platform);
    (void)part_here(maker, &maker->network);
    (void)part_here(maker, &maker->device);
    const struct tw_bound_workload *workload = part_here(maker, &maker->workload);
    const struct tw_bound_method *bound =
        method >= 0 && maker->methods ? part_here(maker, &maker->methods[method]) : NULL;
    if (workload && bound)
        judge_pair(maker, workload, bound);
}

/* Methods of this file that no point uses are still read. */
static void check_unselected(struct maker *maker)
{
    tw_sweep_goto(maker->sweep, 0);
    for (int i = 0; maker->methods && i < maker->structure->method_count; i++) {
        const struct tw_method_entry *method = &maker->structure->methods[i];
        if (!method->selected && strcmp(method->element->file, maker->sweep->path) == 0)
            (void)part_here(maker, &maker->methods[i]);
    }
}

static void walk(struct maker *maker, long combinations)
{
    for (long n = 0; n < combinations; n++) {
        tw_sweep_goto(maker->sweep, n);
        if (!tw_exclusions_stays(&maker->exclusions))
            continue;
        maker->kept[maker->kept_count++] = n;
        if (maker->bind->report->mistakes->count < TW_MISTAKES_MAX)
            check_combination(maker);
    }
    check_unselected(maker);
}

static void fill_platform(struct tw_point *point, const struct tw_bound_platform *platform)
{
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
}

static void fill_network(struct tw_point *point, const struct tw_bound_network *network,
                         const struct tw_bound_device *device)
{
    point->network_model = network->model;
    point->executor = network->executor;
    point->config = network->config;
    point->config_count = network->config_count;
    point->device = device->device;
    point->device_file = device->file;
    point->device_measured = device->measured;
}

static void fill_workload(struct tw_point *point, const struct tw_bound_workload *workload)
{
    point->precision = workload->precision;
    point->steps = workload->steps;
    point->batch = workload->batch;
    point->evaluate = workload->evaluate;
    point->bucket_B = workload->bucket_B;
    point->forward_s = workload->forward_s;
    point->backward_s = workload->backward_s;
    point->workload = workload->workload;
    point->optimizer = workload->optimizer;
    point->has_target = workload->has_target;
    point->target_loss = workload->target_loss;
}

static void fill_method(struct tw_point *point, const struct tw_bound_method *method)
{
    point->method = method->id;
    point->label = method->label;
    point->compressor = method->compressor;
    point->feedback = method->feedback;
    memcpy(point->algorithms, method->algorithms, sizeof point->algorithms);
    point->island = method->island;
}

static const char *const *axis_values(const struct maker *maker)
{
    const struct tw_sweep *sweep = maker->sweep;
    const char **values =
        tw_bind_take(maker->bind, ((size_t)sweep->axis_count + 1) * sizeof *values);
    for (int i = 0; values && i < sweep->axis_count; i++)
        values[i] = tw_sweep_value(sweep, i);
    return values;
}

/* The point of the combination at hand, without repetition; 0: memory. */
static int fill(struct maker *maker, struct tw_point *point)
{
    const struct tw_bound_platform *platform = part_here(maker, &maker->platform);
    const struct tw_bound_network *network = part_here(maker, &maker->network);
    const struct tw_bound_device *device = part_here(maker, &maker->device);
    const struct tw_bound_workload *workload = part_here(maker, &maker->workload);
    const struct tw_bound_method *method = part_here(maker, &maker->methods[method_here(maker)]);
    *point = (struct tw_point){.scenario = maker->structure->id,
                               .seed = maker->structure->seed,
                               .hashes = maker->hashes,
                               .catalogue = maker->bind->catalogue,
                               .axis_count = maker->sweep->axis_count,
                               .axis_name = maker->axis_names,
                               .axis_value = axis_values(maker)};
    if (!platform || !network || !device || !workload || !method || !point->axis_value)
        return 0;
    fill_platform(point, platform);
    fill_network(point, network, device);
    fill_workload(point, workload);
    fill_method(point, method);
    return 1;
}

static void build(struct maker *maker, struct tw_points *points)
{
    uint32_t repeats = maker->structure->repeat_count;
    points->list = calloc((size_t)maker->kept_count * repeats, sizeof *points->list);
    for (long k = 0; points->list && k < maker->kept_count; k++) {
        struct tw_point point;
        tw_sweep_goto(maker->sweep, maker->kept[k]);
        if (!fill(maker, &point)) {
            maker->bind->report->memory = 1;
            return;
        }
        for (uint32_t r = 0; r < repeats; r++) {
            point.repetition = r;
            point.index = points->count;
            points->list[points->count++] = point;
        }
    }
    maker->bind->report->memory |= !points->list;
}

static void judge_count(const struct maker *maker, const char *only)
{
    const struct tw_structure *structure = maker->structure;
    const struct tw_node *at = structure->sweep ? structure->sweep : structure->root;
    if (maker->kept_count == 0 && maker->sweep->axis_count > 0)
        tw_report_at(maker->bind->report, TW_ERROR, at, "",
                     only ? "sweep: the excludes and --only leave no point"
                          : "sweep: the excludes leave no point");
    if (maker->kept_count * (long)structure->repeat_count > TW_POINTS_MAX)
        tw_report_at(maker->bind->report, TW_ERROR, structure->repeat ? structure->repeat : at, "",
                     "repeat: %ld points %u times are more than %d", maker->kept_count,
                     structure->repeat_count, TW_POINTS_MAX);
}

static const char **axis_names(const struct maker *maker)
{
    const struct tw_sweep *sweep = maker->sweep;
    const char **names = tw_bind_take(maker->bind, (TW_AXES_MAX + 1) * sizeof *names);
    for (int i = 0; names && i < sweep->axis_count; i++)
        names[i] = sweep->axes[i].name;
    return names;
}

void tw_points_make(struct tw_points *points, const struct tw_structure *structure,
                    struct tw_sweep *sweep, const struct tw_bind *bind, const char *only,
                    int overridden, struct tw_hashes *hashes)
{
    struct maker maker = {.structure = structure, .sweep = sweep, .bind = bind, .hashes = hashes};
    long combinations = tw_sweep_combinations(sweep);
    if (combinations < 0) {
        tw_report_at(bind->report, TW_ERROR, structure->sweep ? structure->sweep : structure->root,
                     "zip axes, or give them fewer values", "sweep: more than %d points",
                     TW_POINTS_MAX);
        for (int d = 0; d < sweep->dimension_count; d++)
            sweep->sizes[d] = 1; /* the first values are checked all the same */
        combinations = 1;
    }
    maker.axis_names = axis_names(&maker);
    maker.kept = calloc((size_t)combinations, sizeof *maker.kept);
    open_parts(&maker);
    if (!maker.kept || !maker.axis_names) {
        bind->report->memory = 1;
        goto done;
    }
    tw_exclusions_open(&maker.exclusions, sweep, only, bind->report);
    walk(&maker, combinations);
    judge_count(&maker, only);
    if (!only && !overridden)
        tw_exclusions_warn_idle(&maker.exclusions);
    if (bind->report->mistakes->errors == 0 && !bind->report->memory)
        build(&maker, points);
done:
    tw_exclusions_close(&maker.exclusions);
    free(maker.kept);
}
