/* Combinations to points. Parts (parts.h) are bound once per combination of the axes that they
 * depend on, and shared by all points that have them. */
#include "points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exclusions.h"
#include "judge.h"

struct maker {
    const struct tw_structure *structure;
    struct tw_sweep *sweep;
    const struct tw_bind *bind;
    struct tw_hashes *hashes;
    struct tw_parts parts;
    struct tw_judge judge;
    struct tw_exclusions exclusions;
    const char **axis_names;
    long *kept; /* numbers of the combinations that stay */
    long kept_count;
};

/* ---- parts ---- */

static void open_parts(struct maker *maker)
{
    const struct tw_structure *structure = maker->structure;
    const struct tw_bind *bind = maker->bind;
    struct tw_parts *parts = &maker->parts;
    size_t count = (size_t)structure->method_count;
    tw_part_open(&parts->platform, bind, tw_bind_platform, structure->platform);
    tw_part_open(&parts->network, bind, tw_bind_network, structure->network);
    tw_part_open(&parts->device, bind, tw_bind_device, structure->device);
    tw_part_open(&parts->workload, bind, tw_bind_workload, structure->workload);
    parts->method_count = structure->method_count;
    parts->methods = tw_bind_take(bind, (count + 1) * sizeof *parts->methods);
    for (int i = 0; parts->methods && i < structure->method_count; i++)
        tw_part_open(&parts->methods[i], bind, tw_bind_method, structure->methods[i].element);
    tw_judge_open(&maker->judge, parts, bind);
}

