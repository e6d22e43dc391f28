/* Checks of a platform's numbers. SimGrid's parser takes negative and zero bandwidths and even NaN
 * without a word, so that every value is looked at here, before anything is priced. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/units.h"
#include "fabric.h"
#include "platform.h"
#include "base/watts.h"

#define TEXT (-1)
#define WATTS (-2)

/* Attributes of <cluster> that may be passed on. Those that the platform's own fields write (id,
 * prefix, suffix, radical, speed, bw, lat) are not among them. */
static const struct {
    const char *name;
    int unit; /* enum tw_unit, TEXT or WATTS */
    int positive;
} attributes[] = {
    {"topology", TEXT, 0},
    {"topo_parameters", TEXT, 0},
    {"sharing_policy", TEXT, 0},
    {"bb_sharing_policy", TEXT, 0},
    {"router_id", TEXT, 0},
    {"core", TW_UNIT_NUMBER, 1},
    {"bb_bw", TW_UNIT_BANDWIDTH, 1},
    {"bb_lat", TW_UNIT_TIME, 0},
    {"loopback_bw", TW_UNIT_BANDWIDTH, 1},
    {"loopback_lat", TW_UNIT_TIME, 0},
    {"limiter_link", TW_UNIT_BANDWIDTH, 1},
    {"wattage_per_state", WATTS, 0},
};
#define ATTRIBUTES ((int)(sizeof attributes / sizeof attributes[0]))

static tw_status unknown_attribute(const char *name, struct tw_err *err)
{
    const char *names[ATTRIBUTES];
    char valid[400];
    for (int i = 0; i < ATTRIBUTES; i++)
        names[i] = attributes[i].name;
    tw_status status = tw_err_set(err, TW_UNKNOWN, "cluster has no attribute '%s'", name);
    return tw_err_hint(err, status, "valid: %s", tw_join(names, ATTRIBUTES, valid, sizeof valid));
}

static tw_status check_attribute(const struct tw_pair *pair, struct tw_err *err)
{
    int i = 0;
    while (i < ATTRIBUTES && strcmp(attributes[i].name, pair->name) != 0)
        i++;
    if (i == ATTRIBUTES)
        return unknown_attribute(pair->name, err);
    if (attributes[i].unit == TEXT)
        return TW_OK;
    double value = 0;
    struct tw_err inner = {0};
    tw_status status =
        attributes[i].unit == WATTS
            ? tw_watts_check(pair->value, &inner)
            : tw_units_parse(pair->value, (enum tw_unit)attributes[i].unit, &value, &inner);
    if (status) {
        status = tw_err_set(err, status, "cluster: attribute %s: %s", pair->name, inner.text);
        return tw_err_hint(err, status, "%s", inner.hint);
    }
    if (value < 0 || (attributes[i].positive && value == 0))
        return tw_err_set(err, TW_RANGE, "cluster: attribute %s: %s is not %s", pair->name,
                          pair->value, attributes[i].positive ? "positive" : "0 or more");
    return TW_OK;
}

static tw_status check_node(const struct tw_platform *platform, int node, struct tw_err *err)
{
    double bandwidth = tw_platform_bandwidth(platform, node);
    double latency = tw_platform_latency(platform, node);
    double speed = tw_platform_speed(platform, node);
    if (!platform->file && !(isfinite(bandwidth) && bandwidth > 0))
        return tw_err_set(err, TW_RANGE, "node %d: bandwidth %g B/s is not positive", node,
                          bandwidth);
    if (!platform->file && !(isfinite(latency) && latency >= 0))
        return tw_err_set(err, TW_RANGE, "node %d: latency %g s is not 0 or more", node, latency);
    if (!(isfinite(speed) && speed > 0))
        return tw_err_set(err, TW_RANGE, "node %d: speed %g is not positive", node, speed);
    return TW_OK;
}

static int has_attribute(const struct tw_platform *platform, const char *name)
{
    for (int i = 0; i < platform->attribute_count; i++)
        if (strcmp(platform->attributes[i].name, name) == 0)
            return 1;
    return 0;
}

