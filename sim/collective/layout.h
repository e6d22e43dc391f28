/* What a collective moves: elements of all ranks, cut into globally named blocks. */
#ifndef TW_COLLECTIVE_LAYOUT_H
#define TW_COLLECTIVE_LAYOUT_H

#include "base/exchange.h"
#include "base/table.h"

/* How the elements are cut, by kind. starts (borrowed) has one entry more than there are blocks;
 * NULL is the even cut, the first count mod blocks blocks one element longer. Empty blocks are
 * legal and travel as empty messages; zero elements are legal everywhere. SUM, BROADCAST: `count`
 * elements, the same on all ranks, cut evenly into as many blocks as the schedule wants; starts
 * NULL. GATHER: block r is what rank r contributes; blocks = ranks, count = starts[ranks].
 * REDUCE_SCATTER: block r of the sum is what rank r ends with; blocks = ranks, starts may be NULL.
 * ALL_TO_ALL: block r·ranks + q is what rank r sends to rank q; blocks = ranks², starts may be
 * NULL. MERGE: block b is one partial result, by the name the schedule gives it (the head of its
 * file); a rank holds one at a time. starts has the sizes; NULL: all alike.
 */
struct tw_layout {
    enum tw_request_kind kind;
    enum tw_element element;
    unsigned element_B;
    int ranks;
    uint64_t count;
    uint32_t blocks;
    const uint64_t *starts; /* NULL: even cut */
    int root;               /* BROADCAST: who has the data */
    int node_ranks;         /* ranks r with the same r / node_ranks share a node; 0, 1: flat */
    const struct tw_step_table
        *table;       /* of a schedule that is a table (table.h), borrowed; else NULL */
    uint64_t segment; /* elements that a pipelined schedule sends at once; 0: its own choice */
};

/* First element of block b (b = blocks gives count). */
static inline uint64_t tw_layout_start(const struct tw_layout *layout, uint32_t b)
{
    if (layout->starts)
        return layout->starts[b];
    uint64_t base = layout->count / layout->blocks, longer = layout->count % layout->blocks;
    return base * b + (b < longer ? b : longer);
}

static inline uint64_t tw_layout_elements(const struct tw_layout *layout, uint32_t b)
{
    return tw_layout_start(layout, b + 1) - tw_layout_start(layout, b);
}

/* Bytes of blocks first … end−1. */
static inline double tw_layout_B(const struct tw_layout *layout, int first, int end)
{
    uint64_t elements =
        tw_layout_start(layout, (uint32_t)end) - tw_layout_start(layout, (uint32_t)first);
    return (double)elements * layout->element_B;
}

#endif
