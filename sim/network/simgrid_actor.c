/* An actor per rank, stream and lane, with SimGrid's S4U interface from C.
 *
 * Sends and receives are posted asynchronously and waited for one by one: of SimGrid's C calls,
 * only these never let a C++ exception escape. Lanes above 0 wait at a semaphore for exchanges that
 * have them; lane 0 goes on when all lanes are done. A rank has one device: what its lanes combine
 * at the same time is combined one after the other, in the order in which it is asked for.
 * An actor that needs the end of an item of another stream says so and waits at its semaphore;
 * whoever ends that item releases it (only one actor runs at a time, so neither can be missed).
 * Actors have small stacks: no arrays on them. */
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <math.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>
#include <simgrid/semaphore.h>
#include "action.h"
#include "curve.h"
#include "fabric.h"
#include "platform.h"
#include "simgrid_actor.h"
#include "simgrid_energy.h"
#include "simgrid_listen.h"
#include "simgrid_weather.h"

/* What a message is, as a number in the payload pointer that both ends work out for themselves;
 * never NULL, which SimGrid refuses. */
static void *tag_of(const struct tw_actor *actor, uint64_t bytes)
{
    uint64_t mix = (uint64_t)(uint32_t)actor->progress.item << 32 |
                   (uint64_t)(uint32_t)actor->slot << 28 | (uint32_t)actor->progress.step;
    return (void *)(uintptr_t)((bytes * 0x9E3779B97F4A7C15U + mix) | (uint64_t)1 << 63);
}

static sg_mailbox_t mailbox_from(struct tw_actor *actor, int peer)
{
    struct tw_mailboxes *mailboxes = &actor->world->mailboxes;
    if (actor->from.peer != peer)
        actor->from = (struct tw_last_mailbox){
            peer, tw_mailbox_of(mailboxes, actor->slot, peer, actor->rank), 0};
    return actor->from.mailbox;
}

static int waits_for_latency(const struct tw_world *world)
{
    return world->job->network->latency == TW_LATENCY_SENDER;
}

static const struct tw_last_mailbox *mailbox_to(struct tw_actor *actor, int peer)
{
    struct tw_world *world = actor->world;
    const struct tw_platform *platform = world->job->platform;
    if (actor->to.peer != peer) {
        sg_mailbox_t mailbox = tw_mailbox_of(&world->mailboxes, actor->slot, actor->rank, peer);
        actor->to = (struct tw_last_mailbox){peer, mailbox, 0};
        if (waits_for_latency(world))
            actor->to.latency_s =
                sg_host_get_route_latency(world->hosts[tw_platform_host(platform, actor->rank)],
                                          world->hosts[tw_platform_host(platform, peer)]);
    }
    return &actor->to;
}

static long stretched_B(const struct tw_actor *actor, const struct tw_message *message)
{
    const struct tw_curve *curve = actor->world->job->network->curve;
    return (long)(curve ? tw_curve_stretched_B(curve, message->send_B) : message->send_B);
}

static sg_comm_t post_send(struct tw_actor *actor, const struct tw_message *message)
{
    sg_mailbox_t mailbox = mailbox_to(actor, message->peer)->mailbox;
    tw_weather_raise(actor->world, actor->rank, message->peer, 1);
    sg_comm_t comm =
        sg_mailbox_put_async(mailbox, tag_of(actor, message->send_B), stretched_B(actor, message));
    tw_weather_raise(actor->world, actor->rank, message->peer, 0);
    return comm;
}

static sg_comm_t post_receive(struct tw_actor *actor, int peer, void **tag)
{
    sg_mailbox_t mailbox = mailbox_from(actor, peer);
    tw_weather_raise(actor->world, peer, actor->rank, 1);
    sg_comm_t comm = sg_mailbox_get_async(mailbox, tag);
    tw_weather_raise(actor->world, peer, actor->rank, 0);
    return comm;
}

/* What the sender of a message to the peer waits for when it posts it now. */
static double latency_now_s(struct tw_actor *actor, int peer)
{
    return tw_weather_latency_s(actor->world, actor->rank, peer,
                                mailbox_to(actor, peer)->latency_s);
}

/* The latencies of a step's messages pass at the same time: each is posted when its own is over. */
static void post_sends_late(struct tw_actor *actor, int count, sg_comm_t *waits)
{
    double passed_s = 0, last_s = -1;
    for (int m = 0; m < count; m++)
        if (actor->messages[m].sends)
            actor->latency_s[m] = latency_now_s(actor, actor->messages[m].peer);
    for (;;) {
        double next_s = INFINITY;
        for (int m = 0; m < count; m++)
            if (actor->messages[m].sends && actor->latency_s[m] > last_s &&
                actor->latency_s[m] < next_s)
                next_s = actor->latency_s[m];
        if (next_s == INFINITY)
            return;
        if (next_s > passed_s)
            sg_actor_sleep_for(next_s - passed_s);
        passed_s = last_s = next_s;
        sg_comm_t *wait = waits;
        for (int m = 0; m < count; m++) {
            if (actor->messages[m].sends && actor->latency_s[m] == next_s)
                *wait = post_send(actor, &actor->messages[m]);
            wait += actor->messages[m].sends;
        }
    }
}

