/* One walk through all messages of an exchange, step by step. Messages between ranks of one node
 * stay inside it: they count as sent, but neither as bytes of its links nor as arrivals. Arrivals
 * of one node: the most that come to its ranks in one step of a lane, added over lanes, which run
 * at the same time. Ranks can be in different steps at a moment, so that this is the schedule's
 * own measure and not one of the simulation. */
#include <stdio.h>
#include <stdlib.h>
#include "action.h"
#include "fabric.h"
#include "platform.h"
#include "ring.h"
#include "traffic.h"

struct walk {
    const struct tw_platform *platform;
    struct tw_traffic *traffic;
    int lane, step;
    int ports;                  /* links that messages end on, see tw_fabric_ports */
    uint32_t *now, *peak, *sum; /* [port]: arrivals of a step, of a lane, of all lanes */
    uint64_t sent_B, messages;
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

/* Messages of so many steps, from this one on. In one phase of a ring a rank sends all blocks but
 * one: the block behind the first, because the blocks descend. It receives all but that one's
 * neighbour likewise. */
static struct tw_visit visit_of(const struct tw_layout *layout, const struct tw_piece *pieces,
                                const struct tw_message *message, uint64_t times)
{
    struct tw_visit visit = {.message = message,
                             .times = times,
                             .sent_B = message->send_B,
                             .received_B = message->receive_B};
    uint64_t *sums[2] = {&visit.sent_B, &visit.received_B};
    for (int i = 0; i < 2 && times > 1; i++) {
        const struct tw_piece *piece = &pieces[pieces[0].action == TW_SEND ? i : 1 - i];
        uint32_t missing = (piece->first + 1) % (uint32_t)layout->ranks;
        uint64_t others = layout->count - tw_layout_elements(layout, missing);
        *sums[i] = piece->peer == message->peer ? others * layout->element_B : 0;
    }
    return visit;
}

tw_status tw_traffic_visit(const struct tw_action_item *item,
                           void (*visit)(void *context, const struct tw_visit *visited),
                           void *context)
{
    const struct tw_comm *comm = &item->comm;
    size_t room = (size_t)tw_action_pieces_max(item) + 1;
    struct tw_piece *pieces = calloc(room, sizeof *pieces);
    struct tw_message *messages = calloc(room, sizeof *messages);
    int steps = tw_action_steps_max(item), lanes = tw_action_lanes(item);
    int stride = tw_ring_is(item) ? item->layout.ranks - 1 : 1;
    int size = comm->groups == 0 ? item->layout.ranks : comm->size;
    int ranks = tw_comm_groups(comm) * size;
    tw_status status = pieces && messages ? TW_OK : TW_MEMORY;
    for (int lane = 0; lane < lanes && !status; lane++)
        for (int s = 0; s < steps; s += stride)
            for (int i = 0; i < ranks; i++) {
                int r = tw_comm_rank(comm, i / size, i % size), count = 0;
                if (s < tw_action_steps(item, r))
                    count = tw_action_messages(item, lane, r, s, pieces, messages);
                for (int m = 0; m < count; m++) {
                    struct tw_visit one =
                        visit_of(&item->layout, pieces, &messages[m], (uint64_t)stride);
                    one.lane = lane;
                    one.step = s;
                    one.rank = r;
                    visit(context, &one);
                }
            }
    free(pieces);
    free(messages);
    return status;
}

static void end_step(struct walk *walk)
{
    for (int n = 0; n < walk->ports; n++) {
        walk->peak[n] = walk->now[n] > walk->peak[n] ? walk->now[n] : walk->peak[n];
        walk->now[n] = 0;
    }
}

static void end_lane(struct walk *walk)
{
    end_step(walk);
    for (int n = 0; n < walk->ports; n++) {
        walk->sum[n] += walk->peak[n];
        walk->peak[n] = 0;
    }
}

static void count(void *context, const struct tw_visit *visited)
{
    struct walk *walk = context;
    const struct tw_message *message = visited->message;
    int node_ranks = walk->platform->ranks_per_node, node = visited->rank / node_ranks;
    if (visited->lane != walk->lane)
        end_lane(walk);
    else if (visited->step != walk->step)
        end_step(walk);
    walk->lane = visited->lane;
    walk->step = visited->step;
    if (node < walk->platform->nodes) {
        walk->sent_B += visited->sent_B;
        walk->messages += message->sends ? visited->times : 0;
    }
    int ports[2] = {node, 0}, arrivals = 1;
    if (walk->platform->fabric)
        arrivals = tw_fabric_ports(walk->platform, message->peer, visited->rank, ports);
    else if (message->peer / node_ranks == node)
        return;
    for (int i = 0; i < arrivals; i++)
        walk->now[ports[i]] += (uint32_t)message->receives;
    if (message->peer / node_ranks == node)
        return;
    walk->traffic->up_B[node] += (double)visited->sent_B;
    walk->traffic->down_B[node] += (double)visited->received_B;
}

tw_status tw_traffic_add(struct tw_traffic *traffic, const struct tw_platform *platform,
                         const struct tw_action_item *item)
{
    struct walk walk = {.platform = platform, .traffic = traffic};
    double ranks = tw_platform_ranks(platform);
    walk.ports = platform->fabric ? tw_fabric_port_count(platform) : tw_platform_places(platform);
    size_t ports = (size_t)walk.ports;
    walk.now = calloc(3 * ports, sizeof *walk.now);
    if (!walk.now)
        return TW_MEMORY;
    walk.peak = walk.now + ports;
    walk.sum = walk.peak + ports;
    tw_status status = tw_traffic_visit(item, count, &walk);
    end_lane(&walk);
    traffic->sent_B_per_rank += (double)walk.sent_B / ranks;
    traffic->messages_per_rank += (double)walk.messages / ranks;
    for (size_t n = 0; n < ports; n++)
        traffic->incast = walk.sum[n] > traffic->incast ? walk.sum[n] : traffic->incast;
    free(walk.now);
    return status;
}

void tw_traffic_links(const struct tw_traffic *traffic, const struct tw_platform *platform,
                      struct tw_link_load *loads)
{
    int unequal = platform->node_bandwidth_Bps || platform->node_latency_s;
    for (int n = 0; n < tw_platform_places(platform); n++)
        for (int up = 0; up < 2; up++) {
            struct tw_link_load *load = &loads[2 * n + up];
            snprintf(load->name, sizeof load->name, unequal ? "nic-%d_%s" : "cluster_link_%d_%s", n,
                     up ? "UP" : "DOWN");
            load->bandwidth_Bps = tw_platform_bandwidth(platform, n);
            load->carried_B = up ? traffic->up_B[n] : traffic->down_B[n];
        }
}
