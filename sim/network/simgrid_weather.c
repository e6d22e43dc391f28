/* Profiles, background traffic and outages as actors beside the ranks.
 *
 * Every step is simulated at a clock of its own, so that what happens at T on the run's clock
 * happens at T - clock_s + warm_s here; what happened before is in force from the start. Changing
 * a link's bandwidth from an actor is what SimGrid's own profiles do: flows under way keep what
 * they have moved and share the new bandwidth from that moment on.
 *
 * SimGrid bounds a flow by the bandwidths of its links at the moment it starts, and keeps that
 * bound when they rise. So whoever posts a message raises the links on its way to the most that
 * their profile ever gives, and lets them fall back when it is posted: no time passes in between.
 *
 * All actors here are daemons: they end when the ranks have ended. */
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/link.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xbt/dynar.h>
#include "fabric.h"
#include "simgrid_background.h"
#include "simgrid_latency.h"
#include "simgrid_names.h"
#include "simgrid_weather.h"

/* SimGrid 3.32 can switch links from C++ alone. A sg_link_t is the C++ object, whose methods
 * without further arguments take it as a C function would (Itanium C++ ABI, as on all that SimGrid
 * runs). */
extern void link_turn_on(sg_link_t link) __asm__("_ZN7simgrid3s4u4Link7turn_onEv");
extern void link_turn_off(sg_link_t link) __asm__("_ZN7simgrid3s4u4Link8turn_offEv");

/* A step in which profiles change more often than this has hung, or cannot be afforded. */
#define CHANGES_MAX 1000000

/* What a link with a profile points to. */
struct link_state {
    double nominal_Bps, now_Bps, most_Bps;
    int raised; /* so many are posting messages over it */
};

struct profile_actor {
    struct tw_world *world;
    const struct tw_profile *profile;
    sg_link_t *links; /* that match */
    struct link_state *states;
    size_t count;
};

struct outage_actor {
    struct tw_world *world;
    const struct tw_outage *outage;
    sg_link_t *links;
    size_t count;
    sg_host_t host;
    int down, fell; /* fell: has been down since the step began */
};

struct tw_weather {
    const struct tw_dynamics *dynamics;
    struct profile_actor *profiles;
    struct outage_actor *outages;
    struct tw_flow *flows;
    struct tw_latencies *latencies;
    int changes;
    int last_down; /* outage that began last, -1 */
    int blamed;    /* outage that a rank met first, -1 */
    double lost_s; /* when, on this simulation's clock */
};

static double to_here(const struct tw_world *world, double run_s)
{
    return run_s - world->job->clock_s + world->warm_s;
}

int tw_weather_refuse(struct tw_world *world, tw_status status, const char *text, const char *name)
{
    world->result->head.status = (int32_t)status;
    snprintf(world->result->head.text, sizeof world->result->head.text, text, name);
    return 0;
}

int tw_weather_advise(struct tw_world *world, int place, const char *format, ...)
{
    struct tw_simgrid_head *head = &world->result->head;
    va_list list;
    head->place = place + 1;
    va_start(list, format);
    vsnprintf(head->hint, sizeof head->hint, format, list);
    va_end(list);
    return 0;
}

/* ---- profiles ---- */

static void set_factor(const struct profile_actor *actor, double factor)
{
    for (size_t i = 0; i < actor->count; i++) {
        struct link_state *state = &actor->states[i];
        state->now_Bps = state->nominal_Bps * factor;
        if (!state->raised)
            sg_link_set_bandwidth(actor->links[i], state->now_Bps);
    }
}

/* raise 1: links from host to host are about to get a message; 0: it is posted. */
void tw_weather_pass(const struct tw_world *world, sg_host_t from, sg_host_t to, int raise)
{
    if (!world->weather || world->weather->dynamics->profile_count == 0)
        return;
    xbt_dynar_t route = xbt_dynar_new(sizeof(sg_link_t), NULL);
    sg_host_get_route(from, to, route);
    for (unsigned long i = 0; i < xbt_dynar_length(route); i++) {
        sg_link_t link = xbt_dynar_get_as(route, i, sg_link_t);
        struct link_state *state = sg_link_get_data(link);
        if (!state)
            continue;
        if (raise && state->raised++ == 0)
            sg_link_set_bandwidth(link, state->most_Bps);
        else if (!raise && --state->raised == 0)
            sg_link_set_bandwidth(link, state->now_Bps);
    }
    xbt_dynar_free(&route);
}

void tw_weather_raise(const struct tw_world *world, int from_rank, int to_rank, int raise)
{
    const struct tw_platform *platform = world->job->platform;
    if (world->weather)
        tw_weather_pass(world, world->hosts[tw_platform_host(platform, from_rank)],
                        world->hosts[tw_platform_host(platform, to_rank)], raise);
}

