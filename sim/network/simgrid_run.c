/* One simulation: the world that the actors of simgrid_actor.c live in. */
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include "action.h"
#include "alike.h"
#include "fabric.h"
#include "platform.h"
#include "reckon.h"
#include "simgrid_actor.h"
#include "simgrid_energy.h"
#include "simgrid_engine.h"
#include "simgrid_lazy.h"
#include "simgrid_listen.h"
#include "simgrid_weather.h"

/* Rooms of all actors, one behind the other. */
struct rooms {
    struct tw_message *messages;
    sg_comm_t *waits;
    void **tags;
    double *latency_s;
    struct tw_listener *listeners; /* where messages are followed */
};

/* Phases of the items whose steps may be reckoned. 0: no memory. */
static int open_phases(struct tw_world *world)
{
    const struct tw_step_job *job = world->job;
    world->pace = tw_pace_of(world->ranks);
    world->phase = calloc((size_t)job->count, sizeof *world->phase);
    if (!world->phase)
        return 0;
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        if (item->algorithm && !job->network->full && !job->messages && !job->hosts &&
            world->ranks >= TW_RECKONED_RANKS && world->exchanging <= 1 && item->window == 0 &&
            item->comm.groups == 0 && !job->platform->dynamics)
            world->phase[i] = tw_alike_phase(item->algorithm, &item->layout);
    }
    return 1;
}

/* The most pieces that an item of the job has, and the actors that a rank needs. */
static void measure_job(struct tw_world *world)
{
    world->pieces_max = 1;
    for (int i = 0; i < world->job->count; i++) {
        const struct tw_action_item *item = &world->job->items[i];
        int pieces = item->algorithm ? tw_action_pieces_max(item) : 0;
        world->pieces_max = pieces > world->pieces_max ? pieces : world->pieces_max;
    }
    world->exchanging = tw_streams_exchanging(world->job);
    tw_streams_slots(world->job, world->first);
    world->slots = world->first[TW_RANK_STREAMS_MAX];
}

static int open_world(struct tw_world *world, struct rooms *rooms)
{
    size_t most, actors;
    measure_job(world);
    most = (size_t)world->pieces_max;
    actors = (size_t)world->members * (size_t)world->slots;
    world->pieces = calloc(most, sizeof *world->pieces);
    world->actors = calloc(actors, sizeof *world->actors);
    world->device_free_s = calloc((size_t)world->members, sizeof *world->device_free_s);
    rooms->messages = calloc(actors * most, sizeof *rooms->messages);
    rooms->waits = calloc(actors * most, 2 * sizeof *rooms->waits);
    rooms->tags = calloc(actors * most, sizeof *rooms->tags);
    int waits = world->job->network->latency == TW_LATENCY_SENDER;
    rooms->latency_s = calloc(waits ? actors * most : 1, sizeof *rooms->latency_s);
    int follows = world->job->messages != NULL;
    rooms->listeners = calloc(follows ? actors * most : 1, 2 * sizeof *rooms->listeners);
    if (!rooms->listeners || !rooms->latency_s || !world->pieces || !world->actors ||
        !world->device_free_s || !rooms->messages || !rooms->waits || !rooms->tags ||
        !open_phases(world) || !tw_mailboxes_open(&world->mailboxes))
        return 0;
    for (size_t a = 0; a < actors; a++) {
        struct tw_actor *actor = &world->actors[a];
        actor->world = world;
        actor->rank = (int)(a / (size_t)world->slots);
        actor->slot = (int)(a % (size_t)world->slots);
        while (actor->slot >= world->first[actor->stream + 1])
            actor->stream++;
        actor->lane = actor->slot - world->first[actor->stream];
        actor->passed = actor->waits_for = -1;
        actor->progress.lane = actor->lane;
        actor->to.peer = actor->from.peer = -1;
        actor->messages = rooms->messages + a * most;
        actor->waits = rooms->waits + 2 * a * most;
        actor->tags = rooms->tags + a * most;
        actor->latency_s = waits ? rooms->latency_s + a * most : NULL;
        actor->listeners = follows ? rooms->listeners + 2 * a * most : NULL;
    }
    return 1;
}

