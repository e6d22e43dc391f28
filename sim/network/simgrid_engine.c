/* Starting SimGrid: its options, the platform, the hosts. */
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fabric.h"
#include "platform.h"
#include "platform_xml.h"
#include "simgrid_engine.h"
#include "simgrid_names.h"

#if SIMGRID_VERSION >= 33400
#define PRECISION_OPTION "precision/timing"
#else
#define PRECISION_OPTION "surf/precision"
#endif

/* Above this, guard pages of actor stacks use up the kernel's limit of 65530 mappings, 2 each. */
#define GUARDED_ACTORS 30000

/* The most options that are set here besides the scenario's. */
#define OWN_OPTIONS 16

static void add_text(struct tw_engine *engine, const char *text)
{
    engine->texts[engine->count] = strdup(text);
    if (engine->texts[engine->count])
        engine->count++;
    else
        engine->failed = 1;
}

static void add_option(struct tw_engine *engine, const char *name, const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "--cfg=%s:%s", name, value) < 0) {
        engine->failed = 1;
        return;
    }
    engine->texts[engine->count++] = text;
}

static void add_model(struct tw_engine *engine, const struct tw_network *network, int full)
{
    enum tw_network_model model = network->model;
    char factor[40];
    add_option(engine, "network/model", model == TW_MODEL_TCP ? "LV08" : "CM02");
    if (model != TW_MODEL_TCP) {
        add_option(engine, "network/crosstraffic", "0");
        add_option(engine, "network/TCP-gamma", "0");
    }
    if (model == TW_MODEL_ETHERNET) {
        snprintf(factor, sizeof factor, "%.17g", 1 / TW_ETHERNET_OVERHEAD);
        add_option(engine, "network/bandwidth-factor", factor);
    }
    /* Latency is then waited for before the message is posted (simgrid_actor.c). */
    if (network->latency == TW_LATENCY_SENDER)
        add_option(engine, "network/latency-factor", "0");
    if (full)
        add_option(engine, "network/optim", "Full");
    /* The default of 1e-9 s merges events that are less than 1 ns apart. */
    add_option(engine, PRECISION_OPTION, "1e-15");
}

static void add_contexts(struct tw_engine *engine, int actors)
{
#ifdef TW_SANITIZED
    /* Sanitizers cannot follow raw context switches. */
    add_option(engine, "contexts/factory", "thread");
    add_option(engine, "contexts/stack-size", "1024");
#else
    add_option(engine, "contexts/stack-size", "64");
#endif
    if (actors > GUARDED_ACTORS)
        add_option(engine, "contexts/guard-size", "0");
}

int tw_engine_start(struct tw_engine *engine, int actors, const struct tw_network *network,
                    int full)
{
    size_t room = (size_t)network->config_count + OWN_OPTIONS;
    engine->texts = calloc(room, sizeof *engine->texts);
    engine->argv = calloc(room + 1, sizeof *engine->argv);
    if (!engine->texts || !engine->argv)
        return 0;
    add_text(engine, "thinwire");
    add_text(engine, "--log=root.thres:error"); /* "critical" would hide what the parser says */
    add_model(engine, network, full);
    add_contexts(engine, actors);
    for (int i = 0; i < network->config_count; i++) /* last: the scenario's options win */
        add_option(engine, network->config[i].name, network->config[i].value);
    if (engine->failed)
        return 0;
    int argc = engine->count;
    memcpy(engine->argv, engine->texts, (size_t)engine->count * sizeof *engine->texts);
    simgrid_init(&argc, engine->argv);
    return 1;
}

void tw_engine_forget(struct tw_engine *engine)
{
    for (int i = 0; i < engine->count; i++)
        free(engine->texts[i]);
    free(engine->texts);
    free(engine->argv);
}

/* By name, digits as numbers: node-2 before node-10. */
static int compare_hosts(const void *a, const void *b)
{
    return strverscmp(sg_host_get_name(*(const sg_host_t *)a),
                      sg_host_get_name(*(const sg_host_t *)b));
}

/* 0: why is in the head. */
static int load_platform(const struct tw_platform *platform, struct tw_simgrid_head *head)
{
    int descriptor;
    char path[40];
    if (platform->file) {
        simgrid_load_platform(platform->file);
        return tw_names_check_links(platform->file, head);
    }
    if (tw_platform_xml_open(platform, &descriptor)) {
        head->status = TW_IO;
        snprintf(head->text, sizeof head->text, "cannot write the platform into memory");
        return 0;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    simgrid_load_platform(path);
    close(descriptor);
    return 1;
}

sg_host_t *tw_engine_hosts(const struct tw_platform *platform, struct tw_simgrid_head *head)
{
    if (!load_platform(platform, head))
        return NULL;
    size_t count = sg_host_count();
    sg_host_t *hosts = sg_host_list(); /* in the order of strcmp: node-10 before node-2 */
    if (!hosts || count < (size_t)tw_platform_hosts(platform)) {
        head->status = TW_RANGE;
        snprintf(head->text, sizeof head->text, "the platform has %zu hosts, %d are needed", count,
                 tw_platform_hosts(platform));
        free(hosts);
        return NULL;
    }
    qsort(hosts, count, sizeof *hosts, compare_hosts);
    return hosts;
}