double tw_weather_latency_s(const struct tw_world *world, int from_rank, int to_rank,
                            double nominal_s)
{
    const struct tw_platform *platform = world->job->platform;
    if (!world->weather || !world->weather->latencies)
        return nominal_s;
    return tw_latencies_now_s(world, world->weather->latencies,
                              world->hosts[tw_platform_host(platform, from_rank)],
                              world->hosts[tw_platform_host(platform, to_rank)], nominal_s);
}

static void run_profile(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct profile_actor *actor = sg_actor_self_get_data();
    struct tw_world *world = actor->world;
    const struct tw_profile *profile = actor->profile;
    double period_s = profile->period_s, factor = 1;
    /* From the period before the present one: its last factor holds until the first change. */
    double turn = period_s > 0 ? floor(world->job->clock_s / period_s) - 1 : 0;
    if (turn < 0)
        turn = 0;
    for (; world->weather->blamed < 0; turn++) {
        for (int i = 0; i < profile->count; i++) {
            double at_s = to_here(world, turn * period_s + profile->at_s[i]);
            double now_s = simgrid_get_clock();
            if (at_s > world->warm_s || now_s > 0) {
                set_factor(actor, factor);
                if (at_s > now_s)
                    sg_actor_sleep_for(at_s - now_s);
                if (world->weather->changes++ > CHANGES_MAX) {
                    tw_weather_refuse(world, TW_TIMEOUT,
                                      "the bandwidth of %s changed a million times within one step",
                                      profile->link);
                    return;
                }
            }
            factor = profile->factor[i];
        }
        if (!(period_s > 0))
            break;
    }
    set_factor(actor, factor);
}

/* ---- outages ---- */

static void set_down(struct outage_actor *actor, int down)
{
    struct tw_weather *weather = actor->world->weather;
    actor->down = down;
    actor->fell |= down;
    if (down)
        weather->last_down = (int)(actor - weather->outages);
    for (size_t i = 0; i < actor->count; i++) {
        if (down)
            link_turn_off(actor->links[i]);
        else
            link_turn_on(actor->links[i]);
    }
    if (actor->host && down) {
        sg_host_turn_off(actor->host);
        tw_background_stop(weather->flows, actor->host);
    }
    if (actor->host && !down)
        sg_host_turn_on(actor->host);
    if (!down)
        tw_background_resume(weather->flows);
}

static void run_outage(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct outage_actor *actor = sg_actor_self_get_data();
    double at_s = to_here(actor->world, actor->outage->at_s);
    /* Reckoned as resume_s of timeline_retry.c does: a step begun anew at the repair meets none of
     * it, not even for the last bit of a sum. */
    double until_s = to_here(actor->world, actor->outage->at_s + actor->outage->repair_s);
    if (until_s <= actor->world->warm_s)
        return;
    if (at_s > 0)
        sg_actor_sleep_for(at_s);
    set_down(actor, 1);
    if (isfinite(until_s)) {
        sg_actor_sleep_for(until_s - simgrid_get_clock());
        set_down(actor, 0);
    }
}

void tw_weather_lost(struct tw_world *world)
{
    struct tw_weather *weather = world->weather;
    if (!weather || weather->blamed >= 0 || weather->last_down < 0)
        return;
    weather->blamed = weather->last_down;
    for (int i = 0; i < weather->dynamics->outage_count; i++)
        if (!weather->outages[weather->blamed].down && weather->outages[i].down)
            weather->blamed = i;
    weather->lost_s = simgrid_get_clock() - world->warm_s;
}

void tw_weather_settle(struct tw_world *world)
{
    struct tw_weather *weather = world->weather;
    struct tw_simgrid_head *head = &world->result->head;
    int finished = 1;
    if (!weather || weather->last_down < 0)
        return;
    for (int r = 0; r < world->members; r++)
        finished &= world->result->progress[r].fate == TW_RANK_FINISHED;
    if (finished)
        return;
    int blamed = weather->blamed >= 0 ? weather->blamed : weather->last_down;
    double at_s = weather->dynamics->outages[blamed].at_s - world->job->clock_s;
    head->outage = blamed + 1;
    head->lost_s = weather->blamed >= 0 ? weather->lost_s : at_s > 0 ? at_s : 0;
}

sg_actor_t tw_weather_start(const char *name, sg_host_t host, void *data,
                            void (*code)(int, char **))
{
    sg_actor_t actor = sg_actor_init(name, host);
    sg_actor_set_data(actor, data);
    sg_actor_start_(actor, code, 0, NULL);
    sg_actor_daemonize(actor);
    return actor;
}

/* ---- all of it ---- */

static int open_states(struct profile_actor *actor)
{
    const struct tw_profile *profile = actor->profile;
    double most = 1;
    actor->states = calloc(actor->count, sizeof *actor->states);
    if (!actor->states)
        return tw_weather_refuse(actor->world, TW_MEMORY, "no memory for the profile of %s",
                                 profile->link);
    for (int i = 0; i < profile->count; i++)
        most = fmax(most, profile->factor[i]);
    for (size_t l = 0; l < actor->count; l++) {
        double nominal_Bps = sg_link_get_bandwidth(actor->links[l]);
        if (sg_link_get_data(actor->links[l])) {
            tw_weather_refuse(actor->world, TW_REFUSED,
                              "profile: link %s has a profile already, by the pattern of another",
                              sg_link_get_name(actor->links[l]));
            return tw_weather_advise(
                actor->world, (int)(profile - actor->world->weather->dynamics->profiles),
                "a link has one profile at most: link='%s' must leave it out", profile->link);
        }
        actor->states[l] = (struct link_state){nominal_Bps, nominal_Bps, nominal_Bps * most, 0};
        sg_link_set_data(actor->links[l], &actor->states[l]);
    }
    return 1;
}

