/* Executor "maxplus": the schedules' semantics as arithmetic, for networks without contention.
 *
 * A message from s to r that both have posted by x_s and x_r ends at
 *     e = max(x_s, x_r) + lat_s + lat_r + bytes / min(bw_s, bw_r)
 * (up link of s, down link of r, the narrower of the two decides); with latency "sender" at
 *     e = max(x_s + lat_s + lat_r, x_r) + bytes / min(bw_s, bw_r). A rank's step is done when all
 * its messages are, plus γ·combined bytes / speed; then it posts the next step. In (max, +) algebra
 * this is a matrix product per step (Baccelli, Cohen, Olsder, Quadrat: Synchronization and
 * Linearity, 1992). Exact as long as no link carries two messages at once: one-port schedules, no
 * backbone, exchanges of one stream, and at most one rank of each node that sends to others.
 * Everything else is refused. O(1) per message.
 *
 * Ranks of one node talk over its loopback, which no message shares with another (SimGrid's
 * FATPIPE): e = max(x_s, x_r) + loopback_lat + bytes / loopback_bw, or with "sender" likewise.
 *
 * The ethernet model divides every bandwidth by a constant (platform.h). */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "action.h"
#include "curve.h"
#include "fabric.h"
#include "maxplus.h"
#include "platform.h"
#include "straggler.h"
#include "streams.h"

struct rank {
    double post_s, done_s; /* when it posts this step; when its messages are over */
    double latency_s, rate_Bps, speed;
    int node;
    int to, from; /* peers of this step, −1: none */
    uint64_t send_B, receive_B, combine_B;
    uint64_t wire_B; /* send_B, stretched where the network has a curve */
};

struct sweep {
    const struct tw_step_job *job;
    int ranks;
    double sender_s, link_s; /* 1 where the latency passes, else 0 */
    double loopback_s, loopback_Bps;
    struct rank *rank;
    struct tw_piece *pieces; /* of one rank and step */
    struct tw_message *messages;
    struct tw_ring_hops hops; /* of rings */
    double *own_hops;         /* the block of these, where they are the platform's own */
};

static tw_status accepts_platform(const struct tw_step_job *job, struct tw_err *err)
{
    const struct tw_platform *platform = job->platform;
    tw_status status = tw_platform_check(platform, err);
    if (!status && job->network->curve)
        status = tw_curve_check(job->network->curve, err);
    if (status)
        return status;
    if (platform->file)
        return tw_err_set(err, TW_REFUSED, "maxplus cannot read platform files (%s)",
                          platform->file);
    if (platform->fabric)
        return tw_err_set(err, TW_REFUSED, "maxplus does not know the platform %s",
                          tw_fabric_name(platform->fabric));
    for (int i = 0; i < platform->attribute_count; i++)
        if (strncmp(platform->attributes[i].name, "loopback_", strlen("loopback_")) != 0)
            return tw_err_set(err, TW_REFUSED, "maxplus does not know the cluster attribute %s",
                              platform->attributes[i].name);
    if (platform->dynamics && !tw_straggler_alone(platform->dynamics))
        return tw_err_set(err, TW_REFUSED, "maxplus prices networks that do not change with time");
    if (job->network->model == TW_MODEL_TCP)
        return tw_err_set(err, TW_REFUSED, "maxplus prices the models ideal and ethernet, not tcp");
    if (job->network->config_count)
        return tw_err_set(err, TW_REFUSED, "maxplus does not know the SimGrid option %s",
                          job->network->config[0].name);
    return TW_OK;
}

/* Exchanges of one stream follow each other on every rank, so that no link has two messages. */
static tw_status accepts_streams(const struct tw_step_job *job, struct tw_err *err)
{
    tw_status status = tw_streams_check(job, err);
    if (status || tw_streams_exchanging(job) <= 1)
        return status;
    return tw_err_set(err, TW_REFUSED,
                      "maxplus prices one communication stream; exchanges of several share links");
}

