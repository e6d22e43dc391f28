/* Background traffic: flows that never end, beside those of the ranks.
 *
 * They are under way before the step begins. A flow takes its share only when its
 * latency has passed, so that ranks enter warm_s later, the longest latency of such a flow, and
 * times are told less that. */
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include "platform_xml.h"
#include "simgrid_background.h"
#include "simgrid_weather.h"

/* More than any link carries while a step lasts: at 1 TB/s, 11 days. */
#define ENDLESS_B 1000000000000000000L

struct tw_flow {
    const struct tw_world *world;
    sg_host_t of;       /* whose traffic it is */
    sg_host_t from, to; /* from: `of`, or the host in its place that has the rate's link */
    sg_mailbox_t mailbox;
    sg_actor_t sender;
    int broken; /* by a link or host that failed */
};

/* The sender and the receiver of an endless flow. */
static void send_endless(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct tw_flow *flow = sg_actor_self_get_data();
    tw_weather_pass(flow->world, flow->from, flow->to, 1);
    sg_comm_t comm = sg_mailbox_put_async(flow->mailbox, flow->mailbox, ENDLESS_B);
    tw_weather_pass(flow->world, flow->from, flow->to, 0);
    flow->broken |= sg_comm_wait(comm) != SG_OK;
}

static void take_endless(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct tw_flow *flow = sg_actor_self_get_data();
    void *what = NULL;
    tw_weather_pass(flow->world, flow->from, flow->to, 1);
    sg_comm_t comm = sg_mailbox_get_async(flow->mailbox, &what);
    tw_weather_pass(flow->world, flow->from, flow->to, 0);
    flow->broken |= sg_comm_wait(comm) != SG_OK;
}

static void start(struct tw_flow *flow)
{
    flow->broken = 0;
    flow->sender = tw_weather_start("background", flow->from, flow, send_endless);
    tw_weather_start("background", flow->to, flow, take_endless);
}

void tw_background_resume(struct tw_flow *flows)
{
    for (struct tw_flow *flow = flows; flow && flow->world; flow++)
        if (flow->broken && sg_host_is_on(flow->of) && sg_host_is_on(flow->to))
            start(flow);
}

void tw_background_stop(struct tw_flow *flows, sg_host_t host)
{
    for (struct tw_flow *flow = flows; flow && flow->world; flow++)
        if (flow->of == host && flow->from != host && !flow->broken) {
            flow->broken = 1;
            sg_actor_kill(flow->sender);
        }
}

/* The host that sends the traffic. */
static sg_host_t sender_of(const struct tw_world *world, const struct tw_background *background,
                           int i)
{
    char name[48];
    if (!(background->rate_Bps > 0))
        return world->hosts[background->from];
    snprintf(name, sizeof name, TW_RATED_NAME "%d", i);
    return sg_host_by_name(name);
}

int tw_background_open(struct tw_world *world, const struct tw_dynamics *dynamics, int hosts,
                       struct tw_flow **flows)
{
    char name[48];
    size_t count = 0;
    for (int i = 0; i < dynamics->background_count; i++)
        count += (size_t)dynamics->backgrounds[i].flows;
    *flows = calloc(count + 1, sizeof **flows);
    if (!*flows)
        return tw_weather_refuse(world, TW_MEMORY, "%s", "no memory for background traffic");
    count = 0;
    for (int i = 0; i < dynamics->background_count; i++) {
        const struct tw_background *background = &dynamics->backgrounds[i];
        snprintf(name, sizeof name, "from %d to %d", background->from, background->to);
        if (background->from >= hosts || background->to >= hosts) {
            tw_weather_refuse(world, TW_RANGE, "background: traffic %s: there is no such host",
                              name);
            return tw_weather_advise(world, dynamics->profile_count + i,
                                     "the platform has hosts 0 to %d: %s to %s", hosts - 1,
                                     sg_host_get_name(world->hosts[0]),
                                     sg_host_get_name(world->hosts[hosts - 1]));
        }
        sg_host_t of = world->hosts[background->from], to = world->hosts[background->to];
        sg_host_t from = sender_of(world, background, i);
        double latency_s = sg_host_get_route_latency(from, to);
        world->warm_s = latency_s > world->warm_s ? latency_s : world->warm_s;
        for (int f = 0; f < background->flows; f++) {
            struct tw_flow *flow = &(*flows)[count++];
            snprintf(name, sizeof name, "background-%d-%d", i, f);
            *flow = (struct tw_flow){.world = world, .of = of, .from = from, .to = to};
            flow->mailbox = sg_mailbox_by_name(name);
            start(flow);
        }
    }
    return 1;
}
