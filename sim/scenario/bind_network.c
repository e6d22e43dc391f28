/* <network> and <device>: which model prices exchanges, which profile prices kernels. */
#include "bind.h"

#include <stdio.h>
#include <string.h>

static const char *const latencies[] = {"link", "sender"}; /* enum tw_latency_at */
static const char *const no_yes[] = {"no", "yes"};
static const char *const models[] = {"ideal", "ethernet", "tcp"}; /* enum tw_network_model */

static int copy_into(const struct tw_bind *bind, const struct tw_node *prop, const char *attribute,
                     char *out, size_t size)
{
    struct tw_text text;
    struct tw_err err = {0};
    if (tw_bind_text(bind, prop, attribute, &text) != TW_GIVEN)
        return 0;
    if (strlen(text.text) >= size) {
        tw_err_set(&err, TW_RANGE, "it is longer than %zu bytes", size - 1);
        tw_bind_mistake(bind, &text, &err);
        return 0;
    }
    snprintf(out, size, "%s", text.text);
    return 1;
}

static void read_config(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_network *network)
{
    const struct tw_node *config = tw_bind_single(bind, element, "config");
    const struct tw_node *prop = tw_model_child(config, "prop");
    if (!prop)
        return;
    size_t count = 0;
    for (const struct tw_node *one = prop; one; one = tw_model_next(one))
        count++;
    count = count < TW_SETTINGS_MAX ? count : TW_SETTINGS_MAX;
    network->config = tw_bind_take(bind, count * sizeof *network->config);
    for (; prop && network->config; prop = tw_model_next(prop)) {
        struct tw_setting setting = {0};
        if (network->config_count == TW_SETTINGS_MAX) {
            tw_report_at(bind->report, TW_ERROR, prop, "", "config: more than %d props",
                         TW_SETTINGS_MAX);
            return;
        }
        if (!copy_into(bind, prop, "id", setting.name, sizeof setting.name) ||
            !copy_into(bind, prop, "value", setting.value, sizeof setting.value))
            continue;
        for (int i = 0; i < network->config_count; i++)
            if (strcmp(network->config[i].name, setting.name) == 0)
                tw_report_at(bind->report, TW_ERROR, prop, "", "prop: '%s' is given twice",
                             setting.name);
        network->config[network->config_count++] = setting;
    }
}

void *tw_bind_network(const struct tw_bind *bind, const struct tw_node *element)
{
    const struct tw_family *executors = &bind->catalogue->executors;
    struct tw_bound_network *network = tw_bind_take(bind, sizeof *network);
    if (!network)
        return NULL;
    int index = tw_member_index(executors->members, (size_t)executors->count, "simgrid");
    if (index >= 0)
        network->executor = executors->members[index];
    tw_bind_curve(bind, element, network);
    if (!element)
        return network;
    (void)tw_bind_word(bind, element, "model", models, 3, &network->model);
    (void)tw_bind_word(bind, element, "latency", latencies, 2, &network->latency_at);
    (void)tw_bind_word(bind, element, "full", no_yes, 2, &network->full);
    if (tw_model_attribute(element, "executor"))
        network->executor = tw_bind_member(bind, element, "executor", executors);
    read_config(bind, element, network);
    return network;
}

void *tw_bind_device(const struct tw_bind *bind, const struct tw_node *element)
{
    static const char *const sources[] = {"model", "measured"};
    struct tw_text text;
    struct tw_err err = {0};
    struct tw_bound_device *device = tw_bind_take(bind, sizeof *device);
    if (!device)
        return NULL;
    device->file = "";
    device->device = tw_bind_take(bind, sizeof *device->device);
    if (!device->device || !element)
        return device->device ? device : NULL;
    (void)tw_bind_word(bind, element, "time", sources, 2, &device->measured);
    if (tw_bind_text(bind, element, "file", &text) != TW_GIVEN)
        return device;
    const char *file = tw_bind_file(bind, &text);
    if (!file)
        return device;
    device->file = file;
    if (tw_device_read(file, device->device, &err) == TW_OK)
        return device;
    if (err.line > 0)
        tw_report_add(bind->report, TW_ERROR, &err);
    else
        tw_bind_mistake(bind, &text, &err);
    return device;
}
