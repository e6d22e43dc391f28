/* Joules of hosts, by SimGrid's host energy plug-in (Heinrich et al., IEEE Cluster 2017).
 *
 * A host of c cores of which n are busy draws Idle where n = 0, else
 *     Epsilon + (AllCores - Epsilon) * n / c
 * watts. The plug-in takes a sleeping actor for an idle host, so that work is an execution here, of
 * seconds * speed operations on one core; it ends when the sleep would have. That holds as long as
 * no two works share a core, which is refused.
 *
 * Steps are simulated one by one and overlap in time, each from the entry of its first rank. So a
 * step tells what a host draws above Idle, which nothing but its own executions cause, and idle
 * watts are counted once, over the whole run (timeline_energy.c). Where several ranks share a host
 * and Epsilon is not Idle, two steps at a time would count the jump twice: refused.
 *
 * Links have no joules: of SimGrid 3.32's link plug-in a split link never draws anything, because
 * its two directions do not have the properties that it is written with (seen). All links of
 * clusters here are split. */
#include "simgrid_energy.h"

#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/exec.h>
#include <simgrid/host.h>
#include <simgrid/plugins/energy.h>
#include <stdarg.h>
#include <stdio.h>
#include "fabric.h"
#include "platform.h"
#include "base/watts.h"

void tw_energy_load(const struct tw_step_job *job)
{
    if (job->hosts)
        sg_host_energy_plugin_init();
}

__attribute__((format(printf, 2, 3))) static int refuse(struct tw_world *world, const char *text,
                                                        ...)
{
    struct tw_simgrid_head *head = &world->result->head;
    va_list list;
    head->status = TW_REFUSED;
    va_start(list, text);
    vsnprintf(head->text, sizeof head->text, text, list);
    va_end(list);
    return 0;
}

/* The most works of one rank at a time: one on each stream that has some, and what its exchanges
 * combine, which its device does one by one. */
static int works_at_once(const struct tw_step_job *job)
{
    int delays[TW_RANK_STREAMS_MAX] = {0}, combines[TW_RANK_STREAMS_MAX] = {0};
    int count = 0, beside = 0;
    for (int i = 0; i < job->count; i++) {
        if (job->items[i].algorithm)
            combines[job->items[i].stream] = job->gamma_sB > 0;
        else
            delays[job->items[i].stream] = 1;
    }
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++) {
        count += delays[s];
        beside |= combines[s] && !delays[s];
    }
    return count + beside > 0 ? count + beside : 1;
}

static int open_host(struct tw_world *world, int place, int ranks)
{
    sg_host_t host = world->hosts[place];
    struct tw_host_energy *energy = &world->job->hosts[place];
    const char *watts = sg_host_get_property_value(host, "wattage_per_state");
    int works = works_at_once(world->job);
    struct tw_err err = {0};
    snprintf(energy->name, sizeof energy->name, "%s", sg_host_get_name(host));
    if (!watts)
        return refuse(world,
                      "host %s has no watts; <prop id=\"wattage_per_state\" value=\"100:300\"/> in "
                      "the platform file, or wattage_per_state=\"100:300\" of <cluster>",
                      energy->name);
    if (tw_watts_check(watts, &err))
        return refuse(world, "host %s: wattage_per_state %s; valid: %s", energy->name, err.text,
                      err.hint);
    energy->idle_W = sg_host_get_idle_consumption(host);
    energy->busy_W = sg_host_get_wattmax_at(host, 0);
    energy->cores = sg_host_core_count(host);
    if (ranks * works > energy->cores)
        return refuse(world,
                      "host %s has %d cores, but %d works at a time (%d ranks, %d each); "
                      "core=\"%d\" counts their joules",
                      energy->name, energy->cores, ranks * works, ranks, works, ranks * works);
    if (ranks > 1 && sg_host_get_wattmin_at(host, 0) > energy->idle_W)
        return refuse(world,
                      "host %s of %d ranks: wattage_per_state %s has an Epsilon above Idle, which "
                      "is counted for one rank a host; Idle:AllCores is for several",
                      energy->name, ranks, watts);
    return 1;
}

int tw_energy_open(struct tw_world *world)
{
    const struct tw_platform *platform = world->job->platform;
    int places = tw_platform_hosts(platform);
    if (!world->job->hosts)
        return 1;
    for (int h = 0; h < places; h++) {
        int ranks = 0;
        for (int r = 0; r < world->members; r++)
            ranks += tw_platform_host(platform, r) == h;
        if (!open_host(world, h, ranks))
            return 0;
    }
    return 1;
}

void tw_energy_settle(struct tw_world *world)
{
    double clock_s = simgrid_get_clock();
    for (int h = 0; world->job->hosts && h < tw_platform_hosts(world->job->platform); h++) {
        struct tw_host_energy *energy = &world->job->hosts[h];
        energy->active_J = sg_host_get_consumed_energy(world->hosts[h]) - energy->idle_W * clock_s;
    }
}

void tw_energy_work(struct tw_world *world, int rank, double seconds)
{
    if (!(seconds > 0))
        return;
    if (!world->job->hosts) {
        sg_actor_sleep_for(seconds);
        return;
    }
    int place = tw_platform_host(world->job->platform, rank);
    sg_exec_t work = sg_actor_exec_init(seconds * sg_host_get_speed(world->hosts[place]));
    world->job->hosts[place].busy_s += seconds;
    sg_exec_start(work);
    sg_exec_wait(work);
}
