/* What may stand in <platform> instead of <cluster>: <torus>, <fat_tree> and <dragonfly> are
 * SimGrid's cluster topologies with their shape in words that a sweep can change one by one;
 * <gpu_nodes> and <wan> are fabrics (base/fabric.h). */
#include "bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX ((uint64_t)1 << 20)

/* A whole number from 1; `otherwise` when it is not written. 0 after a report. */
static uint64_t count_of(const struct tw_bind *bind, const struct tw_node *element,
                         const char *attribute, uint64_t otherwise)
{
    uint64_t value = otherwise;
    return tw_bind_count(bind, element, attribute, 1, NODES_MAX, &value) == TW_BAD ? 0 : value;
}

static double bandwidth_of(const struct tw_bind *bind, const struct tw_node *element,
                           const char *attribute, double otherwise)
{
    double value = otherwise;
    (void)tw_bind_quantity(bind, element, attribute, TW_UNIT_BANDWIDTH, TW_POSITIVE, &value);
    return value;
}

static double time_of(const struct tw_bind *bind, const struct tw_node *element,
                      const char *attribute, double otherwise)
{
    double value = otherwise;
    (void)tw_bind_quantity(bind, element, attribute, TW_UNIT_TIME, TW_NOT_NEGATIVE, &value);
    return value;
}

/* Sets nodes when they are few enough; the counts are at most NODES_MAX each. */
static void set_nodes(const struct tw_bind *bind, const struct tw_node *element,
                      struct tw_bound_platform *platform, uint64_t nodes, uint64_t ranks_per_node)
{
    if (nodes > NODES_MAX || nodes * ranks_per_node > NODES_MAX) {
        tw_report_at(bind->report, TW_ERROR, element, "", "%s: more than %d ranks", element->name,
                     (int)NODES_MAX);
        return;
    }
    platform->nodes = (int)nodes;
    platform->ranks_per_node = ranks_per_node ? (int)ranks_per_node : 1;
}

/* ---- SimGrid's topologies ---- */

static void set_topology(const struct tw_bind *bind, struct tw_bound_platform *platform,
                         const char *topology, const char *parameters)
{
    platform->attributes = tw_bind_take(bind, 2 * sizeof *platform->attributes);
    if (!platform->attributes)
        return;
    platform->attribute_count = 2;
    struct tw_setting *setting = platform->attributes;
    snprintf(setting[0].name, sizeof setting[0].name, "topology");
    snprintf(setting[0].value, sizeof setting[0].value, "%s", topology);
    snprintf(setting[1].name, sizeof setting[1].name, "topo_parameters");
    snprintf(setting[1].value, sizeof setting[1].value, "%s", parameters);
}

/* "4x4x4" as "4,4,4" in out; the product, or 0 when it is something else. */
static uint64_t read_dims(const char *text, char *out, size_t size)
{
    uint64_t product = 1;
    size_t length = strlen(text);
    if (length >= size)
        return 0;
    for (size_t i = 0; i <= length; i++)
        out[i] = (char)(text[i] == 'x' ? ',' : text[i]);
    for (;;) {
        char *end;
        if (*text < '0' || *text > '9')
            return 0;
        unsigned long long number = strtoull(text, &end, 10);
        if (number < 1 || number > NODES_MAX || product > NODES_MAX)
            return 0;
        product *= number;
        if (*end == '\0')
            return product;
        if (*end != 'x')
            return 0;
        text = end + 1;
    }
}

static void read_torus(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_bound_platform *platform)
{
    char parameters[64], shown[TW_SHORT_B];
    struct tw_text text;
    struct tw_err err = {0};
    if (tw_bind_text(bind, element, "dims", &text) != TW_GIVEN)
        return;
    uint64_t nodes = read_dims(text.text, parameters, sizeof parameters);
    if (nodes == 0) {
        tw_err_set(&err, TW_INPUT, "'%s' are not the dimensions of a torus",
                   tw_report_short(text.text, shown));
        tw_err_hint(&err, TW_INPUT, "nodes along each, for example 4x4x4; at most 2^20 in all");
        tw_bind_mistake(bind, &text, &err);
        return;
    }
    set_nodes(bind, element, platform, nodes, 1);
    set_topology(bind, platform, "TORUS", parameters);
}

