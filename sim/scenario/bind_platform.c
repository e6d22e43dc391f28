/* <platform>: a cluster that is generated, or a SimGrid file. SimGrid takes zero, negative and
 * unit-less values without a word, so each is checked here and passed on in base units. */
#include "bind.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/watts.h"

#define NODES_MAX ((uint64_t)1 << 20)
#define CORES_MAX 4096

static const char *const topologies[] = {"FLAT", "TORUS", "FAT_TREE", "DRAGONFLY"};
/* No FATPIPE: SimGrid 3.32 makes SHARED links of it, without a word. */
static const char *const sharings[] = {"SHARED", "SPLITDUPLEX"};
static const char *const bb_sharings[] = {"SHARED", "FATPIPE"};

/* Attributes that go to SimGrid's <cluster> as they are. */
static const struct row {
    const char *name;
    enum { QUANTITY, WORD, TEXT, COUNT, WATTS } kind;
    enum tw_unit unit;
    enum tw_bound bound;
    const char *const *words;
    int word_count;
} rows[] = {
    {"topology", WORD, 0, 0, topologies, 4},
    {"topo_parameters", TEXT, 0, 0, NULL, 0},
    {"bb_bw", QUANTITY, TW_UNIT_BANDWIDTH, TW_POSITIVE, NULL, 0},
    {"bb_lat", QUANTITY, TW_UNIT_TIME, TW_NOT_NEGATIVE, NULL, 0},
    {"bb_sharing_policy", WORD, 0, 0, bb_sharings, 2},
    {"loopback_bw", QUANTITY, TW_UNIT_BANDWIDTH, TW_POSITIVE, NULL, 0},
    {"loopback_lat", QUANTITY, TW_UNIT_TIME, TW_NOT_NEGATIVE, NULL, 0},
    {"limiter_link", QUANTITY, TW_UNIT_BANDWIDTH, TW_POSITIVE, NULL, 0},
    {"sharing_policy", WORD, 0, 0, sharings, 2},
    {"speed", QUANTITY, TW_UNIT_SPEED, TW_POSITIVE, NULL, 0},
    {"core", COUNT, 0, 0, NULL, 0},
    {"wattage_per_state", WATTS, 0, 0, NULL, 0},
};
#define ROWS ((int)(sizeof rows / sizeof rows[0]))

static int good_watts(const struct tw_bind *bind, const struct tw_text *text)
{
    struct tw_err err = {0};
    if (!tw_watts_check(text->text, &err))
        return 1;
    tw_bind_mistake(bind, text, &err);
    return 0;
}

/* One attribute's checked text into value; 0 when absent or wrong. */
static int read_row(const struct tw_bind *bind, const struct tw_node *cluster,
                    const struct row *row, char *value, size_t size)
{
    double number = 0;
    uint64_t count = 0;
    int word = 0;
    struct tw_text text;
    switch (row->kind) {
    case QUANTITY:
        if (tw_bind_quantity(bind, cluster, row->name, row->unit, row->bound, &number) != TW_GIVEN)
            return 0;
        tw_units_print(number, row->unit, value, size);
        return 1;
    case WORD:
        if (tw_bind_word(bind, cluster, row->name, row->words, row->word_count, &word) != TW_GIVEN)
            return 0;
        snprintf(value, size, "%s", row->words[word]);
        return 1;
    case COUNT:
        if (tw_bind_count(bind, cluster, row->name, 1, CORES_MAX, &count) != TW_GIVEN)
            return 0;
        snprintf(value, size, "%llu", (unsigned long long)count);
        return 1;
    case WATTS:
    case TEXT:
        if (tw_bind_text(bind, cluster, row->name, &text) != TW_GIVEN)
            return 0;
        if (strlen(text.text) >= size) {
            struct tw_err err = {0};
            tw_err_set(&err, TW_RANGE, "it is longer than %zu bytes", size - 1);
            tw_bind_mistake(bind, &text, &err);
            return 0;
        }
        snprintf(value, size, "%s", text.text);
        return row->kind == TEXT || good_watts(bind, &text);
    }
    return 0;
}

