/* A merge whose ranks all live in this process: its schedule is run on the real partials.
 *
 * Every rank that merges does it by itself, as it would on a machine of its own, into one of two
 * slots that it takes in turn: what it held before the step stays readable for its peers. Partials
 * have numbers, equal where ranks hold the same one: that tells which ranks do the same merge, of
 * which the lowest keeps what is dropped. O(merges + messages), two partials of memory per rank. */
#include "transport_merge.h"
#include "base/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

/* What a rank holds. */
struct holding {
    struct tw_partial partial;
    uint32_t number;
    int lowest; /* rank whose contribution is in it */
};

/* The merge that the partial of this number is part of. */
struct union_of {
    int step; /* + 1; 0: none yet */
    uint32_t other, made;
};

struct run {
    struct tw_merging *merging;
    const struct tw_request *requests;
    struct tw_layout layout;
    int ranks, steps, s;
    struct holding *now, *next; /* of every rank */
    unsigned char *turns;       /* which slot each rank writes next */
    struct union_of *unions;    /* by the lower number of the two */
    unsigned char *slots;       /* two per rank */
    struct tw_piece *pieces;
    uint64_t *sizes;
    size_t slot_B;
    uint32_t numbers;
    struct tw_err *err;
};

void tw_merge_memory_free(struct tw_merge_memory *memory)
{
    free(memory->block);
    free(memory->sizes);
    *memory = (struct tw_merge_memory){0};
}

/* ---- memory ---- */

/* With arena->base NULL only counts. The slots are last. */
static void place(struct run *run, struct tw_arena *arena)
{
    size_t ranks = (size_t)run->ranks, steps = (size_t)run->steps;
    size_t pieces = (size_t)run->merging->algorithm->pieces_max(&run->layout) + 1;
    run->now = tw_arena_take(arena, ranks, sizeof *run->now);
    run->next = tw_arena_take(arena, ranks, sizeof *run->next);
    run->turns = tw_arena_take(arena, ranks, 1);
    run->unions = tw_arena_take(arena, ranks * (steps + 1), sizeof *run->unions);
    run->pieces = tw_arena_take(arena, pieces, sizeof *run->pieces);
    run->slots = tw_arena_take(arena, 2 * ranks, run->slot_B);
}

static tw_status grow(struct run *run, struct tw_merge_memory *memory)
{
    struct tw_arena arena = {NULL, 0};
    place(run, &arena);
    size_t bytes = arena.used, used = bytes - 2 * (size_t)run->ranks * run->slot_B;
    if (run->layout.blocks > memory->size_room) {
        free(memory->sizes);
        memory->sizes = calloc(run->layout.blocks, sizeof *memory->sizes);
        memory->size_room = memory->sizes ? run->layout.blocks : 0;
    }
    if (bytes > memory->block_B) {
        free(memory->block);
        memory->block = aligned_alloc(ALIGNMENT, bytes);
        memory->block_B = memory->block ? bytes : 0;
    }
    if (!memory->block || !memory->sizes)
        return tw_err_set(run->err, TW_MEMORY, "no %zu B for the partials of %d ranks", bytes,
                          run->ranks);
    memset(memory->block, 0, used);
    arena = (struct tw_arena){memory->block, 0};
    place(run, &arena);
    run->sizes = memory->sizes;
    return TW_OK;
}

/* ---- a step ---- */

static tw_status name_sent(struct run *run, int rank, uint32_t block)
{
    uint64_t count = run->now[rank].partial.count;
    if (run->sizes[block] != UINT64_MAX && run->sizes[block] != count)
        return tw_err_set(
            run->err, TW_INTERNAL,
            "merge %s: block %" PRIu32 " has %" PRIu64 " elements, and %" PRIu64 " on rank %d",
            run->merging->algorithm->member.name, block, run->sizes[block], count, rank);
    run->sizes[block] = count;
    return TW_OK;
}

/* The number of the union of two partials; *first: nobody has made it before. */
static uint32_t number_union(struct run *run, uint32_t a, uint32_t b, int *first)
{
    struct union_of *known = &run->unions[a < b ? a : b];
    uint32_t other = a < b ? b : a;
    *first = known->step != run->s + 1 || known->other != other;
    if (*first)
        *known = (struct union_of){run->s + 1, other, run->numbers++};
    return known->made;
}

static void *slot_of(struct run *run, int rank)
{
    size_t slot = 2 * (size_t)rank + run->turns[rank];
    run->turns[rank] ^= 1;
    return run->slots + slot * run->slot_B;
}