static int open_profiles(struct tw_world *world, sg_host_t home)
{
    const struct tw_dynamics *dynamics = world->weather->dynamics;
    for (int i = 0; i < dynamics->profile_count; i++) {
        struct profile_actor *actor = &world->weather->profiles[i];
        if (dynamics->profiles[i].of != TW_PROFILE_BANDWIDTH)
            continue;
        *actor = (struct profile_actor){.world = world, .profile = &dynamics->profiles[i]};
        actor->links = tw_names_links(actor->profile->link, &actor->count);
        if (!actor->links)
            return tw_names_refuse(world, "profile", "link", actor->profile->link, i);
        if (!open_states(actor))
            return 0;
        tw_weather_start("profile", home, actor, run_profile);
    }
    return 1;
}

static int open_outages(struct tw_world *world, sg_host_t home)
{
    const struct tw_dynamics *dynamics = world->weather->dynamics;
    for (int i = 0; i < dynamics->outage_count; i++) {
        struct outage_actor *actor = &world->weather->outages[i];
        *actor = (struct outage_actor){.world = world, .outage = &dynamics->outages[i]};
        const char *name = actor->outage->name;
        if (actor->outage->kind == TW_OUTAGE_LINK)
            actor->links = tw_names_links(name, &actor->count);
        else
            actor->host = sg_host_by_name(name);
        if (!actor->links && !actor->host)
            return tw_names_refuse(world, "failure",
                                   actor->outage->kind == TW_OUTAGE_LINK ? "link" : "host", name,
                                   dynamics->profile_count + dynamics->background_count + i);
        tw_weather_start("outage", home, actor, run_outage);
    }
    return 1;
}

/* A host that never fails: the actors of profiles and outages live there. */
static sg_host_t steady_host(const struct tw_world *world, int hosts)
{
    const struct tw_dynamics *dynamics = world->weather->dynamics;
    for (int h = 0; h < hosts; h++) {
        int fails = 0;
        for (int i = 0; i < dynamics->outage_count; i++)
            fails |= dynamics->outages[i].kind == TW_OUTAGE_HOST &&
                     strcmp(dynamics->outages[i].name, sg_host_get_name(world->hosts[h])) == 0;
        if (!fails)
            return world->hosts[h];
    }
    return NULL;
}

int tw_weather_open(struct tw_world *world)
{
    const struct tw_dynamics *dynamics = world->job->platform->dynamics;
    int hosts = (int)tw_names_host_count();
    if (!dynamics)
        return 1;
    struct tw_weather *weather = world->weather = calloc(1, sizeof *world->weather);
    if (!weather)
        return tw_weather_refuse(world, TW_MEMORY, "%s", "no memory for what changes");
    *weather = (struct tw_weather){.dynamics = dynamics, .last_down = -1, .blamed = -1};
    weather->profiles = calloc((size_t)dynamics->profile_count + 1, sizeof *weather->profiles);
    weather->outages = calloc((size_t)dynamics->outage_count + 1, sizeof *weather->outages);
    if (!weather->profiles || !weather->outages)
        return tw_weather_refuse(world, TW_MEMORY, "%s", "no memory for what changes");
    sg_host_t home = steady_host(world, hosts);
    /* A rank alone exchanges nothing: its platform is looked at, and never simulated. */
    if (!home && tw_platform_ranks(world->job->platform) + world->job->platform->server == 1)
        home = world->hosts[0];
    if (!home)
        return tw_weather_refuse(world, TW_REFUSED, "%s",
                                 "every host fails: at least one must be without a <failure>");
    /* Background first: it decides warm_s, which the others reckon with. */
    return tw_slow_links(world) && tw_background_open(world, dynamics, hosts, &weather->flows) &&
           open_profiles(world, home) && tw_latencies_open(world, &weather->latencies) &&
           open_outages(world, home);
}

void tw_weather_close(struct tw_world *world)
{
    struct tw_weather *weather = world->weather;
    if (!weather)
        return;
    for (int i = 0; weather->profiles && i < weather->dynamics->profile_count; i++) {
        free(weather->profiles[i].links);
        free(weather->profiles[i].states);
    }
    for (int i = 0; weather->outages && i < weather->dynamics->outage_count; i++)
        free(weather->outages[i].links);
    free(weather->profiles);
    free(weather->outages);
    free(weather->flows);
    tw_latencies_close(weather->latencies);
    free(weather);
    world->weather = NULL;
}
