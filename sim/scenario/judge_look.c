/* Questions that need the platform built or a step laid out: dearer than the others (10 ms or so
 * each), so that platforms that differ in numbers alone are looked at once. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Further platforms of a scenario are first built when their points run. */
#define LOOKS_MAX 48

static void print_names(FILE *to, const struct tw_dynamics *dynamics)
{
    for (int i = 0; i < dynamics->profile_count; i++)
        fprintf(to, "profile %d %s\n", dynamics->profiles[i].of, dynamics->profiles[i].link);
    for (int i = 0; i < dynamics->background_count; i++)
        fprintf(to, "background %d %d %d\n", dynamics->backgrounds[i].from,
                dynamics->backgrounds[i].to, dynamics->backgrounds[i].rate_Bps > 0);
    for (int i = 0; i < dynamics->outage_count; i++)
        fprintf(to, "failure %d %s\n", dynamics->outages[i].kind, dynamics->outages[i].name);
    for (int i = 0; i < dynamics->straggler_count; i++)
        fprintf(to, "straggler %d %s\n", dynamics->stragglers[i].kind,
                dynamics->stragglers[i].name);
}

/* What names and options depend on. */
static void print_platform(FILE *to, const struct tw_point *point)
{
    const struct tw_fabric *fabric = point->fabric;
    fprintf(to, "%s %d %d %d %d %s\n", point->platform_file, point->nodes, point->ranks_per_node,
            point->network_model, point->latency_at, point->executor->name);
    if (fabric)
        fprintf(to, "%d %d %d %d\n", fabric->kind, fabric->regions, fabric->region_hosts,
                fabric->nics);
    for (int i = 0; i < point->attribute_count; i++)
        fprintf(to, "%s %s\n", point->attributes[i].name, point->attributes[i].value);
    for (int i = 0; i < point->config_count; i++)
        fprintf(to, "config %s %s\n", point->config[i].name, point->config[i].value);
    if (point->dynamics)
        print_names(to, point->dynamics);
}

/* 1: a platform like this one was looked at already, or there is no room for more. */
static int is_known(struct tw_judge *judge, const struct tw_point *point)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to)
        print_platform(to, point);
    if (!to || fclose(to) || !judge->looked) {
        judge->bind->report->memory |= !to;
        free(text);
        return 1;
    }
    int known = judge->looked_count == LOOKS_MAX;
    for (int i = 0; i < judge->looked_count && !known; i++)
        known = strcmp(judge->looked[i], text) == 0;
    char *kept = known ? NULL : tw_bind_take(judge->bind, size + 1);
    if (kept) {
        memcpy(kept, text, size + 1);
        judge->looked[judge->looked_count++] = kept;
    }
    free(text);
    return known;
}

/* The <prop> whose option the text names; <config> where SimGrid does not like a value and says
 * no more; else the platform. */
static const struct tw_node *whose(const struct tw_judge *judge, const char *text)
{
    const struct tw_node *network = judge->parts->network.element;
    const struct tw_node *config = network ? tw_model_child(network, "config") : NULL;
    const struct tw_node *first = config ? tw_model_child(config, "prop") : NULL;
    for (const struct tw_node *prop = first; prop; prop = tw_model_next(prop)) {
        const char *id = tw_model_text(prop, "id");
        if (id && strstr(text, id))
            return prop;
    }
    if (first && strstr(text, "std::range_error"))
        return tw_model_next(first) ? config : first;
    return judge->parts->platform.element;
}

static void report_look(const struct tw_judge *judge, struct tw_err *err)
{
    struct tw_report *report = judge->bind->report;
    const struct tw_node *at = whose(judge, err->text);
    enum tw_severity severity = judge->bind->catalogue->keeps_others ? TW_WARNING : TW_ERROR;
    if (err->line > 0)
        tw_report_add(report, severity, err);
    else
        tw_report_at(report, severity, at,
                     at == judge->parts->platform.element
                         ? err->hint
                         : "options of SimGrid with their values, such as network/TCP-gamma, "
                           "network/crosstraffic, network/latency-factor, "
                           "network/bandwidth-factor, network/weight-S (numbers), network/optim "
                           "(Full, Lazy), surf/precision",
                     "%s: %s", at->name, err->text);
}

void tw_judge_look(struct tw_judge *judge, const struct tw_bound_platform *platform,
                   const struct tw_bound_network *network)
{
    struct tw_point point = {0};
    struct tw_err err = {0};
    tw_point_fill(&point, platform, network, NULL, NULL);
    if (!point.platform_file)
        point.platform_file = "";
    if (!judge->looked)
        judge->looked = tw_bind_take(judge->bind, LOOKS_MAX * sizeof *judge->looked);
    if (!point.executor || (!*point.platform_file && !point.dynamics && point.config_count == 0) ||
        is_known(judge, &point))
        return;
    tw_status status = judge->bind->catalogue->check_point(&point, TW_CONCERN_LOOK, &err);
    if (status == TW_MEMORY)
        judge->bind->report->memory = 1;
    else if (status)
        report_look(judge, &err);
}

void tw_judge_step(const struct tw_judge *judge, const struct tw_point *point,
                   const struct tw_bound_method *method)
{
    char before[96];
    snprintf(before, sizeof before, "method '%s'", method->id);
    (void)tw_judge_ask(judge, point, TW_CONCERN_STEP, method->element, before);
}