/* Ranks of one node share its links: only one of them may use these. */
static tw_status accepts_comm(const struct tw_step_job *job, const struct tw_action_item *item,
                              struct tw_err *err)
{
    int node_ranks = job->platform->ranks_per_node, local, last = -1;
    const struct tw_comm *comm = &item->comm;
    if (node_ranks == 1 || job->platform->nodes == 1 || tw_comm_inside_nodes(comm, node_ranks))
        return TW_OK;
    for (int r = 0; r < tw_platform_ranks(job->platform); r++) {
        if (tw_comm_group(comm, r, &local) < 0)
            continue;
        if (last >= 0 && last / node_ranks == r / node_ranks)
            return tw_err_set(err, TW_REFUSED,
                              "maxplus prices exchanges of one rank per node, not of several among "
                              "the %d of one",
                              node_ranks);
        last = r;
    }
    return TW_OK;
}

static tw_status accepts(const struct tw_step_job *job, struct tw_err *err)
{
    tw_status status = accepts_platform(job, err);
    if (!status)
        status = accepts_streams(job, err);
    for (int i = 0; i < job->count && !status; i++) {
        const struct tw_algorithm *algorithm = job->items[i].algorithm;
        if (!algorithm)
            continue;
        const char *operation = tw_request_name(algorithm->kind);
        if (!algorithm->one_port)
            status =
                tw_err_set(err, TW_REFUSED, "maxplus prices one-port schedules; %s %s shares links",
                           operation, algorithm->member.name);
        else if (tw_action_lanes(&job->items[i]) > 1)
            status = tw_err_set(err, TW_REFUSED,
                                "maxplus prices schedules of one lane; %s %s has several",
                                operation, algorithm->member.name);
        else
            status = accepts_comm(job, &job->items[i], err);
    }
    return status ? tw_err_hint(err, status, "executor=\"simgrid\" may price it") : TW_OK;
}

static tw_status open_sweep(struct sweep *sweep, const struct tw_step_job *job)
{
    const struct tw_platform *platform = job->platform;
    double share = job->network->model == TW_MODEL_ETHERNET ? 1 / TW_ETHERNET_OVERHEAD : 1;
    int pieces = 1;
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        int most = item->algorithm ? tw_action_pieces_max(item) : 0;
        pieces = most > pieces ? most : pieces;
    }
    sweep->job = job;
    sweep->sender_s = job->network->latency == TW_LATENCY_SENDER;
    sweep->link_s = 1 - sweep->sender_s;
    sweep->ranks = tw_platform_ranks(platform);
    sweep->rank = calloc((size_t)sweep->ranks, sizeof *sweep->rank);
    sweep->pieces = calloc((size_t)pieces, sizeof *sweep->pieces);
    sweep->messages = calloc((size_t)pieces, sizeof *sweep->messages);
    if (!sweep->rank || !sweep->pieces || !sweep->messages)
        return TW_MEMORY;
    for (int r = 0; r < sweep->ranks; r++) {
        struct rank *rank = &sweep->rank[r];
        rank->node = r / platform->ranks_per_node;
        rank->latency_s = tw_platform_latency(platform, rank->node);
        rank->rate_Bps = tw_platform_bandwidth(platform, rank->node) * share;
        rank->speed = tw_platform_speed(platform, rank->node);
        if (job->slow)
            rank->speed /= job->slow[r];
    }
    if (tw_platform_loopback(platform, &sweep->loopback_s, &sweep->loopback_Bps))
        sweep->loopback_Bps *= share;
    return TW_OK;
}

/* α and rate from one rank to another. */
static void hop_of(const struct sweep *sweep, const struct rank *from, const struct rank *to,
                   double *alpha_s, double *rate_Bps)
{
    *alpha_s = from->latency_s + to->latency_s;
    *rate_Bps = from->rate_Bps < to->rate_Bps ? from->rate_Bps : to->rate_Bps;
    if (from->node != to->node)
        return;
    *alpha_s = sweep->loopback_s;
    *rate_Bps = sweep->loopback_Bps;
}

static tw_status open_hops(struct sweep *sweep, const struct tw_ring_hops *hops)
{
    if (hops) {
        sweep->hops = *hops;
        return TW_OK;
    }
    size_t ranks = (size_t)sweep->ranks;
    sweep->own_hops = malloc(2 * ranks * sizeof *sweep->own_hops);
    if (!sweep->own_hops)
        return TW_MEMORY;
    sweep->hops = (struct tw_ring_hops){sweep->own_hops, sweep->own_hops + ranks};
    for (size_t r = 0; r < ranks; r++)
        hop_of(sweep, &sweep->rank[r], &sweep->rank[(r + 1) % ranks], &sweep->hops.latency_s[r],
               &sweep->hops.rate_Bps[r]);
    return TW_OK;
}

