/* Follows every message of a step along its route. Not SimGrid's link_load plug-in: it miscounts
 * flows that share a link. Routes exist only while the simulation runs, hence an actor. */
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xbt/dynar.h>
#include "fabric.h"
#include "simgrid_engine.h"
#include "simgrid_links.h"
#include "simgrid_names.h"
#include "traffic.h"

/* What a rank has sent to the peer it sent to last: on a ring there is but one. */
struct pending {
    int peer;
    double sent_B;
};

struct survey {
    const struct tw_step_job *job;
    struct tw_simgrid_links *links;
    sg_host_t *hosts;
    struct pending *pending; /* [rank], the server behind them */
    xbt_dynar_t route;
    int done;
};

static void settle(struct survey *survey, int rank)
{
    struct pending *pending = &survey->pending[rank];
    const struct tw_platform *platform = survey->job->platform;
    if (pending->sent_B <= 0)
        return;
    xbt_dynar_reset(survey->route);
    sg_host_get_route(survey->hosts[tw_platform_host(platform, rank)],
                      survey->hosts[tw_platform_host(platform, pending->peer)], survey->route);
    for (unsigned long i = 0; i < xbt_dynar_length(survey->route); i++) {
        struct tw_link_load *load = sg_link_get_data(xbt_dynar_get_as(survey->route, i, sg_link_t));
        if (load)
            load->carried_B += pending->sent_B;
    }
    pending->sent_B = 0;
}

static void follow(void *context, const struct tw_visit *visited)
{
    struct survey *survey = context;
    struct pending *pending = &survey->pending[visited->rank];
    if (!visited->message->sends)
        return;
    if (pending->peer != visited->message->peer)
        settle(survey, visited->rank);
    pending->peer = visited->message->peer;
    pending->sent_B += (double)visited->sent_B;
}

static void survey_all(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct survey *survey = sg_actor_self_get_data();
    const struct tw_step_job *job = survey->job;
    for (int i = 0; i < job->count; i++)
        if (job->items[i].algorithm && tw_traffic_visit(&job->items[i], follow, survey))
            return;
    for (int r = 0; r < tw_platform_ranks(job->platform) + job->platform->server; r++)
        settle(survey, r);
    survey->done = 1;
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(sg_link_get_name(*(const sg_link_t *)a),
                      sg_link_get_name(*(const sg_link_t *)b));
}

/* Gives every link its load. */
static int list_links(struct tw_simgrid_links *links)
{
    size_t count = 0;
    sg_link_t *all = tw_names_links("*", &count); /* not those of rates */
    if (!all || count > TW_LINKS_MAX) {
        free(all);
        links->head.status = TW_REFUSED;
        snprintf(links->head.text, sizeof links->head.text,
                 "the platform has %zu links, at most %d are told apart", count, TW_LINKS_MAX);
        return 0;
    }
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0; i < count; i++) {
        struct tw_link_load *load = &links->loads[i];
        snprintf(load->name, sizeof load->name, "%s", sg_link_get_name(all[i]));
        load->bandwidth_Bps = sg_link_get_bandwidth(all[i]);
        sg_link_set_data(all[i], load);
    }
    links->count = (int32_t)count;
    free(all);
    return 1;
}

void tw_simgrid_count_links(const struct tw_step_job *job, struct tw_simgrid_links *links)
{
    struct survey survey = {.job = job, .links = links};
    struct tw_engine engine = {0};
    links->head.status = TW_MEMORY;
    snprintf(links->head.text, sizeof links->head.text, "no memory for counting links");
    survey.pending = calloc((size_t)tw_platform_ranks(job->platform) + 1, sizeof *survey.pending);
    if (!survey.pending || !tw_engine_start(&engine, 1, job->network, 0))
        goto done;
    survey.hosts = tw_engine_hosts(job->platform, &links->head);
    if (!survey.hosts || !list_links(links))
        goto done;
    survey.route = xbt_dynar_new(sizeof(sg_link_t), NULL);
    sg_actor_t actor = sg_actor_init("survey", survey.hosts[0]);
    sg_actor_set_data(actor, &survey);
    sg_actor_start_(actor, survey_all, 0, NULL);
    simgrid_run();
    if (survey.done)
        links->head.status = TW_OK;
    xbt_dynar_free(&survey.route);
done:
    free(survey.pending);
    free(survey.hosts);
    tw_engine_forget(&engine);
}
