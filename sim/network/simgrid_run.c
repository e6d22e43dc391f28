/* One simulation with SimGrid's S4U interface from C: an actor per rank walks through the items.
 *
 * Sends and receives are posted asynchronously and waited for one by one: of SimGrid's C calls,
 * only these never let a C++ exception escape. Mailboxes are never freed by SimGrid and cost 250 B
 * each, so one is made per (sender, receiver) pair that is used, and kept in a hash table; the
 * pair's messages stay in order there. Actors have small stacks: no arrays on them. */
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include "platform.h"
#include "simgrid_engine.h"
#include "simgrid_run.h"

struct mailbox_slot {
    uint64_t key; /* sender · 2^32 + receiver + 1; 0: empty */
    sg_mailbox_t mailbox;
};

struct mailboxes {
    struct mailbox_slot *slots;
    size_t mask, used;
};

struct world;

/* The mailbox used last in one direction: on a ring always the same. */
struct last_mailbox {
    int peer; /* −1: none yet */
    sg_mailbox_t mailbox;
};

struct actor {
    struct world *world;
    int rank;
    double speed;
    struct last_mailbox to, from;
    struct tw_message *messages; /* pieces_max entries */
    sg_comm_t *waits;            /* 2 · pieces_max entries, receives first */
    void **tags;                 /* pieces_max entries: what arrived */
};

struct world {
    const struct tw_step_job *job;
    struct tw_simgrid_result *result;
    int ranks, pieces_max;
    struct mailboxes mailboxes;
    struct actor *actors;
    struct tw_message *messages; /* the actors' rooms, one behind the other */
    sg_comm_t *waits;
    void **tags;
    struct tw_piece *pieces; /* shared: no actor gives way while it uses them */
};

/* ---- mailboxes ---- */

static struct mailbox_slot *mailbox_slot(const struct mailboxes *mailboxes, uint64_t key)
{
    size_t at = (size_t)((key * 0x9E3779B97F4A7C15U) >> 20) & mailboxes->mask;
    while (mailboxes->slots[at].key && mailboxes->slots[at].key != key)
        at = (at + 1) & mailboxes->mask;
    return &mailboxes->slots[at];
}

static int mailboxes_grow(struct mailboxes *mailboxes)
{
    size_t size = mailboxes->slots ? 2 * (mailboxes->mask + 1) : 1024;
    struct mailboxes larger = {calloc(size, sizeof *larger.slots), size - 1, mailboxes->used};
    if (!larger.slots)
        return 0;
    for (size_t i = 0; mailboxes->slots && i <= mailboxes->mask; i++)
        if (mailboxes->slots[i].key)
            *mailbox_slot(&larger, mailboxes->slots[i].key) = mailboxes->slots[i];
    free(mailboxes->slots);
    *mailboxes = larger;
    return 1;
}

/* The box of messages from one rank to another. Naming it gives way to other actors, which may fill
 * the same slot or move the table. */
static sg_mailbox_t mailbox_of(struct mailboxes *mailboxes, int sender, int receiver)
{
    uint64_t key = ((uint64_t)(uint32_t)sender << 32 | (uint32_t)receiver) + 1;
    struct mailbox_slot *slot = mailbox_slot(mailboxes, key);
    if (slot->key)
        return slot->mailbox;
    char name[32];
    snprintf(name, sizeof name, "%d>%d", sender, receiver);
    sg_mailbox_t mailbox = sg_mailbox_by_name(name);
    if (2 * mailboxes->used > mailboxes->mask && !mailboxes_grow(mailboxes)) {
        fputs("[child/CRITICAL] no memory for mailboxes\n", stderr);
        abort();
    }
    slot = mailbox_slot(mailboxes, key);
    if (!slot->key) {
        slot->key = key;
        slot->mailbox = mailbox;
        mailboxes->used++;
    }
    return mailbox;
}

/* ---- one actor ---- */

/* What a message is, as a number in the payload pointer that both ends work out for themselves;
 * never NULL, which SimGrid refuses. */
static void *tag_of(uint64_t bytes, int item, int step)
{
    uint64_t mix = (uint64_t)(uint32_t)item << 32 | (uint32_t)step;
    return (void *)(uintptr_t)((bytes * 0x9E3779B97F4A7C15U + mix) | (uint64_t)1 << 63);
}

static sg_mailbox_t mailbox_from(struct actor *actor, int peer)
{
    if (actor->from.peer != peer)
        actor->from =
            (struct last_mailbox){peer, mailbox_of(&actor->world->mailboxes, peer, actor->rank)};
    return actor->from.mailbox;
}

static sg_mailbox_t mailbox_to(struct actor *actor, int peer)
{
    if (actor->to.peer != peer)
        actor->to =
            (struct last_mailbox){peer, mailbox_of(&actor->world->mailboxes, actor->rank, peer)};
    return actor->to.mailbox;
}

static void post_messages(struct actor *actor, int count, int item, int step)
{
    const struct tw_message *messages = actor->messages;
    sg_comm_t *wait = actor->waits;
    for (int m = 0; m < count; m++)
        if (messages[m].receives)
            *wait++ = sg_mailbox_get_async(mailbox_from(actor, messages[m].peer), &actor->tags[m]);
    for (int m = 0; m < count; m++)
        if (messages[m].sends)
            *wait++ = sg_mailbox_put_async(mailbox_to(actor, messages[m].peer),
                                           tag_of(messages[m].send_B, item, step),
                                           (long)messages[m].send_B);
}

