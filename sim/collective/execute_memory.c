/* A schedule run on real arrays in memory: proves that it computes what it says.
 *
 * What is sent in step s is received in step s, so all ranks may take step s together although no
 * executor has a barrier: a step here is post (all ranks name their pieces), match (every message
 * must have its other half), pack (all sends, so that they read what was there before the step)
 * and deliver (receives in the order listed). Lanes run one after the other; that they are
 * independent, as they must be to run at the same time, is checked block by block.
 * Nothing is believed: a piece may name any peer and any block. O(messages + bytes). */
#include "combine.h"
#include "group.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One rank's part of the step under way; arrays have pieces_max entries, inside struct run's. */
struct post {
    struct tw_piece *pieces;
    struct tw_message *messages;
    uint64_t *offset;   /* bytes into the payload where message m of this rank's sends begins */
    uint64_t *progress; /* bytes of it that are packed; then: that its receiver has taken */
    int *partner;       /* whose sends message m receives: index into the peer's messages */
    int piece_count, message_count;
    int cursor; /* where the next message looked for is most likely: behind the last one found */
};

/* Which lane a rank's block belongs to: 0 none yet, lane+1, or MANY (only for reading). */
enum { MANY = 0xffff };
struct claim {
    uint16_t read, written;
};

struct run {
    const struct tw_algorithm *algorithm;
    const struct tw_layout *layout;
    enum tw_combine combine;
    void *const *buffers;
    struct tw_err *err;
    int ranks, lane, s;
    struct post *posts; /* of every rank */
    struct tw_piece *pieces;
    struct tw_message *messages;
    uint64_t *offsets;
    int *partners;
    struct claim *claims; /* ranks × blocks, only for several lanes */
    unsigned char *named; /* MERGE: every partial as it was first sent, by its block */
    unsigned char *known; /* MERGE: whether it has been */
    unsigned char *payload;
    uint64_t payload_B, payload_room;
};

/* ---- mistakes ---- */