static tw_status merge_into(struct run *run, int rank, int peer)
{
    const struct holding *own = &run->now[rank], *other = &run->now[peer];
    const struct holding *low = own->lowest < other->lowest ? own : other;
    const struct holding *high = low == own ? other : own;
    void *slot = slot_of(run, rank);
    int first;
    struct holding made = {.partial = {.data = slot}, .lowest = low->lowest};
    made.number = number_union(run, own->number, other->number, &first);
    tw_status status = run->merging->merge(run->merging->context, rank, first, &low->partial,
                                           &high->partial, slot, &made.partial.count);
    if (status != TW_OK)
        return tw_err_set(run->err, status, "rank %d merges: %s", rank, tw_status_text(status));
    if (made.partial.count > run->requests[0].room)
        return tw_err_set(run->err, TW_INTERNAL,
                          "a partial of %" PRIu64 " elements where %" PRIu64 " are the most",
                          made.partial.count, run->requests[0].room);
    run->next[rank] = made;
    return TW_OK;
}

static void copy_into(struct run *run, int rank, int peer)
{
    struct holding *next = &run->next[rank];
    void *slot = slot_of(run, rank);
    *next = run->now[peer];
    next->partial.data = slot;
    if (next->partial.count)
        memcpy(slot, run->now[peer].partial.data, next->partial.count * run->layout.element_B);
}

static tw_status run_rank(struct run *run, int rank)
{
    int count = run->merging->algorithm->step(&run->layout, 0, rank, run->s, run->pieces);
    tw_status status = TW_OK;
    for (int i = 0; i < count && status == TW_OK; i++) {
        const struct tw_piece *piece = &run->pieces[i];
        if (piece->action == TW_SEND)
            status = name_sent(run, rank, piece->first);
        else if (piece->action == TW_RECEIVE_COMBINE)
            status = merge_into(run, rank, piece->peer);
        else
            copy_into(run, rank, piece->peer);
    }
    return status;
}

static tw_status run_step(struct run *run)
{
    tw_status status = TW_OK;
    memcpy(run->next, run->now, (size_t)run->ranks * sizeof *run->next);
    for (int r = 0; r < run->ranks && status == TW_OK; r++)
        status = run_rank(run, r);
    struct holding *before = run->now;
    run->now = run->next;
    run->next = before;
    return status;
}

/* ---- the whole ---- */

static void start(struct run *run)
{
    for (int r = 0; r < run->ranks; r++)
        run->now[r] =
            (struct holding){{run->requests[r].count, run->requests[r].data}, (uint32_t)r, r};
    run->numbers = (uint32_t)run->ranks;
    for (uint32_t b = 0; b < run->layout.blocks; b++)
        run->sizes[b] = UINT64_MAX;
}

/* All ranks hold the same; blocks that never travelled have no size. */
static tw_status finish(struct run *run, struct tw_answer *answer)
{
    const struct tw_partial *result = &run->now[0].partial;
    for (int r = 1; r < run->ranks; r++) {
        const struct tw_partial *other = &run->now[r].partial;
        if (other->count != result->count ||
            (result->count &&
             memcmp(other->data, result->data, result->count * run->layout.element_B) != 0))
            return tw_err_set(run->err, TW_INTERNAL,
                              "merge %s: rank %d ends with another result than rank 0",
                              run->merging->algorithm->member.name, r);
    }
    for (uint32_t b = 0; b < run->layout.blocks; b++)
        if (run->sizes[b] == UINT64_MAX)
            run->sizes[b] = 0;
    answer->count = result->count;
    answer->data = result->data;
    run->merging->sizes = run->sizes;
    run->merging->blocks = run->layout.blocks;
    return TW_OK;
}

tw_status tw_merge_in_memory(struct tw_merge_memory *memory, struct tw_merging *merging,
                             const struct tw_request *requests, int ranks, struct tw_answer *answer,
                             struct tw_err *err)
{
    const struct tw_algorithm *algorithm = merging->algorithm;
    struct run run = {.merging = merging, .requests = requests, .ranks = ranks, .err = err};
    run.layout = (struct tw_layout){.kind = TW_MERGE,
                                    .element = requests[0].element,
                                    .element_B = tw_element_B(requests[0].element),
                                    .ranks = ranks};
    tw_status status = tw_layout_for(algorithm, &run.layout, err);
    if (status != TW_OK)
        return status;
    if (!algorithm->one_port || algorithm->lanes(&run.layout) != 1)
        return tw_err_set(err, TW_REFUSED, "merge %s is not one-port of one lane",
                          algorithm->member.name);
    if (__builtin_mul_overflow(requests[0].room, run.layout.element_B, &run.slot_B) ||
        run.slot_B > SIZE_MAX / 4 / (size_t)ranks)
        return tw_err_set(err, TW_MEMORY, "partials of %" PRIu64 " elements", requests[0].room);
    run.slot_B = (run.slot_B + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    run.steps = algorithm->steps(&run.layout);
    status = grow(&run, memory);
    if (status != TW_OK)
        return status;
    start(&run);
    for (; run.s < run.steps && status == TW_OK; run.s++)
        status = run_step(&run);
    return status == TW_OK ? finish(&run, answer) : status;
}