/* Links up of a switch with so many down, one to each switch above. 0 after a report. */
static uint64_t links_up(const struct tw_bind *bind, const struct tw_node *element,
                         const char *attribute, uint64_t down, const char *what)
{
    double over = 1;
    if (tw_bind_quantity(bind, element, attribute, TW_UNIT_NUMBER, TW_POSITIVE, &over) == TW_BAD)
        return 0;
    uint64_t up = (uint64_t)((double)down / over + .5);
    if (over >= 1 && up >= 1 && (double)up * over >= (double)down * (1 - 1e-9) &&
        (double)up * over <= (double)down * (1 + 1e-9))
        return up;
    tw_report_at(bind->report, TW_ERROR, element,
                 "links down divided by oversubscription are the links up, a whole number from 1: "
                 "2 with 4 down makes 2",
                 "fat_tree: %s of %llu cannot be oversubscribed %g:1", what,
                 (unsigned long long)down, over);
    return 0;
}

/* Leaf switches of `leaf` hosts each with leaf/oversubscription links up, one to each spine; or, in
 * pods of `pod` leaves, to each switch above them in the pod, which has pod/pod_oversubscription
 * links up, one to each of its own core switches. */
static void read_fat_tree(const struct tw_bind *bind, const struct tw_node *element,
                          struct tw_bound_platform *platform)
{
    char parameters[128];
    uint64_t nodes = count_of(bind, element, "nodes", 0), leaf = count_of(bind, element, "leaf", 0);
    uint64_t pod = 0;
    enum tw_found in_pods = tw_bind_count(bind, element, "pod", 1, NODES_MAX, &pod);
    if (nodes == 0 || leaf == 0 || in_pods == TW_BAD)
        return;
    if (nodes % leaf || (pod && nodes / leaf % pod)) {
        int pods = nodes % leaf == 0;
        tw_report_at(bind->report, TW_ERROR, element,
                     pods ? "leaf times pod divides nodes" : "leaf divides nodes",
                     "fat_tree: %llu %s do not fill %s of %llu",
                     (unsigned long long)(pods ? nodes / leaf : nodes), pods ? "leaves" : "nodes",
                     pods ? "pods" : "leaves", (unsigned long long)(pods ? pod : leaf));
        return;
    }
    if (!pod && tw_model_attribute(element, "pod_oversubscription")) {
        tw_report_at(bind->report, TW_ERROR, element, "pod=\"2\": two leaves in each",
                     "fat_tree: pod_oversubscription is of pods, and there is no pod");
        return;
    }
    uint64_t spines = links_up(bind, element, "oversubscription", leaf, "leaves");
    uint64_t cores = pod ? links_up(bind, element, "pod_oversubscription", pod, "pods") : 1;
    if (spines == 0 || cores == 0)
        return;
    if (pod)
        snprintf(parameters, sizeof parameters, "3;%llu,%llu,%llu;1,%llu,%llu;1,1,1",
                 (unsigned long long)leaf, (unsigned long long)pod,
                 (unsigned long long)(nodes / leaf / pod), (unsigned long long)spines,
                 (unsigned long long)cores);
    else
        snprintf(parameters, sizeof parameters, "2;%llu,%llu;1,%llu;1,1", (unsigned long long)leaf,
                 (unsigned long long)(nodes / leaf), (unsigned long long)spines);
    set_nodes(bind, element, platform, nodes, 1);
    set_topology(bind, platform, "FAT_TREE", parameters);
}

static void read_dragonfly(const struct tw_bind *bind, const struct tw_node *element,
                           struct tw_bound_platform *platform)
{
    static const char *const names[] = {"groups",  "group_links",  "chassis", "chassis_links",
                                        "routers", "router_links", "hosts"};
    uint64_t value[7], nodes = 1;
    char parameters[128];
    for (int i = 0; i < 7; i++) {
        value[i] = count_of(bind, element, names[i], i % 2 ? 1 : 0);
        if (value[i] == 0)
            return;
        if (i % 2 == 0 && nodes <= NODES_MAX)
            nodes *= value[i];
    }
    struct tw_err err;
    if (nodes <= NODES_MAX && tw_topology_dragonfly(value[0], value[4], &err))
        tw_report_at(bind->report, TW_ERROR, element, err.hint, "dragonfly: %s", err.text);
    snprintf(parameters, sizeof parameters, "%llu,%llu;%llu,%llu;%llu,%llu;%llu",
             (unsigned long long)value[0], (unsigned long long)value[1],
             (unsigned long long)value[2], (unsigned long long)value[3],
             (unsigned long long)value[4], (unsigned long long)value[5],
             (unsigned long long)value[6]);
    set_nodes(bind, element, platform, nodes, 1);
    set_topology(bind, platform, "DRAGONFLY", parameters);
}

/* ---- fabrics ---- */

