/* Messages of a schedule: the grouping of pieces that every executor shares, and what follows from
 * it without running anything (traffic of a rank, the injection bound). */
#include "group.h"

#include <stdlib.h>

/* The even cut of a layout, divided once per step instead of once per block: blocks have `base`
 * elements, the first `longer` of them one more. */
struct cut {
    uint64_t base, longer;
};

static struct cut cut_of(const struct tw_layout *layout)
{
    struct cut cut = {0, 0};
    if (!layout->starts) {
        cut.base = layout->count / layout->blocks;
        cut.longer = layout->count - cut.base * layout->blocks;
    }
    return cut;
}

static uint64_t piece_elements(const struct tw_layout *layout, struct cut cut,
                               const struct tw_piece *piece)
{
    const uint64_t *starts = layout->starts;
    uint64_t count = piece->count, first = piece->first, stride = piece->stride;
    if (count == 0)
        return 0;
    if (!starts) {
        uint64_t below = first < cut.longer ? cut.longer - first : 0;
        if (stride > 1 && count > 1)
            below = (below + stride - 1) / stride;
        return cut.base * count + (below < count ? below : count);
    }
    if (stride <= 1)
        return starts[first + count] - starts[first];
    uint64_t elements = 0;
    for (uint64_t k = 0; k < count; k++)
        elements += starts[first + k * stride + 1] - starts[first + k * stride];
    return elements;
}

int tw_schedule_group(const struct tw_layout *layout, const struct tw_piece *pieces, int count,
                      struct tw_message *out)
{
    struct cut cut = cut_of(layout);
    int messages = 0,
        expected = 0; /* pieces to and from many peers mostly name them in one order */
    for (int i = 0; i < count; i++) {
        int m = expected;
        if (m >= messages || out[m].peer != pieces[i].peer)
            for (m = 0; m < messages && out[m].peer != pieces[i].peer;)
                m++;
        expected = m + 1;
        if (m == messages)
            out[messages++] = (struct tw_message){.peer = pieces[i].peer};
        uint64_t bytes = piece_elements(layout, cut, &pieces[i]) * layout->element_B;
        if (pieces[i].action == TW_SEND) {
            out[m].sends = 1;
            out[m].send_B += bytes;
            continue;
        }
        out[m].receives = 1;
        out[m].receive_B += bytes;
        if (pieces[i].action == TW_RECEIVE_COMBINE && layout->kind != TW_MERGE)
            out[m].combine_B += bytes;
    }
    return messages;
}

int tw_schedule_messages(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                         int lane, int rank, int s, struct tw_piece *pieces, int *piece_count,
                         struct tw_message *out)
{
    int count = algorithm->step(layout, lane, rank, s, pieces);
    if (piece_count)
        *piece_count = count;
    return count == 0 ? 0 : tw_schedule_group(layout, pieces, count, out);
}

tw_status tw_schedule_traffic(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                              int rank, uint64_t *sent_B, uint64_t *messages)
{
    size_t room = (size_t)algorithm->pieces_max(layout) + 1;
    struct tw_piece *pieces = malloc(room * sizeof *pieces);
    struct tw_message *grouped = malloc(room * sizeof *grouped);
    tw_status status = pieces && grouped ? TW_OK : TW_MEMORY;
    *sent_B = 0;
    *messages = 0;
    int lanes = status == TW_OK ? algorithm->lanes(layout) : 0, steps = algorithm->steps(layout);
    for (int lane = 0; lane < lanes; lane++) {
        for (int s = 0; s < steps; s++) {
            int count =
                tw_schedule_messages(algorithm, layout, lane, rank, s, pieces, NULL, grouped);
            for (int m = 0; m < count; m++) {
                *sent_B += grouped[m].send_B;
                *messages += (uint64_t)grouped[m].sends;
            }
        }
    }
    free(pieces);
    free(grouped);
    return status;
}

tw_status tw_schedule_merges(const struct tw_algorithm *algorithm, int ranks, int rank,
                             uint64_t *merges)
{
    const struct tw_layout layout = {.kind = TW_MERGE, .ranks = ranks, .blocks = 1};
    struct tw_piece *pieces = calloc((size_t)algorithm->pieces_max(&layout) + 1, sizeof *pieces);
    *merges = 0;
    if (!pieces)
        return TW_MEMORY;
    for (int lane = 0; lane < algorithm->lanes(&layout); lane++)
        for (int s = 0; s < algorithm->steps(&layout); s++) {
            int count = algorithm->step(&layout, lane, rank, s, pieces);
            for (int i = 0; i < count; i++)
                *merges += pieces[i].action == TW_RECEIVE_COMBINE;
        }
    free(pieces);
    return TW_OK;
}

/* Elements that rank r must send (to others) and must receive, each at least once. */
static uint64_t must_move(const struct tw_layout *layout, int rank)
{
    uint32_t r = (uint32_t)rank, ranks = (uint32_t)layout->ranks;
    if (layout->kind != TW_ALL_TO_ALL) { /* GATHER sends its own, REDUCE_SCATTER the others' */
        uint64_t own = tw_layout_elements(layout, r), others = layout->count - own;
        return own > others ? own : others;
    }
    uint64_t sent = 0, received = 0;
    for (uint32_t q = 0; q < ranks; q++) {
        sent += q == r ? 0 : tw_layout_elements(layout, r * ranks + q);
        received += q == r ? 0 : tw_layout_elements(layout, q * ranks + r);
    }
    return sent > received ? sent : received;
}

/* Elements of the smallest partial of a MERGE: no rank takes part without moving one. */
static uint64_t smallest_block(const struct tw_layout *layout)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t b = 0; b < layout->blocks; b++) {
        uint64_t elements = tw_layout_elements(layout, b);
        least = elements < least ? elements : least;
    }
    return layout->blocks ? least : 0;
}

double tw_injection_bound(const struct tw_layout *layout, double beta_sB)
{
    double ranks = layout->ranks, whole_B = (double)layout->count * layout->element_B;
    if (layout->ranks < 2)
        return 0;
    if (layout->kind == TW_SUM)
        return 2 * (ranks - 1) / ranks * whole_B * beta_sB;
    if (layout->kind == TW_BROADCAST)
        return whole_B * beta_sB;
    if (layout->kind == TW_MERGE)
        return (double)smallest_block(layout) * layout->element_B * beta_sB;
    struct tw_layout cut = *layout;
    cut.blocks =
        (uint32_t)layout->ranks * (layout->kind == TW_ALL_TO_ALL ? (uint32_t)layout->ranks : 1);
    uint64_t most = 0;
    for (int r = 0; r < layout->ranks; r++) {
        uint64_t moved = must_move(&cut, r);
        most = moved > most ? moved : most;
    }
    return (double)most * layout->element_B * beta_sB;
}