static void close_world(struct tw_world *world, struct rooms *rooms)
{
    free(world->pieces);
    free(world->actors);
    free(world->device_free_s);
    free(rooms->messages);
    free(rooms->waits);
    free(rooms->tags);
    free(rooms->latency_s);
    free(rooms->listeners);
    free(world->hosts);
    free(world->phase);
    tw_mailboxes_close(&world->mailboxes);
}

static void run_actors(struct tw_world *world)
{
    size_t actors = (size_t)world->members * (size_t)world->slots;
    for (size_t a = 0; a < actors; a++) {
        struct tw_actor *data = &world->actors[a];
        if (data->lane > 0) {
            data->go = sg_sem_init(0);
            data->done = sg_sem_init(0);
        } else {
            data->ready = sg_sem_init(0);
        }
        if (data->listeners)
            data->heard = sg_sem_init(0);
        sg_actor_t actor =
            sg_actor_init("rank", world->hosts[tw_platform_host(world->job->platform, data->rank)]);
        sg_actor_set_data(actor, data);
        sg_actor_start_(actor, tw_actor_run, 0, NULL);
    }
    simgrid_run();
    for (size_t a = 0; a < actors; a++) {
        if (world->actors[a].listeners)
            sg_sem_destroy(world->actors[a].heard);
        if (world->actors[a].lane > 0) {
            sg_sem_destroy(world->actors[a].go);
            sg_sem_destroy(world->actors[a].done);
        } else {
            sg_sem_destroy(world->actors[a].ready);
        }
    }
}

/* A rank is where its first actor is, unless another went wrong, or is not finished while the first
 * is, or hangs inside an exchange while the first waits for it. */
static void settle(const struct tw_world *world)
{
    for (int r = 0; r < world->members; r++) {
        const struct tw_actor *first = &world->actors[(size_t)r * (size_t)world->slots];
        struct tw_rank_progress *progress = &world->result->progress[r];
        *progress = first->progress;
        for (int l = 1; l < world->slots; l++) {
            const struct tw_rank_progress *other = &first[l].progress;
            int wrong = other->fate == TW_RANK_DISAGREED || other->fate == TW_RANK_FAILED;
            int late = other->fate == TW_RANK_UNFINISHED && progress->fate == TW_RANK_FINISHED;
            int hangs = other->inside && !progress->inside;
            if (late || (progress->fate == TW_RANK_UNFINISHED && (wrong || hangs)) ||
                (progress->fate == TW_RANK_FINISHED && wrong))
                *progress = *other;
        }
    }
}

void tw_simgrid_simulate(const struct tw_step_job *job, struct tw_simgrid_result *result)
{
    struct tw_world world = {
        .job = job, .result = result, .ranks = tw_platform_ranks(job->platform)};
    world.members = world.ranks + job->platform->server;
    struct rooms rooms = {0};
    struct tw_engine engine = {0};
    struct tw_simgrid_head *head = &result->head;

    head->status = TW_MEMORY;
    snprintf(head->text, sizeof head->text, "no memory for %d actors", world.ranks);
    tw_energy_load(job);
    if (!open_world(&world, &rooms) || !tw_engine_start(&engine, world.members * world.slots,
                                                        job->network, !tw_lazy_is_exact(job)))
        goto done;
    head->status = TW_OK;
    world.hosts = tw_engine_hosts(job->platform, head);
    if (world.hosts && tw_energy_open(&world) && tw_weather_open(&world)) {
        run_actors(&world);
        settle(&world);
        tw_weather_settle(&world);
        tw_energy_settle(&world);
        head->broken = world.pace.broken;
        head->extrapolated = world.pace.skipped;
        head->messages = job->messages ? job->messages->count : 0;
    }
done:
    tw_weather_close(&world);
    close_world(&world, &rooms);
    tw_engine_forget(&engine);
}