static const char *setting_of(const struct tw_bound_platform *platform, const char *name)
{
    for (int i = 0; platform->attributes && i < platform->attribute_count; i++)
        if (strcmp(platform->attributes[i].name, name) == 0)
            return platform->attributes[i].value;
    return NULL;
}

static void read_attributes(const struct tw_bind *bind, const struct tw_node *cluster,
                            struct tw_bound_platform *platform)
{
    struct tw_err err = {0};
    struct tw_setting settings[ROWS] = {0};
    long heard = bind->report->heard;
    int count = 0;
    for (int i = 0; i < ROWS; i++) {
        snprintf(settings[count].name, sizeof settings[count].name, "%s", rows[i].name);
        count +=
            read_row(bind, cluster, &rows[i], settings[count].value, sizeof settings[count].value);
    }
    if (count > 0)
        platform->attributes = tw_bind_take(bind, (size_t)count * sizeof *settings);
    if (platform->attributes) {
        memcpy(platform->attributes, settings, (size_t)count * sizeof *settings);
        platform->attribute_count = count;
    }
    const char *topology = setting_of(platform, "topology");
    if (bind->report->heard == heard && platform->nodes > 0 &&
        tw_topology_check(topology ? topology : "FLAT", setting_of(platform, "topo_parameters"),
                          platform->nodes, &err))
        tw_report_at(bind->report, TW_ERROR, cluster, err.hint, "cluster: %s", err.text);
}

static void read_common(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_platform *platform)
{
    uint64_t nodes = 0, ranks_per_node = 1, node_ranks = 0;
    int good = tw_bind_count(bind, element, "nodes", 1, NODES_MAX, &nodes) == TW_GIVEN;
    good &= tw_bind_count(bind, element, "ranks_per_node", 1, NODES_MAX, &ranks_per_node) != TW_BAD;
    if (good && nodes * ranks_per_node > NODES_MAX)
        tw_report_at(bind->report, TW_ERROR, element, "",
                     "%s: more than %d ranks (nodes times ranks_per_node)", element->name,
                     (int)NODES_MAX);
    platform->nodes = good ? (int)nodes : 0;
    platform->ranks_per_node = (int)ranks_per_node;
    if (tw_bind_count(bind, element, "node_ranks", 1, NODES_MAX, &node_ranks) == TW_GIVEN)
        platform->node_ranks = (int)node_ranks;
    (void)tw_bind_quantity(bind, element, "bw", TW_UNIT_BANDWIDTH, TW_POSITIVE,
                           &platform->bandwidth_Bps);
    (void)tw_bind_quantity(bind, element, "lat", TW_UNIT_TIME, TW_NOT_NEGATIVE,
                           &platform->latency_s);
}

/* ---- nodes that differ ---- */

/* Sets one value of one node; the array is made, all alike, at its first use. */
static void set_node(const struct tw_bind *bind, const struct tw_bound_platform *platform,
                     double **array, double all, uint64_t index, double value)
{
    if (!*array) {
        *array = tw_bind_take(bind, (size_t)platform->nodes * sizeof **array);
        for (int i = 0; *array && i < platform->nodes; i++)
            (*array)[i] = all;
    }
    if (*array)
        (*array)[index] = value;
}

static void read_node(const struct tw_bind *bind, const struct tw_node *node,
                      struct tw_bound_platform *platform)
{
    uint64_t index = 0;
    double value = 0;
    struct tw_text text;
    if (tw_bind_count(bind, node, "index", 0, NODES_MAX - 1, &index) != TW_GIVEN)
        return;
    if (index >= (uint64_t)platform->nodes) {
        struct tw_err err = {0};
        (void)tw_bind_text(bind, node, "index", &text);
        tw_err_set(&err, TW_RANGE, "there is no node %s among %d", text.text, platform->nodes);
        tw_err_hint(&err, TW_RANGE, "nodes are counted from 0");
        tw_bind_mistake(bind, &text, &err);
        return;
    }
    if (tw_bind_quantity(bind, node, "bw", TW_UNIT_BANDWIDTH, TW_POSITIVE, &value) == TW_GIVEN)
        set_node(bind, platform, &platform->node_bandwidth_Bps, platform->bandwidth_Bps, index,
                 value);
    if (tw_bind_quantity(bind, node, "lat", TW_UNIT_TIME, TW_NOT_NEGATIVE, &value) == TW_GIVEN)
        set_node(bind, platform, &platform->node_latency_s, platform->latency_s, index, value);
    if (tw_bind_quantity(bind, node, "speed", TW_UNIT_NUMBER, TW_POSITIVE, &value) == TW_GIVEN)
        set_node(bind, platform, &platform->node_speed, 1, index, value);
}