static tw_status mistake(const struct run *run, tw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static tw_status mistake(const struct run *run, tw_status status, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return tw_err_set(run->err, status, "%s %s: step %d of lane %d: %s",
                      tw_request_name(run->algorithm->kind), run->algorithm->member.name, run->s,
                      run->lane, text);
}

/* ---- post ---- */

static tw_status check_piece(const struct run *run, int rank, const struct tw_piece *piece)
{
    const struct tw_layout *layout = run->layout;
    if (piece->peer < 0 || piece->peer >= layout->ranks || piece->peer == rank)
        return mistake(run, TW_DEADLOCK, "rank %d names peer %d of %d ranks", rank, piece->peer,
                       layout->ranks);
    if (piece->action == TW_RECEIVE_COMBINE &&
        !tw_combine_into(layout->element, run->combine, NULL, NULL, 0))
        return mistake(run, TW_REFUSED, "rank %d would combine elements of type %s from rank %d",
                       rank, tw_element_name(layout->element), piece->peer);
    if (layout->kind == TW_MERGE && piece->count != 1)
        return mistake(run, TW_DEADLOCK, "rank %d names %" PRIu32 " partials at once to peer %d",
                       rank, piece->count, piece->peer);
    if (piece->count == 0)
        return TW_OK;
    uint64_t last = piece->first + (uint64_t)(piece->count - 1) * piece->stride;
    if (last >= layout->blocks || (piece->count > 1 && piece->stride == 0))
        return mistake(run, TW_DEADLOCK,
                       "rank %d names blocks %" PRIu32 " to %" PRIu64 " by %" PRIu32
                       " with peer %d; there are %" PRIu32,
                       rank, piece->first, last, piece->stride, piece->peer, layout->blocks);
    return TW_OK;
}

/* Lanes run at the same time, so no lane may write a block that another one reads or writes. */
static tw_status claim_piece(const struct run *run, int rank, const struct tw_piece *piece)
{
    uint16_t lane = (uint16_t)(run->lane + 1);
    struct claim *claims = run->claims + (size_t)rank * run->layout->blocks;
    for (uint32_t k = 0; k < piece->count; k++) {
        struct claim *claim = &claims[piece->first + k * piece->stride];
        int writes = piece->action != TW_SEND;
        int foreign = (claim->written && claim->written != lane) ||
                      (writes && claim->read && claim->read != lane);
        if (foreign)
            return mistake(run, TW_DEADLOCK,
                           "rank %d uses block %" PRIu32 " with peer %d, as another lane does",
                           rank, piece->first + k * piece->stride, piece->peer);
        if (writes)
            claim->written = lane;
        else
            claim->read = claim->read && claim->read != lane ? MANY : lane;
    }
    return TW_OK;
}

static tw_status post_step(struct run *run)
{
    for (int r = 0; r < run->ranks; r++) {
        struct post *post = &run->posts[r];
        int count = run->algorithm->step(run->layout, run->lane, r, run->s, post->pieces);
        for (int i = 0; i < count; i++) {
            tw_status status = check_piece(run, r, &post->pieces[i]);
            if (status == TW_OK && run->claims)
                status = claim_piece(run, r, &post->pieces[i]);
            if (status != TW_OK)
                return status;
        }
        post->piece_count = count;
        post->cursor = 0;
        post->message_count = tw_schedule_group(run->layout, post->pieces, count, post->messages);
    }
    return TW_OK;
}

/* ---- match ---- */

static int find_message(struct post *post, int peer)
{
    for (int k = 0, m = post->cursor; k < post->message_count; k++, m++) {
        m = m < post->message_count ? m : 0;
        if (post->messages[m].peer == peer) {
            post->cursor = m + 1;
            return m;
        }
    }
    return -1;
}

/* Walks the blocks of one message in the order they travel. */
struct walk {
    const struct post *post;
    int peer, sends, piece;
    uint32_t k;
};

static int next_block(struct walk *walk, uint32_t *block)
{
    for (; walk->piece < walk->post->piece_count; walk->piece++, walk->k = 0) {
        const struct tw_piece *piece = &walk->post->pieces[walk->piece];
        if (piece->peer != walk->peer || (piece->action == TW_SEND) != walk->sends)
            continue;
        if (walk->k < piece->count) {
            *block = piece->first + walk->k++ * piece->stride;
            return 1;
        }
    }
    return 0;
}

static tw_status match_blocks(const struct run *run, int sender, int receiver)
{
    struct walk sent = {.post = &run->posts[sender], .peer = receiver, .sends = 1};
    struct walk awaited = {.post = &run->posts[receiver], .peer = sender, .sends = 0};
    for (;;) {
        uint32_t gives = UINT32_MAX, takes = UINT32_MAX;
        int more = next_block(&sent, &gives), wanted = next_block(&awaited, &takes);
        if (!more && !wanted)
            return TW_OK;
        if (more && wanted && gives == takes)
            continue;
        if (more && wanted)
            return mistake(run, TW_DEADLOCK,
                           "rank %d sends block %" PRIu32 " to rank %d, which expects %" PRIu32,
                           sender, gives, receiver, takes);
        return mistake(run, TW_DEADLOCK, "rank %d sends %s blocks to rank %d than it expects",
                       sender, more ? "more" : "fewer", receiver);
    }
}

static tw_status match_message(struct run *run, int rank, int m)
{
    struct post *post = &run->posts[rank];
    const struct tw_message *own = &post->messages[m];
    struct post *peer = &run->posts[own->peer];
    post->partner[m] = find_message(peer, rank);
    const struct tw_message *other =
        post->partner[m] < 0 ? NULL : &peer->messages[post->partner[m]];
    if (own->sends && !(other && other->receives))
        return mistake(run, TW_DEADLOCK, "rank %d sends to rank %d, which does not receive from it",
                       rank, own->peer);
    if (own->receives && !(other && other->sends))
        return mistake(run, TW_DEADLOCK, "rank %d waits for rank %d, which does not send to it",
                       rank, own->peer);
    if (!own->sends)
        return TW_OK;
    if (own->send_B != other->receive_B)
        return mistake(run, TW_DEADLOCK,
                       "rank %d sends %" PRIu64 " B to rank %d, which expects %" PRIu64 " B", rank,
                       own->send_B, own->peer, other->receive_B);
    return match_blocks(run, rank, own->peer);
}

static tw_status match_step(struct run *run)
{
    run->payload_B = 0;
    for (int r = 0; r < run->ranks; r++) {
        for (int m = 0; m < run->posts[r].message_count; m++) {
            tw_status status = match_message(run, r, m);
            if (status != TW_OK)
                return status;
            run->posts[r].offset[m] = run->payload_B;
            run->posts[r].progress[m] = 0;
            run->payload_B += run->posts[r].messages[m].send_B;
        }
    }
    return TW_OK;
}

/* ---- a name is one partial ---- */

static tw_status name_partial(struct run *run, int rank, uint32_t block)
{
    const struct tw_layout *layout = run->layout;
    size_t bytes = (size_t)tw_layout_elements(layout, block) * layout->element_B;
    unsigned char *named = run->named + tw_layout_start(layout, block) * layout->element_B;
    if (bytes && run->known[block] && memcmp(named, run->buffers[rank], bytes) != 0)
        return mistake(run, TW_DEADLOCK,
                       "rank %d sends another partial as block %" PRIu32 " than was sent before",
                       rank, block);
    if (bytes)
        memcpy(named, run->buffers[rank], bytes);
    run->known[block] = 1;
    return TW_OK;
}

static tw_status name_partials(struct run *run)
{
    for (int r = 0; r < run->ranks; r++)
        for (int i = 0; i < run->posts[r].piece_count; i++) {
            const struct tw_piece *piece = &run->posts[r].pieces[i];
            tw_status status =
                piece->action == TW_SEND ? name_partial(run, r, piece->first) : TW_OK;
            if (status != TW_OK)
                return status;
        }
    return TW_OK;
}

/* ---- pack and deliver ---- */

/* Where message m of a rank's sends goes on, and moves on by `bytes`. */
static unsigned char *advance(const struct run *run, struct post *post, int m, uint64_t bytes)
{
    unsigned char *at = run->payload + post->offset[m] + post->progress[m];
    post->progress[m] += bytes;
    return at;
}

static void carry_piece(struct run *run, int rank, const struct tw_piece *piece)
{
    const struct tw_layout *layout = run->layout;
    struct post *sender = &run->posts[rank];
    int m = find_message(sender, piece->peer);
    if (piece->action != TW_SEND) {
        m = sender->partner[m];
        sender = &run->posts[piece->peer];
    }
    for (uint32_t k = 0; k < piece->count; k++) {
        uint32_t block = piece->first + k * piece->stride;
        uint64_t elements = tw_layout_elements(layout, block);
        size_t bytes = (size_t)(elements * layout->element_B);
        if (bytes == 0)
            continue;
        uint64_t start = layout->kind == TW_MERGE ? 0 : tw_layout_start(layout, block);
        unsigned char *here = (unsigned char *)run->buffers[rank] + start * layout->element_B;
        unsigned char *message = advance(run, sender, m, bytes);
        if (piece->action == TW_SEND)
            memcpy(message, here, bytes);
        else if (piece->action == TW_RECEIVE_COPY)
            memcpy(here, message, bytes);
        else
            tw_combine_into(layout->element, run->combine, here, message, elements);
    }
}

static void carry_step(struct run *run, int sending)
{
    for (int r = 0; r < run->ranks; r++) {
        struct post *post = &run->posts[r];
        for (int i = 0; i < post->piece_count; i++)
            if ((post->pieces[i].action == TW_SEND) == sending)
                carry_piece(run, r, &post->pieces[i]);
    }
}

static tw_status run_step(struct run *run)
{
    tw_status status = post_step(run);
    if (status == TW_OK)
        status = match_step(run);
    if (status == TW_OK && run->named)
        status = name_partials(run);
    if (status != TW_OK)
        return status;
    if (run->payload_B > run->payload_room) {
        free(run->payload);
        run->payload = malloc(run->payload_B);
        run->payload_room = run->payload ? run->payload_B : 0;
        if (!run->payload)
            return mistake(run, TW_MEMORY, "no memory for the messages");
    }
    carry_step(run, 1);
    for (int r = 0; r < run->ranks; r++)
        for (int m = 0; m < run->posts[r].message_count; m++)
            run->posts[r].progress[m] = 0;
    carry_step(run, 0);
    return TW_OK;
}

/* ---- the whole ---- */

static tw_status open_run(struct run *run)
{
    size_t ranks = (size_t)run->ranks;
    size_t room = (size_t)run->algorithm->pieces_max(run->layout) + 1;
    run->posts = calloc(ranks, sizeof *run->posts);
    run->pieces = calloc(ranks * room, sizeof *run->pieces);
    run->messages = calloc(ranks * room, sizeof *run->messages);
    run->offsets = calloc(2 * ranks * room, sizeof *run->offsets);
    run->partners = calloc(ranks * room, sizeof *run->partners);
    int lanes = run->algorithm->lanes(run->layout);
    if (lanes > 1)
        run->claims = calloc(ranks * run->layout->blocks, sizeof *run->claims);
    if (!run->posts || !run->pieces || !run->messages || !run->offsets || !run->partners ||
        (lanes > 1 && !run->claims))
        return mistake(run, TW_MEMORY, "no memory for the pieces");
    if (run->layout->kind == TW_MERGE) {
        run->named = calloc((size_t)run->layout->count + 1, run->layout->element_B);
        run->known = calloc(run->layout->blocks, 1);
        if (!run->named || !run->known)
            return mistake(run, TW_MEMORY, "no memory for the partials");
    }
    for (int r = 0; r < run->ranks; r++)
        run->posts[r] = (struct post){.pieces = run->pieces + (size_t)r * room,
                                      .messages = run->messages + (size_t)r * room,
                                      .offset = run->offsets + 2 * (size_t)r * room,
                                      .progress = run->offsets + (2 * (size_t)r + 1) * room,
                                      .partner = run->partners + (size_t)r * room};
    return TW_OK;
}

static void close_run(struct run *run)
{
    free(run->payload);
    free(run->named);
    free(run->known);
    free(run->claims);
    free(run->partners);
    free(run->offsets);
    free(run->messages);
    free(run->pieces);
    free(run->posts);
}

tw_status tw_execute_memory(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                            enum tw_combine combine, void *const *buffers, struct tw_err *err)
{
    struct run run = {.algorithm = algorithm,
                      .layout = layout,
                      .combine = combine,
                      .buffers = buffers,
                      .err = err,
                      .ranks = layout->ranks};
    if (layout->ranks < 1 || layout->blocks < 1)
        return tw_err_set(err, TW_INTERNAL, "a layout of %d ranks and %" PRIu32 " blocks",
                          layout->ranks, layout->blocks);
    for (uint32_t b = 1; layout->kind == TW_MERGE && b < layout->blocks; b++)
        if (tw_layout_elements(layout, b) != tw_layout_elements(layout, 0))
            return tw_err_set(err, TW_REFUSED, "arrays of partials of unequal sizes");
    tw_status status = open_run(&run);
    int lanes = algorithm->lanes(layout), steps = algorithm->steps(layout);
    for (run.lane = 0; status == TW_OK && run.lane < lanes; run.lane++)
        for (run.s = 0; status == TW_OK && run.s < steps; run.s++)
            status = run_step(&run);
    close_run(&run);
    return status;
}