static void post_messages(struct tw_actor *actor, int count)
{
    const struct tw_message *messages = actor->messages;
    sg_comm_t *wait = actor->waits;
    for (int m = 0; m < count; m++)
        if (messages[m].receives)
            *wait++ = post_receive(actor, messages[m].peer, &actor->tags[m]);
    if (waits_for_latency(actor->world)) {
        post_sends_late(actor, count, wait);
        return;
    }
    for (int m = 0; m < count; m++)
        if (messages[m].sends)
            *wait++ = post_send(actor, &messages[m]);
}

/* 0 when a wait failed or something else arrived than this rank's schedule says. */
static int wait_messages(struct tw_actor *actor, int count)
{
    struct tw_rank_progress *progress = &actor->progress;
    sg_comm_t *wait = actor->waits;
    for (int m = 0; m < count; m++) {
        const struct tw_message *message = &actor->messages[m];
        if (!message->receives)
            continue;
        progress->peer = message->peer;
        if (sg_comm_wait(*wait++) != SG_OK) {
            progress->fate = TW_RANK_FAILED;
            tw_weather_lost(actor->world);
            return 0;
        }
        if (actor->tags[m] != tag_of(actor, message->receive_B)) {
            progress->fate = TW_RANK_DISAGREED;
            return 0;
        }
    }
    for (int m = 0; m < count; m++) {
        if (!actor->messages[m].sends)
            continue;
        progress->peer = actor->messages[m].peer;
        if (sg_comm_wait(*wait++) != SG_OK) {
            progress->fate = TW_RANK_FAILED;
            tw_weather_lost(actor->world);
            return 0;
        }
    }
    return 1;
}

/* Posts and waits likewise, where every message is followed. */
static int hear_messages(struct tw_actor *actor, int count)
{
    double post_s = simgrid_get_clock() - actor->world->warm_s;
    int ends = 0;
    for (int sends = 0; sends <= 1; sends++)
        for (int m = 0; m < count; m++) {
            const struct tw_message *message = &actor->messages[m];
            if (!(sends ? message->sends : message->receives))
                continue;
            struct tw_listener *listener = &actor->listeners[ends++];
            *listener = (struct tw_listener){.actor = actor, .message = message, .sends = sends};
            if (sends) {
                const struct tw_last_mailbox *to = mailbox_to(actor, message->peer);
                listener->mailbox = to->mailbox;
                listener->latency_s = latency_now_s(actor, message->peer);
                listener->tag = tag_of(actor, message->send_B);
                listener->wire_B = stretched_B(actor, message);
            } else {
                listener->mailbox = mailbox_from(actor, message->peer);
            }
        }
    actor->progress.peer = count ? actor->messages[0].peer : -1;
    int heard = tw_listen(actor, ends, post_s);
    for (int e = 0; e < ends && heard; e++) {
        const struct tw_listener *listener = &actor->listeners[e];
        if (!listener->sends && listener->tag != tag_of(actor, listener->message->receive_B)) {
            actor->progress.fate = TW_RANK_DISAGREED;
            return 0;
        }
    }
    if (!heard)
        actor->progress.fate = TW_RANK_FAILED;
    return heard;
}

/* γ of what the step has combined, behind what other lanes have given to the rank's device. */
static void combine(struct tw_actor *actor, int count, int lanes)
{
    struct tw_world *world = actor->world;
    const struct tw_platform *platform = world->job->platform;
    uint64_t combine_B = 0;
    for (int m = 0; m < count; m++)
        combine_B += actor->messages[m].combine_B;
    double gamma_s = world->job->gamma_sB * (double)combine_B /
                     tw_platform_speed(platform, actor->rank / platform->ranks_per_node);
    if (world->job->slow && actor->rank < world->ranks)
        gamma_s *= world->job->slow[actor->rank];
    if (!(gamma_s > 0))
        return;
    if (lanes > 1 || world->exchanging > 1) {
        double now_s = simgrid_get_clock(), *free_s = &world->device_free_s[actor->rank];
        double start_s = *free_s > now_s ? *free_s : now_s;
        *free_s = start_s + gamma_s;
        if (start_s > now_s)
            sg_actor_sleep_for(start_s - now_s);
    }
    tw_energy_work(world, actor->rank, gamma_s);
}

/* The step behind step s, and behind all that need not be simulated. */
static int go_on(struct tw_actor *actor, int item, int s)
{
    struct tw_world *world = actor->world;
    double sleep_s;
    if (world->phase[item] == 0)
        return s + 1;
    int next =
        tw_pace_ended(&world->pace, item, world->phase[item], s, simgrid_get_clock(), &sleep_s);
    if (sleep_s > 0)
        sg_actor_sleep_for(sleep_s);
    return next;
}

