/* $names to axes: undefined ones, ones inside longer texts, and axes that nobody names. */
#include "structure.h"

#include <stdio.h>
#include <string.h>

static void resolve_attribute(const struct tw_node *element, struct tw_attribute *attribute,
                              struct tw_sweep *sweep, int use, const struct tw_bind *bind)
{
    char hint[512];
    const char *name = tw_model_reference(attribute->text);
    if (tw_model_embedded(attribute->text)) {
        attribute->axis = TW_NO_AXIS;
        tw_report_at(bind->report, TW_ERROR, element, "make an axis of the whole values",
                     "%s: attribute %s: '%s' has a $name inside; it stands for whole values only",
                     element->name, attribute->name, attribute->text);
    }
    if (!name)
        return;
    attribute->axis = tw_sweep_find(sweep, name);
    if (attribute->axis < 0) {
        attribute->axis = TW_NO_AXIS;
        tw_report_at(bind->report, TW_ERROR, element, tw_sweep_hint(sweep, name, hint, sizeof hint),
                     "%s: attribute %s: $%s is no axis", element->name, attribute->name, name);
        return;
    }
    struct tw_axis *axis = &sweep->axes[attribute->axis];
    axis->used |= use;
    if (axis->count == 0)
        attribute->axis = TW_NO_AXIS;
}

static void resolve(struct tw_node *element, struct tw_sweep *sweep, int use,
                    const struct tw_bind *bind)
{
    if (!element)
        return;
    for (int i = 0; i < element->attribute_count; i++)
        resolve_attribute(element, &element->attributes[i], sweep, use, bind);
    for (struct tw_node *child = element->first; child; child = child->next)
        resolve(child, sweep, use, bind);
}

/* Sections that hold for the whole scenario. */
static void refuse_axes(const struct tw_node *element, const struct tw_bind *bind)
{
    for (int i = 0; element && i < element->attribute_count; i++)
        if (tw_model_reference(element->attributes[i].text))
            tw_report_at(bind->report, TW_ERROR, element, "", "%s: attribute %s cannot be swept",
                         element->name, element->attributes[i].name);
}

static int method_index(const struct tw_structure *structure, const char *id)
{
    for (int i = 0; i < structure->method_count; i++)
        if (strcmp(structure->methods[i].id, id) == 0)
            return i;
    return -1;
}

static void select_methods(struct tw_structure *structure, struct tw_sweep *sweep,
                           const struct tw_bind *bind)
{
    char hint[512];
    if (sweep->method_axis < 0)
        return;
    struct tw_axis *axis = &sweep->axes[sweep->method_axis];
    axis->used = 1;
    structure->method_of = tw_bind_take(bind, ((size_t)axis->count + 1) * sizeof(int));
    for (int i = 0; structure->method_of && i < axis->count; i++) {
        int index = method_index(structure, axis->values[i]);
        structure->method_of[i] = index;
        if (index >= 0)
            structure->methods[index].selected = 1;
        else
            tw_axis_report(axis, bind->report, TW_ERROR,
                           tw_report_names(axis->values[i], structure->method_ids,
                                           structure->method_count, hint, sizeof hint),
                           "there is no method '%s'", axis->values[i]);
    }
}

static void report_unused(const struct tw_sweep *sweep, const struct tw_bind *bind, int narrowed)
{
    enum tw_severity severity = narrowed ? TW_WARNING : TW_ERROR;
    char hint[160];
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct tw_axis *axis = &sweep->axes[i];
        if (axis->used || axis->count == 0)
            continue;
        snprintf(hint, sizeof hint,
                 "write $%s as the value of an attribute; methods that are not selected do not "
                 "count",
                 axis->name);
        if (axis->count > 1)
            tw_axis_report(axis, bind->report, severity, hint,
                           "it is used by no attribute; its %d values repeat the same work",
                           axis->count);
        else
            tw_axis_report(axis, bind->report, severity, hint, "it is used by no attribute");
    }
}

void tw_structure_resolve(struct tw_structure *structure, struct tw_sweep *sweep,
                          const struct tw_bind *bind, int narrowed)
{
    select_methods(structure, sweep, bind);
    resolve(structure->platform, sweep, 1, bind);
    resolve(structure->network, sweep, 1, bind);
    resolve(structure->device, sweep, 1, bind);
    resolve(structure->workload, sweep, 1, bind);
    /* A method of a library that this scenario does not select may name axes it does not have. */
    for (int i = 0; i < structure->method_count; i++) {
        struct tw_method_entry *method = &structure->methods[i];
        if (method->selected || strcmp(method->element->file, sweep->path) == 0)
            resolve(method->element, sweep, method->selected, bind);
    }
    refuse_axes(structure->root, bind);
    refuse_axes(structure->repeat, bind);
    refuse_axes(structure->output, bind);
    refuse_axes(structure->tune, bind);
    report_unused(sweep, bind, narrowed);
}
