/* One walk along the routes from each rank to the next. Links that share among messages (all but
 * FATPIPE) may be on one route only; where a direction has links of its own (SPLITDUPLEX) these are
 * told apart. Routes exist only while the simulation runs, hence an actor. */
#include "simgrid_hops.h"

#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/link.h>
#include <stdlib.h>
#include <xbt/dynar.h>
#include "fabric.h"
#include "platform.h"
#include "simgrid_child.h"
#include "simgrid_engine.h"

struct survey {
    const struct tw_step_job *job;
    sg_host_t *hosts;
    double *hops; /* [rank] latency, [ranks + rank] rate */
    int apart;    /* 1: all were asked, and no link is on two */
};

static void ask(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct survey *survey = sg_actor_self_get_data();
    const struct tw_platform *platform = survey->job->platform;
    int ranks = tw_platform_ranks(platform), shared = 0;
    double share = survey->job->network->model == TW_MODEL_ETHERNET ? 1 / TW_ETHERNET_OVERHEAD : 1;
    xbt_dynar_t route = xbt_dynar_new(sizeof(sg_link_t), NULL);
    for (int r = 0; r < ranks && !shared; r++) {
        sg_host_t from = survey->hosts[tw_platform_host(platform, r)];
        sg_host_t to = survey->hosts[tw_platform_host(platform, (r + 1) % ranks)];
        double rate_Bps = 0, latency_s = 0;
        xbt_dynar_reset(route);
        sg_host_get_route(from, to, route);
        shared |= xbt_dynar_is_empty(route);
        for (unsigned long i = 0; i < xbt_dynar_length(route); i++) {
            sg_link_t link = xbt_dynar_get_as(route, i, sg_link_t);
            double bandwidth_Bps = sg_link_get_bandwidth(link);
            latency_s += sg_link_get_latency(link);
            rate_Bps = i == 0 || bandwidth_Bps < rate_Bps ? bandwidth_Bps : rate_Bps;
            shared |= sg_link_is_shared(link) && sg_link_get_data(link) != NULL;
            sg_link_set_data(link, survey);
        }
        survey->hops[r] = latency_s;
        survey->hops[ranks + r] = rate_Bps * share;
    }
    xbt_dynar_free(&route);
    survey->apart = !shared;
}

static void look(void *context, int descriptor)
{
    struct survey *survey = context;
    struct tw_engine engine = {0};
    struct tw_simgrid_head head = {0};
    size_t size = 2 * (size_t)tw_platform_ranks(survey->job->platform) * sizeof *survey->hops;
    if (!tw_engine_start(&engine, 1, survey->job->network, 0))
        exit(1);
    survey->hosts = tw_engine_hosts(survey->job->platform, &head);
    if (!survey->hosts)
        exit(1);
    sg_actor_t actor = sg_actor_init("survey", survey->hosts[0]);
    sg_actor_set_data(actor, survey);
    sg_actor_start_(actor, ask, 0, NULL);
    simgrid_run();
    free(survey->hosts);
    tw_engine_forget(&engine);
    if (!survey->apart || !tw_child_write(descriptor, survey->hops, size))
        exit(1);
}

int tw_simgrid_hops(const struct tw_step_job *job, struct tw_ring_hops *hops)
{
    size_t ranks = (size_t)tw_platform_ranks(job->platform), size = 2 * ranks * sizeof(double);
    struct survey survey = {.job = job};
    struct tw_child_report report = {0};
    double *answer = malloc(size);
    survey.hops = malloc(size);
    *hops = (struct tw_ring_hops){0};
    int known = answer && survey.hops &&
                !tw_child_run(look, &survey, job->network->timeout_s, answer, size, &report) &&
                !report.timed_out && report.clean && report.size == size;
    free(survey.hops);
    if (known)
        *hops = (struct tw_ring_hops){answer, answer + ranks};
    else
        free(answer);
    return known;
}
