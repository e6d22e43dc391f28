/* One walk through all messages of an exchange, step by step. Messages between ranks of one node
 * stay inside it: they count as sent, but neither as bytes of its links nor as arrivals. Arrivals
 * of one node: the most that come to its ranks in one step of a lane, added over lanes, which run
 * at the same time. Ranks can be in different steps at a moment, so that this is the schedule's
 * own measure and not one of the simulation. */
#include <stdlib.h>
#include "alike.h"
#include "traffic.h"

struct walk {
    const struct tw_platform *platform;
    const struct tw_action_item *item;
    struct tw_piece *pieces;
    struct tw_message *messages;
    uint32_t *now, *peak, *sum; /* [node]: arrivals of a step, of a lane, of all lanes */
    uint64_t sent_B, count;
};

tw_status tw_traffic_open(struct tw_traffic *traffic, int nodes)
{
    *traffic = (struct tw_traffic){0};
    traffic->up_B = calloc((size_t)nodes, sizeof *traffic->up_B);
    traffic->down_B = calloc((size_t)nodes, sizeof *traffic->down_B);
    return traffic->up_B && traffic->down_B ? TW_OK : TW_MEMORY;
}

void tw_traffic_close(struct tw_traffic *traffic)
{
    free(traffic->up_B);
    free(traffic->down_B);
    *traffic = (struct tw_traffic){0};
}

/* What a rank sends and gets in one step, `times` over. */
static void count_step(struct walk *walk, struct tw_traffic *traffic, int lane, int rank, int s,
                       uint64_t times)
{
    int node_ranks = walk->platform->ranks_per_node, node = rank / node_ranks;
    int count = tw_schedule_messages(walk->item->algorithm, &walk->item->layout, lane, rank, s,
                                     walk->pieces, NULL, walk->messages);
    for (int m = 0; m < count; m++) {
        const struct tw_message *message = &walk->messages[m];
        int outside = message->peer / node_ranks != node;
        walk->sent_B += message->send_B * times;
        walk->count += message->sends ? times : 0;
        if (!outside)
            continue;
        traffic->up_B[node] += (double)message->send_B * (double)times;
        traffic->down_B[node] += (double)message->receive_B * (double)times;
        walk->now[node] += (uint32_t)message->receives;
    }
}

static void count_lane(struct walk *walk, struct tw_traffic *traffic, int lane)
{
    const struct tw_action_item *item = walk->item;
    int steps = item->algorithm->steps(&item->layout);
    int phase = tw_alike_phase(item->algorithm, &item->layout), stride = phase ? phase : 1;
    size_t nodes = (size_t)walk->platform->nodes;
    for (size_t n = 0; n < nodes; n++)
        walk->peak[n] = 0;
    for (int s = 0; s < steps; s += stride) {
        for (size_t n = 0; n < nodes; n++)
            walk->now[n] = 0;
        for (int r = 0; r < item->layout.ranks; r++)
            count_step(walk, traffic, lane, r, s, (uint64_t)stride);
        for (size_t n = 0; n < nodes; n++)
            walk->peak[n] = walk->now[n] > walk->peak[n] ? walk->now[n] : walk->peak[n];
    }
    for (size_t n = 0; n < nodes; n++)
        walk->sum[n] += walk->peak[n];
}

tw_status tw_traffic_add(struct tw_traffic *traffic, const struct tw_platform *platform,
                         const struct tw_action_item *item)
{
    struct walk walk = {.platform = platform, .item = item};
    size_t room = (size_t)item->algorithm->pieces_max(&item->layout) + 1;
    size_t nodes = (size_t)platform->nodes;
    double ranks = item->layout.ranks;
    tw_status status = TW_MEMORY;
    walk.pieces = calloc(room, sizeof *walk.pieces);
    walk.messages = calloc(room, sizeof *walk.messages);
    walk.now = calloc(3 * nodes, sizeof *walk.now);
    if (!walk.pieces || !walk.messages || !walk.now)
        goto done;
    walk.peak = walk.now + nodes;
    walk.sum = walk.peak + nodes;
    for (int lane = 0; lane < item->algorithm->lanes(&item->layout); lane++)
        count_lane(&walk, traffic, lane);
    traffic->sent_B_per_rank += (double)walk.sent_B / ranks;
    traffic->messages_per_rank += (double)walk.count / ranks;
    for (size_t n = 0; n < nodes; n++)
        traffic->incast = walk.sum[n] > traffic->incast ? walk.sum[n] : traffic->incast;
    status = TW_OK;
done:
    free(walk.pieces);
    free(walk.messages);
    free(walk.now);
    return status;
}