/* The actor's lane of an exchange, to its end; 0 when it went wrong. */
static int run_lane(struct tw_actor *actor, int item)
{
    struct tw_world *world = actor->world;
    const struct tw_action_item *action = &world->job->items[item];
    int steps = tw_action_steps(action, actor->rank), lanes = tw_action_lanes(action);
    actor->progress.item = item;
    actor->progress.inside = 1;
    for (int s = 0; s < steps; s = go_on(actor, item, s)) {
        int count =
            tw_action_messages(action, actor->lane, actor->rank, s, world->pieces, actor->messages);
        actor->progress.step = s;
        if (!actor->listeners)
            post_messages(actor, count);
        if (!(actor->listeners ? hear_messages(actor, count) : wait_messages(actor, count)))
            return 0;
        combine(actor, count, lanes);
    }
    actor->progress.inside = 0;
    return 1;
}

static int lanes_of(const struct tw_action_item *item)
{
    return item->algorithm ? tw_action_lanes(item) : 1;
}

/* All lanes of an exchange, from lane 0. */
static int run_collective(struct tw_actor *actor, int item)
{
    int lanes = lanes_of(&actor->world->job->items[item]);
    for (int l = 1; l < lanes; l++)
        sg_sem_release(actor[l].go);
    if (!run_lane(actor, item))
        return 0;
    for (int l = 1; l < lanes; l++)
        sg_sem_acquire(actor[l].done);
    return 1;
}

/* A lane above 0: one exchange after the other, those that have this lane. */
static void run_other_lane(struct tw_actor *actor)
{
    const struct tw_step_job *job = actor->world->job;
    for (int i = 0; i < job->count; i++) {
        if (job->items[i].stream != actor->stream || lanes_of(&job->items[i]) <= actor->lane ||
            (actor->rank == actor->world->ranks && !job->items[i].comm.server))
            continue;
        sg_sem_acquire(actor->go);
        if (!run_lane(actor, i))
            return;
        sg_sem_release(actor->done);
    }
    actor->progress.fate = TW_RANK_FINISHED;
}

/* Lane 0 of a stream of the same rank. */
static struct tw_actor *stream_of(struct tw_actor *actor, int stream)
{
    return actor - actor->slot + actor->world->first[stream];
}

/* Waits until the other streams have ended what the item needs. */
static void await(struct tw_actor *actor, const struct tw_action_item *item)
{
    for (int a = 0; a < item->after_count; a++) {
        int needed = item->after[a];
        if (stream_of(actor, actor->world->job->items[needed].stream)->passed >= needed)
            continue;
        actor->waits_for = needed;
        sg_sem_acquire(actor->ready);
    }
}

/* Says to the rank's other streams that an item has ended. */
static void pass(struct tw_actor *actor, int item)
{
    struct tw_world *world = actor->world;
    world->result->end_s[(size_t)item * (size_t)world->ranks + (size_t)actor->rank] =
        simgrid_get_clock() - world->warm_s;
    actor->passed = item;
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++) {
        struct tw_actor *other = stream_of(actor, s);
        if (world->first[s] == world->first[s + 1] || other->waits_for != item)
            continue;
        other->waits_for = -1;
        sg_sem_release(other->ready);
    }
}

/* The server: its exchanges, one behind the other, without waiting for anything else. */
static void run_server(struct tw_actor *actor)
{
    const struct tw_step_job *job = actor->world->job;
    if (actor->world->warm_s > 0)
        sg_actor_sleep_for(actor->world->warm_s);
    for (int i = 0; i < job->count; i++)
        if (job->items[i].stream == actor->stream && job->items[i].comm.server &&
            !run_collective(actor, i))
            return;
    actor->progress.fate = TW_RANK_FINISHED;
}

static void run_first_lane(struct tw_actor *actor)
{
    const struct tw_step_job *job = actor->world->job;
    double entry_s = job->entry_s[actor->rank] + actor->world->warm_s;
    if (entry_s > 0)
        sg_actor_sleep_for(entry_s);
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        if (item->stream != actor->stream)
            continue;
        actor->progress.item = i;
        await(actor, item);
        if (item->algorithm) {
            if (!run_collective(actor, i))
                return;
        } else {
            tw_energy_work(actor->world, actor->rank, item->delay_s[actor->rank]);
        }
        pass(actor, i);
    }
    actor->progress.fate = TW_RANK_FINISHED;
}

void tw_actor_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct tw_actor *actor = sg_actor_self_get_data();
    if (actor->lane == 0 && actor->rank == actor->world->ranks)
        run_server(actor);
    else if (actor->lane == 0)
        run_first_lane(actor);
    else
        run_other_lane(actor);
}
