/* A battery of wrong schedules: one piece of one rank in one step is dropped, given another peer,
 * given another block, or combined where it should be copied (and the reverse). Every mutant must
 * be caught, by the executor or by the answer.
 *
 * A mistake at one end alone leaves a message without its other half, so it must end as
 * TW_DEADLOCK, empty message or not. A mistake that both ends share (both drop the piece, both name
 * another block), and copy for combine, leave the messages whole: the answer must be wrong. Such a
 * mutant is no mutant when the piece (or the part of it that is left out) held no element, because
 * then nothing was to be moved: that is the only exclusion. (A schedule that carries the same
 * element twice to one place, and so survives the loss of one copy, would fail here, and should.)
 */
#ifndef TW_TESTS_SCHEDULE_MUTANTS_H
#define TW_TESTS_SCHEDULE_MUTANTS_H

#include <stdio.h>

#include "laws/schedule_case.h"

enum change { DROP, PEER, BLOCK, SWAP, DROP_BOTH, BLOCK_BOTH, CHANGES };
static const char *const change_names[] = {
    "drop",         "other peer",        "other block",
    "copy/combine", "drop at both ends", "other block at both ends"};

/* The mutation under way; a schedule is a plain function, so it can only find it here. */
static struct mutation {
    const struct tw_algorithm *original;
    enum change change;
    int lane, s, rank, piece;
    int other_rank, other_piece; /* the far end, for the changes at both ends; else -1 */
} now;

static int change_piece(const struct tw_layout *layout, int rank, int piece, struct tw_piece *out,
                        int count)
{
    struct tw_piece *victim = &out[piece];
    switch (now.change) {
    case DROP:
    case DROP_BOTH:
        for (int i = piece; i + 1 < count; i++)
            out[i] = out[i + 1];
        return count - 1;
    case PEER: /* the next rank; with two ranks that is the rank itself */
        victim->peer = (victim->peer + 1) % layout->ranks;
        if (victim->peer == rank && layout->ranks > 2)
            victim->peer = (victim->peer + 1) % layout->ranks;
        return count;
    case BLOCK: /* the next block; of a single one, a block that does not exist */
    case BLOCK_BOTH:
        victim->first = layout->blocks > 1 ? (victim->first + 1) % layout->blocks : 1;
        return count;
    default:
        victim->action = victim->action == TW_RECEIVE_COPY ? TW_RECEIVE_COMBINE : TW_RECEIVE_COPY;
        return count;
    }
}

static int mutant_step(const struct tw_layout *layout, int lane, int rank, int s,
                       struct tw_piece *out)
{
    int count = now.original->step(layout, lane, rank, s, out);
    if (lane != now.lane || s != now.s)
        return count;
    if (rank == now.rank)
        return change_piece(layout, rank, now.piece, out, count);
    if (rank == now.other_rank)
        return change_piece(layout, rank, now.other_piece, out, count);
    return count;
}

/* ---- one mutant ---- */

static uint64_t piece_elements(const struct tw_layout *layout, const struct tw_piece *piece)
{
    uint64_t elements = 0;
    for (uint32_t k = 0; k < piece->count; k++)
        elements += tw_layout_elements(layout, piece->first + k * piece->stride);
    return elements;
}

/* Elements that no longer travel when the piece names the next block: all, but of a run of blocks
 * one behind the other only the first. */
static uint64_t lost_elements(const struct tw_layout *layout, const struct tw_piece *piece)
{
    struct tw_piece lost = *piece;
    if (piece->count > 1 && piece->stride == 1)
        lost.count = 1;
    return piece_elements(layout, &lost);
}

/* Finds the receive that answers a send: same blocks, same two ranks. */
static void find_far_end(const struct tw_layout *layout, const struct tw_piece *send,
                         struct tw_piece *room)
{
    int count = now.original->step(layout, now.lane, send->peer, now.s, room);
    now.other_rank = send->peer;
    now.other_piece = -1;
    for (int i = 0; i < count; i++)
        if (room[i].peer == now.rank && room[i].action != TW_SEND && room[i].first == send->first &&
            room[i].count == send->count && (send->count < 2 || room[i].stride == send->stride))
            now.other_piece = i;
    ck_assert_int_ge(now.other_piece, 0);
}

/* Whether the change applies to this piece: copy and combine belong to receives; shared mistakes
 * are counted once, from the sender; and see the head of this file for empty pieces. */