/* What a part is where the sweep stands, or NULL. */
static const void *part_here(const struct maker *maker, struct tw_part *part)
{
    const struct tw_slot *slot = tw_part_here(part, maker->bind);
    return slot ? slot->made : NULL;
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

/* A workload without numbers goes with no compressor whose bytes depend on them. */
static void judge_sizes(const struct maker *maker, const struct tw_member *source,
                        const struct tw_member *compressor, const struct tw_bound_method *method,
                        const struct tw_node *element)
{
    if (source && compressor && (source->traits & TW_SIZES_ONLY) &&
        (compressor->traits & TW_DATA_SIZED))
        tw_report_at(maker->bind->report, TW_ERROR, element,
                     "use a workload with numbers, e.g. <gradient source=\"synthetic\"/>",
                     "method '%s': the bytes of compressor '%s' depend on the data, and '%s' has "
                     "none",
                     method->id, compressor->name, source->name);
}

/* A loaded compressor, or NULL, may be of one precision only. */
static void judge_precision(const struct maker *maker, const struct tw_plugged *plugged,
                            const struct tw_bound_workload *workload, const struct tw_node *element)
{
    int wide = workload->precision == TW_FP64;
    if (!plugged || plugged->member[workload->precision])
        return;
    tw_report_at(maker->bind->report, TW_ERROR, element,
                 wide ? "valid: precision=\"fp32\" of the workload"
                      : "valid: precision=\"fp64\" of the workload",
                 "%s: attribute plugin: '%s' has no %s", element->name,
                 plugged->member[!workload->precision]->name, wide ? "fp64" : "fp32");
}

/* What only workload and method together can get wrong. */
static void judge_pair(const struct maker *maker, const struct tw_bound_workload *workload,
                       const struct tw_bound_method *method)
{
    const struct tw_member *source = workload->workload.member;
    const struct tw_member *compressor = method->compressor.member;
    judge_precision(maker, method->plugged, workload,
                    tw_model_child(method->element, "compressor"));
    judge_sizes(maker, source, compressor, method, method->element);
    const struct tw_node *line = tw_model_child(method->element, "tensors");
    for (int i = 0; i < method->rule_count && line; i++, line = tw_model_next(line)) {
        judge_precision(maker, method->rules[i].plugged, workload, line);
        judge_sizes(maker, source, method->rules[i].compressor.member, method, line);
    }
}

/* What only workload and device together can get wrong. */
static void judge_device(const struct maker *maker, const struct tw_bound_workload *workload,
                         const struct tw_bound_device *device)
{
    int unread = device->file[0] != '\0' && device->device->id[0] == '\0'; /* said already */
    if (workload->shape.flops > 0 && device->device->flops <= 0 && !unread)
        tw_report_at(maker->bind->report, TW_ERROR, workload->element,
                     "<device id=… flops=\"10Tf\">: operations per second, of which training "
                     "reaches efficiency",
                     "compute: attribute flops: the scenario's device does not say how many "
                     "operations it does per second");
}

/* What only network and platform together can get wrong. */
static void judge_rates(const struct maker *maker, const struct tw_bound_network *network,
                        const struct tw_bound_platform *platform)
{
    struct tw_curve curve;
    struct tw_err err = {0};
    if (network->curve_rates && network->curve &&
        (platform->bandwidth_Bps > 0 || platform->file[0]) &&
        maker->bind->report->mistakes->errors == 0 &&
        tw_bind_rates(network, platform, &curve, &err) != TW_OK)
        tw_report_at(maker->bind->report, TW_ERROR, maker->parts.network.element, err.hint, "%s",
                     err.text);
}

/* 0: memory, or what is judged above. */
static int fill_rates(const struct maker *maker, const struct tw_bound_network *network,
                      const struct tw_bound_platform *platform, struct tw_point *point)
{
    struct tw_err err = {0};
    if (!network->curve_rates)
        return 1;
    struct tw_curve *curve = tw_bind_take(maker->bind, sizeof *curve);
    point->curve = curve;
    return curve && tw_bind_rates(network, platform, curve, &err) == TW_OK;
}

/* Seconds from operations: the backward takes twice those of the forward, a product with the
 * transposed matrix for the inputs and one for the weights (Kaplan et al., arXiv 2001.08361). */
static void time_flops(struct tw_point *point)
{
    struct tw_step_shape *shape = &point->shape;
    if (shape->flops <= 0)
        return;
    double reached = point->device->flops * shape->efficiency;
    shape->forward_s = shape->flops * point->batch / reached;
    shape->backward_s = 2 * shape->forward_s;
    if (shape->model_flops)
        shape->layer_s = point->batch / reached;
}

/* ---- points ---- */

static void check_combination(struct maker *maker)
{
    int method = method_here(maker);
    const struct tw_bound_platform *platform = part_here(maker, &maker->parts.platform);
    const struct tw_bound_network *network = part_here(maker, &maker->parts.network);
    if (platform && network)
        judge_rates(maker, network, platform);
    const struct tw_bound_device *device = part_here(maker, &maker->parts.device);
    const struct tw_bound_workload *workload = part_here(maker, &maker->parts.workload);
    const struct tw_bound_method *bound = method >= 0 && maker->parts.methods
                                              ? part_here(maker, &maker->parts.methods[method])
                                              : NULL;
    if (workload && bound)
        judge_pair(maker, workload, bound);
    if (workload && device)
        judge_device(maker, workload, device);
    tw_judge_here(&maker->judge, method);
}

/* Methods of this file that no point uses are still read. */
static void check_unselected(struct maker *maker)
{
    tw_sweep_goto(maker->sweep, 0);
    for (int i = 0; maker->parts.methods && i < maker->structure->method_count; i++) {
        const struct tw_method_entry *method = &maker->structure->methods[i];
        if (!method->selected && strcmp(method->element->file, maker->sweep->path) == 0)
            (void)part_here(maker, &maker->parts.methods[i]);
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
    const struct tw_bound_platform *platform = part_here(maker, &maker->parts.platform);
    const struct tw_bound_network *network = part_here(maker, &maker->parts.network);
    const struct tw_bound_device *device = part_here(maker, &maker->parts.device);
    const struct tw_bound_workload *workload = part_here(maker, &maker->parts.workload);
    const struct tw_bound_method *method =
        part_here(maker, &maker->parts.methods[method_here(maker)]);
    *point = (struct tw_point){.scenario = maker->structure->id,
                               .seed = maker->structure->seed,
                               .hashes = maker->hashes,
                               .catalogue = maker->bind->catalogue,
                               .axis_count = maker->sweep->axis_count,
                               .axis_name = maker->axis_names,
                               .axis_value = axis_values(maker)};
    if (!platform || !network || !device || !workload || !method || !point->axis_value)
        return 0;
    tw_point_fill(point, platform, network, workload, method);
    point->device = device->device;
    point->device_file = device->file;
    point->device_measured = device->measured;
    time_flops(point);
    return fill_rates(maker, network, platform, point);
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