/* A host more fits at one switch, not into the regular topologies. */
static tw_status check_server(const struct tw_platform *platform, struct tw_err *err)
{
    const char *in = platform->fabric ? tw_fabric_name(platform->fabric) : NULL;
    for (int i = 0; i < platform->attribute_count; i++)
        if (strcmp(platform->attributes[i].name, "topology") == 0 &&
            strcmp(platform->attributes[i].value, "FLAT") != 0)
            in = platform->attributes[i].value;
    if (!in || !platform->server)
        return TW_OK;
    tw_status status = tw_err_set(err, TW_REFUSED, "%s has no place for a server's own host", in);
    return tw_err_hint(err, status, "a flat <cluster>, or a platform file with one host more");
}

static tw_status check_cluster(const struct tw_platform *platform, struct tw_err *err)
{
    for (int i = 0; i < platform->attribute_count; i++) {
        tw_status status = check_attribute(&platform->attributes[i], err);
        if (status)
            return status;
    }
    if (platform->ranks_per_node > 1 &&
        !(has_attribute(platform, "loopback_bw") && has_attribute(platform, "loopback_lat")))
        return tw_err_hint(err,
                           tw_err_set(err, TW_REFUSED,
                                      "%d ranks per node need loopback_bw and loopback_lat: else "
                                      "their messages would take the node's network link",
                                      platform->ranks_per_node),
                           "for example loopback_bw=\"300GBps\" loopback_lat=\"2us\"");
    if ((platform->node_bandwidth_Bps || platform->node_latency_s) && platform->attribute_count)
        return tw_err_set(err, TW_REFUSED,
                          "nodes of unequal bandwidth or latency cannot have the cluster "
                          "attribute %s: write a platform file",
                          platform->attributes[0].name);
    return TW_OK;
}

/* The whole file, NUL behind it, the caller's; NULL: it cannot be read, which SimGrid says. */
static char *read_all(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "r");
    char *all = NULL;
    if (file && fstat(fileno(file), &about) == 0 && about.st_size >= 0)
        all = calloc(1, (size_t)about.st_size + 1);
    if (all && fread(all, 1, (size_t)about.st_size, file) != (size_t)about.st_size) {
        free(all);
        all = NULL;
    }
    if (file)
        fclose(file);
    return all;
}

/* Whether the tag at `tag` has this attribute with this value. */
static int tag_says(const char *tag, const char *name, const char *value)
{
    const char *end = tag + strcspn(tag, ">");
    for (const char *at = strstr(tag, name); at && at < end; at = strstr(at + 1, name)) {
        const char *text = at + strlen(name);
        text += strspn(text, " \t\r\n=");
        if (strchr(" \t\r\n", at[-1]) && (*text == '"' || *text == '\'') &&
            strncmp(text + 1, value, strlen(value)) == 0)
            return 1;
    }
    return 0;
}

static long line_at(const char *text, const char *at)
{
    long line = 1;
    for (const char *c = text; c < at; c++)
        line += *c == '\n';
    return line;
}

/* SimGrid 3.32 makes SHARED links of a <cluster>'s FATPIPE, and a wireless link's bandwidth depends
 * on how many stations it has. FATPIPE of a <link> and of a backbone is what it says: each message
 * has all of it. */