static int applies(const struct tw_layout *layout, const struct tw_piece *piece)
{
    int sends = piece->action == TW_SEND;
    if (now.change == DROP || now.change == PEER || now.change == BLOCK)
        return 1;
    if (now.change == BLOCK_BOTH)
        return sends && lost_elements(layout, piece) > 0;
    return (now.change == SWAP) != sends && piece_elements(layout, piece) > 0;
}

static void try_mutant(struct schedule_case *c, const struct tw_algorithm *mutant)
{
    struct tw_err err = {0};
    case_fill(c);
    tw_status status = tw_execute_memory(mutant, &c->layout, c->combine, c->buffers, &err);
    int lopsided = now.change == DROP || now.change == PEER || now.change == BLOCK;
    int caught = status == TW_DEADLOCK || (status == TW_OK && !lopsided && case_wrong_rank(c) >= 0);
    if (!caught)
        ck_abort_msg("%s %s, %d ranks, %llu elements: survived '%s' of piece %d of rank %d in step "
                     "%d (status %d, %s)",
                     tw_request_name(c->layout.kind), c->algorithm->member.name, c->layout.ranks,
                     (unsigned long long)c->layout.count, change_names[now.change], now.piece,
                     now.rank, now.s, (int)status, err.text);
}

/* ---- all mutants of one case ---- */

static void try_piece(struct schedule_case *c, const struct tw_algorithm *mutant,
                      const struct tw_piece *piece, struct tw_piece *room, uint64_t *tried)
{
    for (int change = 0; change < CHANGES; change++) {
        now.change = (enum change)change;
        now.other_rank = -1;
        if (!applies(&c->layout, piece))
            continue;
        if (change == DROP_BOTH || change == BLOCK_BOTH)
            find_far_end(&c->layout, piece, room);
        try_mutant(c, mutant);
        tried[change]++;
    }
}

/* Every `every`-th position (lane, step, rank, piece) of the schedule. */
static void try_positions(struct schedule_case *c, int every, uint64_t *tried)
{
    struct tw_algorithm mutant = *c->algorithm;
    mutant.step = mutant_step;
    size_t room = (size_t)mutant.pieces_max(&c->layout) + 1;
    struct tw_piece *pieces = calloc(2 * room, sizeof *pieces);
    ck_assert_ptr_nonnull(pieces);
    int position = 0, lanes = mutant.lanes(&c->layout), steps = mutant.steps(&c->layout);
    for (int lane = 0; lane < lanes; lane++)
        for (int s = 0; s < steps; s++)
            for (int rank = 0; rank < c->layout.ranks; rank++) {
                int count = c->algorithm->step(&c->layout, lane, rank, s, pieces);
                for (int i = 0; i < count; i++) {
                    if (position++ % every)
                        continue;
                    now = (struct mutation){
                        .original = c->algorithm, .lane = lane, .s = s, .rank = rank, .piece = i};
                    try_piece(c, &mutant, &pieces[i], pieces + room, tried);
                }
            }
    free(pieces);
}

static void try_case(const struct tw_algorithm *algorithm, int p, uint64_t n, enum spread spread,
                     int every, uint64_t *tried)
{
    struct schedule_case c = {.combine = TW_COMBINE_SUM};
    if (case_open(&c, algorithm, TW_ELEMENT_U64, p, n, spread) && case_has_arrays(&c)) {
        case_fill(&c);
        ck_assert_int_eq(tw_execute_memory(algorithm, &c.layout, c.combine, c.buffers, NULL),
                         TW_OK);
        ck_assert_int_eq(case_wrong_rank(&c), -1);
        try_positions(&c, every, tried);
    }
    case_close(&c);
}

/* All spreads of 1, p−1, p+1 and 2p+3 elements. */
static void try_ranks(const struct tw_algorithm *algorithm, int p, int every, uint64_t *tried)
{
    uint64_t ranks = (uint64_t)p;
    const uint64_t sizes[] = {1, ranks - 1, ranks + 1, 2 * ranks + 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int spread = 0; spread < case_spreads(algorithm->kind); spread++)
            try_case(algorithm, p, sizes[i], (enum spread)spread, every, tried);
}

static void all_changes_were_tried(const uint64_t *tried)
{
    for (int change = 0; change < CHANGES; change++)
        ck_assert_msg(tried[change] > 0, "'%s' was never tried", change_names[change]);
}

#endif