/* What every rank posts in step s. */
static tw_status post_step(struct sweep *sweep, const struct tw_action_item *item, int s,
                           struct tw_err *err)
{
    const struct tw_curve *curve = sweep->job->network->curve;
    for (int r = 0; r < sweep->ranks; r++) {
        struct rank *rank = &sweep->rank[r];
        int count = s < tw_action_steps(item, r)
                        ? tw_action_messages(item, 0, r, s, sweep->pieces, sweep->messages)
                        : 0;
        rank->to = rank->from = -1;
        rank->combine_B = 0;
        rank->done_s = rank->post_s;
        for (int m = 0; m < count; m++) {
            const struct tw_message *message = &sweep->messages[m];
            if ((message->sends && rank->to >= 0) || (message->receives && rank->from >= 0))
                return tw_err_set(err, TW_INTERNAL,
                                  "%s says one_port, but rank %d has two messages of one direction "
                                  "in step %d",
                                  item->algorithm->member.name, r, s);
            if (message->sends) {
                rank->to = message->peer;
                rank->send_B = message->send_B;
                rank->wire_B =
                    curve ? tw_curve_stretched_B(curve, message->send_B) : message->send_B;
            }
            if (message->receives) {
                rank->from = message->peer;
                rank->receive_B = message->receive_B;
                rank->combine_B = message->combine_B;
            }
        }
    }
    return TW_OK;
}

static tw_status unmatched(const struct tw_action_item *item, int rank, int peer, int s,
                           struct tw_err *err)
{
    return tw_err_set(
        err, TW_DEADLOCK, "%s %s: step %d: ranks %d and %d do not agree about their message",
        tw_request_name(item->algorithm->kind), item->algorithm->member.name, s, rank, peer);
}

/* A message that both have posted. */
static double message_end(const struct sweep *sweep, const struct rank *sender,
                          const struct rank *receiver)
{
    double alpha_s, rate_Bps;
    hop_of(sweep, sender, receiver, &alpha_s, &rate_Bps);
    double ready_s = sender->post_s + sweep->sender_s * alpha_s;
    double start_s = ready_s > receiver->post_s ? ready_s : receiver->post_s;
    return start_s + sweep->link_s * alpha_s + (double)sender->wire_B / rate_Bps;
}

/* Both ends of a message into the job's log. 0: no room. */
static int note_message(const struct sweep *sweep, int item, int s, int sender, double end_s)
{
    struct tw_message_log *log = sweep->job->messages;
    int receiver = sweep->rank[sender].to;
    if (!log)
        return 1;
    if (log->count + 2 > log->room)
        return 0;
    for (int sends = 1; sends >= 0; sends--)
        log->times[log->count++] =
            (struct tw_message_time){.item = item,
                                     .step = s,
                                     .rank = sends ? sender : receiver,
                                     .peer = sends ? receiver : sender,
                                     .sends = sends,
                                     .bytes = sweep->rank[sender].send_B,
                                     .post_s = sweep->rank[sends ? sender : receiver].post_s,
                                     .end_s = end_s};
    return 1;
}

/* Ends every message of the step; a message that only one end has posted is an error. */
static tw_status carry_step(struct sweep *sweep, const struct tw_action_item *item, int s,
                            struct tw_err *err)
{
    for (int r = 0; r < sweep->ranks; r++) {
        struct rank *sender = &sweep->rank[r];
        if (sender->from >= 0 && (sender->from >= sweep->ranks || sender->from == r ||
                                  sweep->rank[sender->from].to != r))
            return unmatched(item, r, sender->from, s, err);
        if (sender->to < 0)
            continue;
        if (sender->to >= sweep->ranks || sender->to == r)
            return unmatched(item, r, sender->to, s, err);
        struct rank *receiver = &sweep->rank[sender->to];
        if (receiver->from != r || receiver->receive_B != sender->send_B)
            return unmatched(item, r, sender->to, s, err);
        double end = message_end(sweep, sender, receiver);
        if (!note_message(sweep, (int)(item - sweep->job->items), s, r, end))
            return tw_err_set(err, TW_INTERNAL, "more messages than the schedules have");
        sender->done_s = end > sender->done_s ? end : sender->done_s;
        receiver->done_s = end > receiver->done_s ? end : receiver->done_s;
    }
    for (int r = 0; r < sweep->ranks; r++) {
        struct rank *rank = &sweep->rank[r];
        rank->post_s = rank->done_s;
        if (rank->combine_B)
            rank->post_s += sweep->job->gamma_sB * (double)rank->combine_B / rank->speed;
    }
    return TW_OK;
}

