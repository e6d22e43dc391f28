/* Device profiles: what kernels cost, read from <device>. Small enough to be checked by hand. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "files.h"
#include "read_xml.h"

#define DEVICE_MAX_B ((size_t)1 << 20)

static tw_status wrong(const struct tw_node *element, struct tw_err *err)
{
    tw_err_at(err, element->file, element->line);
    return err->status ? err->status : TW_INPUT;
}

/* Refuses attributes and children that nobody asked for; names end with NULL. */
static tw_status only(const struct tw_node *element, const char *const *attributes,
                      const char *const *children, struct tw_err *err)
{
    char hint[512];
    int attribute_count = 0, child_count = 0;
    while (attributes[attribute_count])
        attribute_count++;
    while (children[child_count])
        child_count++;
    for (int i = 0; i < element->attribute_count; i++) {
        const char *name = element->attributes[i].name;
        int known = 0;
        for (int a = 0; a < attribute_count; a++)
            known |= strcmp(attributes[a], name) == 0;
        if (known)
            continue;
        tw_err_set(err, TW_INPUT, "%s: there is no attribute '%s'", element->name, name);
        tw_err_hint(err, TW_INPUT, "%s",
                    tw_report_names(name, attributes, attribute_count, hint, sizeof hint));
        return wrong(element, err);
    }
    for (const struct tw_node *child = element->first; child; child = child->next) {
        int known = 0;
        for (int c = 0; c < child_count; c++)
            known |= strcmp(children[c], child->name) == 0;
        if (known)
            continue;
        tw_err_set(err, TW_INPUT, "%s: there is no element '%s'", element->name, child->name);
        tw_err_hint(err, TW_INPUT, "%s",
                    tw_report_names(child->name, children, child_count, hint, sizeof hint));
        return wrong(child, err);
    }
    return TW_OK;
}

/* A quantity of at least 0; absent: TW_INPUT when needed, else 0. */
static tw_status quantity(const struct tw_node *element, const char *attribute, enum tw_unit unit,
                          int needed, double *value, struct tw_err *err)
{
    const char *text = tw_model_text(element, attribute);
    struct tw_err inner = {0};
    *value = 0;
    if (!text && !needed)
        return TW_OK;
    if (!text) {
        tw_err_set(err, TW_INPUT, "%s: attribute %s is missing", element->name, attribute);
        return wrong(element, err);
    }
    tw_status status = tw_units_parse(text, unit, value, &inner);
    if (!status && *value < 0)
        status = tw_err_set(&inner, TW_RANGE, "'%s' is negative", text);
    if (!status)
        return TW_OK;
    tw_err_set(err, status, "%s: attribute %s: %s", element->name, attribute, inner.text);
    tw_err_hint(err, status, "%s", inner.hint);
    return wrong(element, err);
}

static tw_status read_sizes(const struct tw_node *element, struct tw_kernel_cost *cost,
                            struct tw_err *err)
{
    static const char *const attributes[] = {"elements", "per_element", NULL};
    static const char *const none[] = {NULL};
    for (const struct tw_node *size = element->first; size; size = size->next) {
        int i = cost->points;
        if (i == TW_DEVICE_POINTS) {
            tw_err_set(err, TW_INPUT, "kernel: more than %d sizes", TW_DEVICE_POINTS);
            return wrong(size, err);
        }
        tw_status status = only(size, attributes, none, err);
        if (!status)
            status = quantity(size, "elements", TW_UNIT_NUMBER, 1, &cost->elements[i], err);
        if (!status)
            status = quantity(size, "per_element", TW_UNIT_TIME, 1, &cost->element_s[i], err);
        if (status)
            return status;
        if (cost->elements[i] < 1 || (i > 0 && cost->elements[i] <= cost->elements[i - 1])) {
            tw_err_set(err, TW_INPUT, "size: elements must be at least 1 and ascend");
            return wrong(size, err);
        }
        cost->points++;
    }
    if (cost->points > 0)
        return TW_OK;
    tw_err_set(err, TW_INPUT, "kernel: it has no <size elements= per_element=/>");
    return wrong(element, err);
}