static tw_status check_sharing(const char *path, const char *text, struct tw_err *err)
{
    static const struct {
        const char *tag, *policy, *why, *hint;
    } refused[] = {
        {"<cluster", "FATPIPE", "SimGrid 3.32 shares such links all the same",
         "SPLITDUPLEX or SHARED; a FATPIPE <link> is one that every message has for itself"},
        {"<link", "WIFI", "wireless links are not priced", "SPLITDUPLEX, SHARED or FATPIPE"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        for (const char *at = strstr(text, refused[i].tag); at;
             at = strstr(at + 1, refused[i].tag)) {
            if (!tag_says(at, "sharing_policy", refused[i].policy))
                continue;
            (void)tw_err_set(err, TW_REFUSED, "%s: sharing_policy=\"%s\": %s", refused[i].tag + 1,
                             refused[i].policy, refused[i].why);
            (void)tw_err_hint(err, TW_REFUSED, "%s", refused[i].hint);
            tw_err_at(err, path, line_at(text, at));
            return TW_REFUSED;
        }
    return TW_OK;
}

/* Profiles of a platform file would start anew with every step, each of which has its own clock. A
 * file that cannot be opened is left to SimGrid, whose message says why. */
static tw_status check_file(const char *path, struct tw_err *err)
{
    static const char *const profiles[] = {"bandwidth_file", "latency_file",      "speed_file",
                                           "state_file",     "availability_file", "<trace"};
    char *text = read_all(path);
    if (!text)
        return TW_OK;
    tw_status status = check_sharing(path, text, err);
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0] && !status; i++)
        if (strstr(text, profiles[i])) {
            status = tw_err_set(err, TW_REFUSED,
                                "%s: platforms that change with time are not priced (%s)", path,
                                profiles[i]);
            status = tw_err_hint(err, status,
                                 "<profile>, <background>, <failure> and <straggler> of the "
                                 "scenario's <platform>");
        }
    free(text);
    return status;
}

tw_status tw_platform_check(const struct tw_platform *platform, struct tw_err *err)
{
    if (platform->nodes < 1 || platform->ranks_per_node < 1)
        return tw_err_set(err, TW_RANGE, "%d nodes of %d ranks: both must be at least 1",
                          platform->nodes, platform->ranks_per_node);
    if (platform->node_ranks < 0)
        return tw_err_set(err, TW_RANGE, "machines of %d ranks", platform->node_ranks);
    if (platform->file && platform->attribute_count)
        return tw_err_set(err, TW_REFUSED,
                          "a platform file takes no further cluster attributes (%s)",
                          platform->attributes[0].name);
    for (int node = 0; node < platform->nodes; node++) {
        tw_status status = check_node(platform, node, err);
        if (status)
            return status;
    }
    tw_status status = check_server(platform, err);
    if (status)
        return status;
    if (platform->fabric)
        return tw_fabric_check(platform, err);
    return platform->file ? check_file(platform->file, err) : check_cluster(platform, err);
}

int tw_platform_loopback(const struct tw_platform *platform, double *latency_s,
                         double *bandwidth_Bps)
{
    double latency = 0, bandwidth = 0;
    int found = 0;
    for (int i = 0; i < platform->attribute_count; i++) {
        const struct tw_pair *pair = &platform->attributes[i];
        if (strcmp(pair->name, "loopback_lat") == 0)
            found += tw_units_parse(pair->value, TW_UNIT_TIME, &latency, NULL) == TW_OK;
        else if (strcmp(pair->name, "loopback_bw") == 0)
            found += tw_units_parse(pair->value, TW_UNIT_BANDWIDTH, &bandwidth, NULL) == TW_OK;
    }
    if (found != 2)
        return 0;
    *latency_s = latency;
    *bandwidth_Bps = bandwidth;
    return 1;
}

void tw_platform_alpha_beta(const struct tw_platform *platform, double *alpha_s, double *beta_sB)
{
    if (platform->fabric) {
        tw_fabric_alpha_beta(platform, alpha_s, beta_sB);
        return;
    }
    *alpha_s = 2 * tw_platform_latency(platform, 0);
    *beta_sB = 1 / tw_platform_bandwidth(platform, 0);
}

struct tw_preset_wires tw_platform_wires(const struct tw_platform *platform)
{
    struct tw_preset_wires wires = {.cards = 1};
    double latency_s, inner_Bps = 0;
    tw_platform_alpha_beta(platform, &latency_s, &wires.beta_sB);
    if (tw_platform_has_host_per_rank(platform)) {
        wires.cards = platform->fabric->nics;
        inner_Bps = platform->fabric->nvlink_Bps;
    } else if (platform->ranks_per_node > 1)
        (void)tw_platform_loopback(platform, &latency_s, &inner_Bps);
    wires.inner_sB = inner_Bps > 0 ? 1 / inner_Bps : 0;
    return wires;
}