/* The same as run_item, an order of magnitude sooner. */
static tw_status run_ring(struct sweep *sweep, const struct tw_action_item *item,
                          struct tw_err *err)
{
    size_t ranks = (size_t)sweep->ranks;
    double *post_s = malloc(ranks * sizeof *post_s);
    if (!post_s)
        return tw_err_set(err, TW_MEMORY, "maxplus: no memory for %zu ranks", ranks);
    for (size_t r = 0; r < ranks; r++)
        post_s[r] = sweep->rank[r].post_s;
    tw_status status = tw_ring_run(sweep->job, item, &sweep->hops, post_s, err);
    for (size_t r = 0; r < ranks && !status; r++)
        sweep->rank[r].post_s = post_s[r];
    free(post_s);
    return status;
}

static tw_status run_item(struct sweep *sweep, const struct tw_action_item *item,
                          struct tw_err *err)
{
    if (!item->algorithm) {
        for (int r = 0; r < sweep->ranks; r++)
            sweep->rank[r].post_s += item->delay_s[r];
        return TW_OK;
    }
    if (tw_ring_is(item) && !sweep->job->messages)
        return run_ring(sweep, item, err);
    int steps = tw_action_steps_max(item);
    tw_status status = TW_OK;
    for (int s = 0; s < steps && !status; s++) {
        status = post_step(sweep, item, s, err);
        if (!status)
            status = carry_step(sweep, item, s, err);
    }
    return status;
}

tw_status tw_maxplus_price(const struct tw_step_job *job, const struct tw_ring_hops *hops,
                           double *end_s, struct tw_err *err)
{
    struct sweep sweep = {0};
    tw_status status = open_sweep(&sweep, job);
    if (!status)
        status = open_hops(&sweep, hops);
    if (status) {
        tw_err_set(err, status, "maxplus: no memory for %d ranks",
                   tw_platform_ranks(job->platform));
        goto done;
    }
    for (int i = 0; i < job->count; i++) {
        double *row_s = end_s + (size_t)i * (size_t)sweep.ranks;
        tw_streams_begin(job, i, end_s, row_s);
        for (int r = 0; r < sweep.ranks; r++)
            sweep.rank[r].post_s = row_s[r];
        status = run_item(&sweep, &job->items[i], err);
        if (status)
            goto done;
        for (int r = 0; r < sweep.ranks; r++)
            row_s[r] = sweep.rank[r].post_s;
    }
done:
    free(sweep.rank);
    free(sweep.pieces);
    free(sweep.messages);
    free(sweep.own_hops);
    return status;
}

static tw_status price(const struct tw_step_job *job, double *end_s, struct tw_err *err)
{
    return tw_maxplus_price(job, NULL, end_s, err);
}

/* Hosts are called as platform_xml.c calls them. */
static tw_status match(const struct tw_step_job *job, const char *pattern, unsigned char *matches,
                       struct tw_err *err)
{
    char name[32];
    (void)err;
    for (int h = 0; h < tw_platform_hosts(job->platform); h++) {
        snprintf(name, sizeof name, "node-%d", h);
        matches[h] = fnmatch(pattern, name, 0) == 0;
    }
    return TW_OK;
}

const struct tw_executor tw_executor_maxplus = {
    .member =
        {.name = "maxplus",
         .summary =
             "exact arithmetic without contention: one-port schedules, one rank a node on links",
         .source = "Baccelli et al., Synchronization and Linearity, 1992"},
    .accepts = accepts,
    .price = price,
    .match = match,
};