static tw_status read_kernel(const struct tw_node *element, struct tw_device *device,
                             struct tw_err *err)
{
    static const char *const attributes[] = {"name", "launch", "selected", NULL};
    static const char *const children[] = {"size", NULL};
    const char *names[TW_KERNEL_COUNT], *name = tw_model_text(element, "name");
    char hint[512];
    tw_status status = only(element, attributes, children, err);
    if (status)
        return status;
    for (int i = 0; i < TW_KERNEL_COUNT; i++)
        names[i] = tw_kernel_name((enum tw_kernel)i);
    int kernel = name ? tw_kernel_by_name(name) : -1;
    if (kernel < 0) {
        tw_err_set(err, TW_UNKNOWN, "kernel: name '%s' is unknown", name ? name : "");
        tw_err_hint(err, TW_UNKNOWN, "%s",
                    tw_report_names(name ? name : "", names, TW_KERNEL_COUNT, hint, sizeof hint));
        return wrong(element, err);
    }
    struct tw_kernel_cost *cost = &device->kernels[kernel];
    if (cost->points > 0) {
        tw_err_set(err, TW_INPUT, "kernel: '%s' is given twice", name);
        return wrong(element, err);
    }
    status = quantity(element, "launch", TW_UNIT_TIME, 0, &cost->launch_s, err);
    if (!status)
        status = quantity(element, "selected", TW_UNIT_TIME, 0, &cost->selected_s, err);
    return status ? status : read_sizes(element, cost, err);
}

static tw_status read_text(const struct tw_node *element, const char *attribute, char *out,
                           size_t size, struct tw_err *err)
{
    const char *text = tw_model_text(element, attribute);
    if (text && text[0] != '\0' && strlen(text) < size) {
        snprintf(out, size, "%s", text);
        return TW_OK;
    }
    tw_err_set(err, TW_INPUT, "%s: attribute %s must hold 1 to %zu bytes", element->name, attribute,
               size - 1);
    return wrong(element, err);
}

static tw_status read_device(const struct tw_node *root, struct tw_device *device,
                             struct tw_err *err)
{
    static const char *const attributes[] = {"id", "source", "flops", NULL};
    static const char *const children[] = {"combine", "kernel", NULL};
    static const char *const combine[] = {"per_byte", NULL};
    static const char *const none[] = {NULL};
    int combines = 0;
    if (strcmp(root->name, "device") != 0) {
        tw_err_set(err, TW_INPUT, "'%s' is not a device", root->name);
        return wrong(root, err);
    }
    tw_status status = only(root, attributes, children, err);
    if (!status)
        status = read_text(root, "id", device->id, sizeof device->id, err);
    if (!status)
        status = read_text(root, "source", device->source, sizeof device->source, err);
    if (!status)
        status = quantity(root, "flops", TW_UNIT_SPEED, 0, &device->flops, err);
    for (const struct tw_node *child = root->first; child && !status; child = child->next) {
        if (strcmp(child->name, "kernel") == 0) {
            status = read_kernel(child, device, err);
        } else if (combines++ > 0) {
            tw_err_set(err, TW_INPUT, "device: a second combine");
            status = wrong(child, err);
        } else {
            status = only(child, combine, none, err);
            if (!status)
                status = quantity(child, "per_byte", TW_UNIT_TIME, 1, &device->combine_sB, err);
        }
    }
    return status;
}

tw_status tw_device_read(const char *path, struct tw_device *device, struct tw_err *err)
{
    struct tw_pool pool = {0};
    struct tw_node *root = NULL;
    struct tw_err local = {0};
    memset(device, 0, sizeof *device);
    tw_status status = tw_xml_read_plain(path, DEVICE_MAX_B, &pool, &root, &local);
    if (!status)
        status = read_device(root, device, &local);
    if (status) {
        memset(device, 0, sizeof *device);
        if (err)
            *err = local;
    }
    tw_pool_free(&pool);
    return status;
}
