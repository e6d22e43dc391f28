/* A step's items and messages as slices of lanes.
 *
 * Lanes of a rank: compute and compress, for each stream that has such work; then for every stream
 * its exchanges, and for every lane of their schedules what is sent and what is received. Items of
 * one stream follow each other, and so do the steps of one lane of a schedule: slices of a lane
 * overlap only where they are messages of one step, and these begin together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "viewer.h"

/* Lanes 2·stream and 2·stream + 1 are work; then each stream has 1 + 2·parts lanes for exchanges.
 */
enum { WORK_LANES = 2 * TW_RANK_STREAMS_MAX };

static int exchange_lane(int parts, int stream)
{
    return WORK_LANES + stream * (1 + 2 * parts);
}

/* "" for the first stream of its kind, so that names stay short where there is one only. */
static void name_stream(char *text, size_t size, int stream)
{
    *text = '\0';
    if (stream > TW_RANK_EXCHANGE)
        snprintf(text, size, " (stream %d)", stream - TW_RANK_EXCHANGE + 1);
}

static tw_status name_lanes(struct tw_picture *picture, int parts, struct tw_err *err)
{
    int count = exchange_lane(parts, TW_RANK_STREAMS_MAX);
    picture->names = calloc((size_t)count, sizeof *picture->names);
    picture->lanes = calloc((size_t)count, sizeof *picture->lanes);
    if (!picture->names || !picture->lanes)
        return tw_err_set(err, TW_MEMORY, "no memory for the names of %d lanes", count);
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++) {
        size_t room = sizeof *picture->names;
        int at = exchange_lane(parts, s);
        char of[24];
        name_stream(of, sizeof of, s);
        snprintf(picture->names[2 * s], room, "compute");
        snprintf(picture->names[2 * s + 1], room, "compress");
        snprintf(picture->names[at], room, "exchange%s", of);
        for (int l = 0; l < parts; l++)
            for (int receives = 0; receives <= 1; receives++) {
                const char *what = receives ? "receive" : "send";
                char *name = picture->names[at + 1 + 2 * l + receives];
                if (parts > 1)
                    snprintf(name, room, "%s, lane %d%s", what, l, of);
                else
                    snprintf(name, room, "%s%s", what, of);
            }
    }
    for (int l = 0; l < count; l++)
        picture->lanes[l] = picture->names[l];
    picture->slices.lanes = picture->lanes;
    picture->slices.lane_count = count;
    return TW_OK;
}

/* What an item is: "compute", "compress bucket 2", "allreduce ring phase 1 bucket 2". */
static void name_item(const struct tw_action_item *item, char *text, size_t size)
{
    size_t used;
    if (item->algorithm)
        used = (size_t)snprintf(text, size, "%s %s", tw_request_name(item->algorithm->kind),
                                item->algorithm->member.name);
    else
        used = (size_t)snprintf(text, size, "%s",
                                item->account == TW_ACCOUNT_COMPRESS ? "compress" : "compute");
    if (item->phase > 0 && used < size)
        used += (size_t)snprintf(text + used, size - used, " phase %d", item->phase);
    if (item->bucket >= 0 && used < size)
        snprintf(text + used, size - used, " bucket %d", item->bucket);
}

static struct tw_slice *next_slice(struct tw_picture *picture, const struct tw_action_item *item,
                                   int rank)
{
    struct tw_slice *slice = &picture->slices.slices[picture->slices.count++];
    *slice = (struct tw_slice){.rank = rank,
                               .bucket = item->bucket,
                               .phase = item->phase,
                               .peer = -1,
                               .part = -1,
                               .step = -1,
                               .bytes = -1};
    name_item(item, slice->name, sizeof slice->name);
    return slice;
}

static void draw_items(struct tw_picture *picture, const struct tw_step_items *items, int parts)
{
    for (int i = 0; i < items->count; i++)
        for (int r = 0; r < items->ranks; r++) {
            const struct tw_action_item *item = &items->items[i];
            size_t at = (size_t)i * (size_t)items->ranks + (size_t)r;
            if (!(items->end_s[at] > items->begin_s[at]))
                continue;
            struct tw_slice *slice = next_slice(picture, item, r);
            slice->lane = item->algorithm
                              ? exchange_lane(parts, item->stream)
                              : 2 * item->stream + (item->account == TW_ACCOUNT_COMPRESS);
            slice->begin_s = items->begin_s[at];
            slice->end_s = items->end_s[at];
        }
}

static void draw_messages(struct tw_picture *picture, const struct tw_step_items *items, int parts)
{
    for (size_t m = 0; m < items->message_count; m++) {
        const struct tw_message_time *message = &items->messages[m];
        const struct tw_action_item *item = &items->items[message->item];
        struct tw_slice *slice = next_slice(picture, item, message->rank);
        size_t used = strlen(slice->name);
        snprintf(slice->name + used, sizeof slice->name - used, " step %d %s %d", message->step,
                 message->sends ? "to" : "from", message->peer);
        slice->lane = exchange_lane(parts, item->stream) + 1 + 2 * message->lane + !message->sends;
        slice->begin_s = message->post_s;
        slice->end_s = message->end_s;
        slice->peer = message->peer;
        slice->part = message->lane;
        slice->step = message->step;
        slice->bytes = (int64_t)message->bytes;
    }
}

tw_status tw_picture_make(struct tw_picture *picture, const struct tw_step_items *items,
                          struct tw_err *err)
{
    size_t most = (size_t)items->count * (size_t)items->ranks + items->message_count;
    int parts = 1;
    for (size_t m = 0; m < items->message_count; m++)
        if (items->messages[m].lane >= parts)
            parts = items->messages[m].lane + 1;
    *picture = (struct tw_picture){.slices.ranks = items->ranks};
    picture->slices.slices = calloc(most + 1, sizeof *picture->slices.slices);
    if (!picture->slices.slices)
        return tw_err_set(err, TW_MEMORY, "no memory for %zu events", most);
    draw_items(picture, items, parts);
    draw_messages(picture, items, parts);
    return name_lanes(picture, parts, err);
}

void tw_picture_free(struct tw_picture *picture)
{
    free(picture->slices.slices);
    free(picture->names);
    free(picture->lanes);
    *picture = (struct tw_picture){0};
}