/* Two <node> of one index would leave open which one holds. */
static void read_nodes(const struct tw_bind *bind, const struct tw_node *cluster,
                       struct tw_bound_platform *platform)
{
    if (platform->nodes == 0 || !tw_model_child(cluster, "node"))
        return;
    const struct tw_node **seen = tw_bind_take(bind, (size_t)platform->nodes * sizeof *seen);
    for (const struct tw_node *node = tw_model_child(cluster, "node"); node && seen;
         node = tw_model_next(node)) {
        struct tw_text text;
        read_node(bind, node, platform);
        if (tw_bind_text(bind, node, "index", &text) != TW_GIVEN)
            continue;
        unsigned long long index = 0;
        if (sscanf(text.text, "%llu", &index) != 1 || index >= (unsigned long long)platform->nodes)
            continue;
        if (seen[index])
            tw_report_at(bind->report, TW_ERROR, node, "", "node: index %llu is given twice",
                         index);
        seen[index] = node;
    }
}

static void read_cluster(const struct tw_bind *bind, const struct tw_node *cluster,
                         struct tw_bound_platform *platform)
{
    read_common(bind, cluster, platform);
    read_attributes(bind, cluster, platform);
    read_nodes(bind, cluster, platform);
}

/* A file says nothing that `auto` and the CSV could reckon with: they are told beside it. */
static void read_file(const struct tw_bind *bind, const struct tw_node *element,
                      struct tw_bound_platform *platform)
{
    static const char *const needed[] = {"nodes", "bw", "lat"};
    struct tw_text text;
    if (tw_bind_text(bind, element, "file", &text) == TW_GIVEN) {
        const char *file = tw_bind_file(bind, &text);
        platform->file = file ? file : "";
    }
    for (int i = 0; i < 3; i++)
        if (!tw_model_attribute(element, needed[i]))
            tw_report_at(bind->report, TW_ERROR, element,
                         "beside file, nodes says how many hosts take part; bw and lat are what "
                         "algorithm=\"auto\" reckons with",
                         "platform: attribute %s is missing", needed[i]);
    read_common(bind, element, platform);
}

void *tw_bind_platform(const struct tw_bind *bind, const struct tw_node *element)
{
    static const char *const only_file[] = {"nodes", "ranks_per_node", "node_ranks", "bw", "lat"};
    struct tw_bound_platform *platform = tw_bind_take(bind, sizeof *platform);
    if (!platform)
        return NULL;
    *platform = (struct tw_bound_platform){.file = "", .ranks_per_node = 1};
    if (!element)
        return platform;
    const struct tw_node *cluster = tw_bind_single(bind, element, "cluster");
    int file = tw_model_attribute(element, "file") != NULL;
    const struct tw_node *fabric = tw_bind_fabric(bind, element, platform);
    if ((file || cluster) && fabric)
        tw_report_at(bind->report, TW_ERROR, fabric, "", "platform: both a %s and a %s",
                     file ? "file" : "cluster", fabric->name);
    else if (file && cluster)
        tw_report_at(bind->report, TW_ERROR, cluster, "", "platform: both a file and a cluster");
    else if (file)
        read_file(bind, element, platform);
    else if (cluster)
        read_cluster(bind, cluster, platform);
    else if (!fabric)
        tw_report_at(bind->report, TW_ERROR, element,
                     "<cluster nodes=\"8\" bw=\"10Gbps\" lat=\"25us\"/>, or file, nodes, bw and "
                     "lat in <platform>",
                     "platform: neither a cluster nor a file");
    for (int i = 0; i < 5 && !file; i++)
        if (tw_model_attribute(element, only_file[i]))
            tw_report_at(bind->report, TW_ERROR, element, "write it in <cluster>",
                         "platform: attribute %s goes with file", only_file[i]);
    platform->dynamics = tw_bind_dynamics(bind, element);
    return platform;
}