static void read_gpu_nodes(const struct tw_bind *bind, const struct tw_node *element,
                           struct tw_bound_platform *platform)
{
    uint64_t nodes = count_of(bind, element, "nodes", 0), gpus = count_of(bind, element, "gpus", 0);
    uint64_t nics = count_of(bind, element, "nics", 1);
    struct tw_fabric *fabric = tw_bind_take(bind, sizeof *fabric);
    if (!fabric || nodes == 0 || gpus == 0 || nics == 0)
        return;
    *fabric = (struct tw_fabric){
        .kind = TW_FABRIC_GPU_NODES,
        .nics = (int)nics,
        .nvlink_Bps = bandwidth_of(bind, element, "nvlink_bw", 0),
        .nvlink_s = time_of(bind, element, "nvlink_lat", 0),
        .slot_Bps = bandwidth_of(bind, element, "slot_bw", platform->bandwidth_Bps),
        .slot_s = time_of(bind, element, "slot_lat", 0),
    };
    if (nics == 1 &&
        (tw_model_attribute(element, "slot_bw") || tw_model_attribute(element, "slot_lat")))
        tw_report_at(bind->report, TW_ERROR, element,
                     "with one card per node all traffic goes by NVLink to it",
                     "gpu_nodes: slots are those of a card per GPU, and nics is 1");
    platform->fabric = fabric;
    set_nodes(bind, element, platform, nodes, gpus);
}

/* No path is shorter than the great circle. Returns 0. */
static int short_cut(const struct tw_bind *bind, const struct tw_node *element)
{
    struct tw_text text;
    struct tw_err err = {0};
    if (tw_bind_text(bind, element, "detour", &text) != TW_GIVEN)
        return 0;
    tw_err_set(&err, TW_RANGE, "'%s' is below 1", text.text);
    tw_err_hint(&err, TW_RANGE, "1: as the great circle; cables take 1.5 or so");
    tw_bind_mistake(bind, &text, &err);
    return 0;
}

static void read_wan(const struct tw_bind *bind, const struct tw_node *element,
                     struct tw_bound_platform *platform)
{
    uint64_t regions = TW_FABRIC_REGIONS, hosts = count_of(bind, element, "hosts", 1);
    double detour = 1;
    int good = tw_bind_count(bind, element, "regions", 1, TW_FABRIC_REGIONS, &regions) != TW_BAD;
    good &=
        tw_bind_quantity(bind, element, "detour", TW_UNIT_NUMBER, TW_POSITIVE, &detour) != TW_BAD;
    if (good && detour < 1)
        good = short_cut(bind, element);
    struct tw_fabric *fabric = tw_bind_take(bind, sizeof *fabric);
    if (!fabric || !good || hosts == 0)
        return;
    *fabric = (struct tw_fabric){
        .kind = TW_FABRIC_WAN,
        .regions = (int)regions,
        .region_hosts = (int)hosts,
        .host_Bps = bandwidth_of(bind, element, "host_bw", platform->bandwidth_Bps),
        .host_s = time_of(bind, element, "host_lat", 0),
        .path_Bps = bandwidth_of(bind, element, "path_bw", platform->bandwidth_Bps),
        .detour = detour,
    };
    platform->fabric = fabric;
    set_nodes(bind, element, platform, regions * hosts, 1);
    if (!platform->node_ranks)
        platform->node_ranks = (int)hosts;
}

static const struct kind {
    const char *name;
    void (*read)(const struct tw_bind *bind, const struct tw_node *element,
                 struct tw_bound_platform *platform);
} kinds[] = {{"torus", read_torus},
             {"fat_tree", read_fat_tree},
             {"dragonfly", read_dragonfly},
             {"gpu_nodes", read_gpu_nodes},
             {"wan", read_wan}};

const struct tw_node *tw_bind_fabric(const struct tw_bind *bind, const struct tw_node *element,
                                     struct tw_bound_platform *platform)
{
    const struct tw_node *found = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct tw_node *one = tw_bind_single(bind, element, kinds[i].name);
        if (!one)
            continue;
        if (found) {
            tw_report_at(bind->report, TW_ERROR, one, "", "platform: both a %s and a %s",
                         found->name, one->name);
            continue;
        }
        found = one;
        platform->bandwidth_Bps = bandwidth_of(bind, one, "bw", 0);
        platform->latency_s = time_of(bind, one, "lat", 0);
        platform->node_ranks = (int)count_of(bind, one, "node_ranks", 0);
        kinds[i].read(bind, one, platform);
    }
    return found;
}
