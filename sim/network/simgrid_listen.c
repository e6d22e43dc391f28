/* Messages followed one by one: each end has an actor of its own that posts it and waits for it
 * alone.
 *
 * An actor that waits for several messages in turn sees the second end no earlier than the first.
 * SimGrid's wait for any of several would do, but lets C++ exceptions escape into C, and is gone
 * from 4.1; a message that another actor waits for than posted it is never freed. Only steps whose
 * messages are asked for pay for these actors. */
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/mailbox.h>
#include <simgrid/semaphore.h>
#include "fabric.h"
#include "simgrid_listen.h"
#include "simgrid_weather.h"

static sg_comm_t post(struct tw_listener *listener)
{
    struct tw_world *world = listener->actor->world;
    int rank = listener->actor->rank, peer = listener->message->peer;
    int from = listener->sends ? rank : peer, to = listener->sends ? peer : rank;
    if (listener->latency_s > 0)
        sg_actor_sleep_for(listener->latency_s);
    tw_weather_raise(world, from, to, 1);
    sg_comm_t comm = listener->sends
                         ? sg_mailbox_put_async(listener->mailbox, listener->tag, listener->wire_B)
                         : sg_mailbox_get_async(listener->mailbox, &listener->tag);
    tw_weather_raise(world, from, to, 0);
    return comm;
}

static void hear(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct tw_listener *listener = sg_actor_self_get_data();
    listener->failed = sg_comm_wait(post(listener)) != SG_OK;
    listener->end_s = simgrid_get_clock() - listener->actor->world->warm_s;
    sg_sem_release(listener->actor->heard);
}

static void start(struct tw_listener *listener)
{
    struct tw_actor *actor = listener->actor;
    int host = tw_platform_host(actor->world->job->platform, actor->rank);
    sg_actor_t hearing = sg_actor_init("listener", actor->world->hosts[host]);
    sg_actor_set_data(hearing, listener);
    sg_actor_start_(hearing, hear, 0, NULL);
}

static void note(const struct tw_listener *listener, double post_s)
{
    const struct tw_actor *actor = listener->actor;
    const struct tw_message *message = listener->message;
    struct tw_message_log *log = actor->world->job->messages;
    if (actor->rank == actor->world->ranks)
        return; /* what a server does is told by the ranks' ends of its messages */
    if (log->count < log->room)
        log->times[log->count] = (struct tw_message_time){
            .item = actor->progress.item,
            .lane = actor->lane,
            .step = actor->progress.step,
            .rank = actor->rank,
            .peer = message->peer,
            .sends = listener->sends,
            .bytes = listener->sends ? message->send_B : message->receive_B,
            .post_s = post_s,
            .end_s = listener->end_s};
    log->count++;
}

int tw_listen(struct tw_actor *actor, int ends, double post_s)
{
    int failed = 0;
    for (int e = 0; e < ends; e++)
        start(&actor->listeners[e]);
    for (int e = 0; e < ends; e++)
        sg_sem_acquire(actor->heard);
    for (int e = 0; e < ends; e++) {
        note(&actor->listeners[e], post_s);
        failed |= actor->listeners[e].failed;
    }
    return !failed;
}