/* 0 when a wait failed or something else arrived than this rank's schedule says. */
static int wait_messages(struct actor *actor, int count, int item, int step)
{
    struct tw_rank_progress *progress = &actor->world->result->progress[actor->rank];
    sg_comm_t *wait = actor->waits;
    for (int m = 0; m < count; m++) {
        const struct tw_message *message = &actor->messages[m];
        if (!message->receives)
            continue;
        progress->peer = message->peer;
        if (sg_comm_wait(*wait++) != SG_OK) {
            progress->fate = TW_RANK_FAILED;
            return 0;
        }
        if (actor->tags[m] != tag_of(message->receive_B, item, step)) {
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
            return 0;
        }
    }
    return 1;
}

static int run_collective(struct actor *actor, int item)
{
    struct world *world = actor->world;
    const struct tw_action_item *action = &world->job->items[item];
    struct tw_rank_progress *progress = &world->result->progress[actor->rank];
    int steps = action->algorithm->steps(&action->layout);
    for (int s = 0; s < steps; s++) {
        int count = tw_schedule_messages(action->algorithm, &action->layout, 0, actor->rank, s,
                                         world->pieces, NULL, actor->messages);
        uint64_t combine_B = 0;
        progress->step = s;
        for (int m = 0; m < count; m++)
            combine_B += actor->messages[m].combine_B;
        post_messages(actor, count, item, s);
        if (!wait_messages(actor, count, item, s))
            return 0;
        double gamma_s = world->job->gamma_sB * (double)combine_B / actor->speed;
        if (gamma_s > 0)
            sg_actor_sleep_for(gamma_s);
    }
    return 1;
}

static void run_actor(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct actor *actor = sg_actor_self_get_data();
    struct world *world = actor->world;
    const struct tw_step_job *job = world->job;
    struct tw_rank_progress *progress = &world->result->progress[actor->rank];
    if (job->entry_s[actor->rank] > 0)
        sg_actor_sleep_for(job->entry_s[actor->rank]);
    for (int i = 0; i < job->count; i++) {
        progress->item = i;
        if (job->items[i].algorithm) {
            if (!run_collective(actor, i))
                return;
        } else if (job->items[i].delay_s[actor->rank] > 0) {
            sg_actor_sleep_for(job->items[i].delay_s[actor->rank]);
        }
        world->result->end_s[(size_t)i * (size_t)world->ranks + (size_t)actor->rank] =
            simgrid_get_clock();
    }
    progress->fate = TW_RANK_FINISHED;
}

/* ---- setting up ---- */

static int open_world(struct world *world)
{
    size_t ranks = (size_t)world->ranks, most;
    world->pieces_max = 1;
    for (int i = 0; i < world->job->count; i++) {
        const struct tw_action_item *item = &world->job->items[i];
        int pieces = item->algorithm ? item->algorithm->pieces_max(&item->layout) : 0;
        world->pieces_max = pieces > world->pieces_max ? pieces : world->pieces_max;
    }
    most = (size_t)world->pieces_max;
    world->pieces = calloc(most, sizeof *world->pieces);
    world->actors = calloc(ranks, sizeof *world->actors);
    world->messages = calloc(ranks * most, sizeof *world->messages);
    world->waits = calloc(ranks * most, 2 * sizeof *world->waits);
    world->tags = calloc(ranks * most, sizeof *world->tags);
    if (!world->pieces || !world->actors || !world->messages || !world->waits || !world->tags ||
        !mailboxes_grow(&world->mailboxes))
        return 0;
    for (size_t r = 0; r < ranks; r++) {
        struct actor *actor = &world->actors[r];
        actor->world = world;
        actor->rank = (int)r;
        actor->to.peer = actor->from.peer = -1;
        actor->speed =
            tw_platform_speed(world->job->platform, (int)r / world->job->platform->ranks_per_node);
        actor->messages = world->messages + r * most;
        actor->waits = world->waits + 2 * r * most;
        actor->tags = world->tags + r * most;
    }
    return 1;
}

static void close_world(struct world *world)
{
    free(world->pieces);
    free(world->actors);
    free(world->messages);
    free(world->waits);
    free(world->tags);
    free(world->mailboxes.slots);
}

static void run_actors(struct world *world, sg_host_t *hosts)
{
    for (int r = 0; r < world->ranks; r++) {
        sg_actor_t actor = sg_actor_init("rank", hosts[r / world->job->platform->ranks_per_node]);
        sg_actor_set_data(actor, &world->actors[r]);
        sg_actor_start_(actor, run_actor, 0, NULL);
    }
    simgrid_run();
}

void tw_simgrid_simulate(const struct tw_step_job *job, struct tw_simgrid_result *result)
{
    struct world world = {.job = job, .result = result, .ranks = tw_platform_ranks(job->platform)};
    struct tw_engine engine = {0};
    struct tw_simgrid_head *head = &result->head;
    sg_host_t *hosts = NULL;

    head->status = TW_MEMORY;
    snprintf(head->text, sizeof head->text, "no memory for %d actors", world.ranks);
    if (!open_world(&world) || !tw_engine_start(&engine, job->platform, job->network))
        goto done;
    head->status = TW_OK;
    hosts = tw_engine_hosts(job->platform, head);
    if (hosts)
        run_actors(&world, hosts);
done:
    free(hosts);
    close_world(&world);
    tw_engine_forget(&engine);
}
