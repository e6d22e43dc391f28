/* What a collective moves: elements of all ranks, cut into globally named blocks. */
#ifndef TW_COLLECTIVE_LAYOUT_H
#define TW_COLLECTIVE_LAYOUT_H

#include "base/exchange.h"

/* SUM: `count` elements, the same on all ranks, cut into `blocks` on element boundaries, the first
 * count mod blocks one element longer (empty blocks are legal and travel as empty messages).
 * GATHER: block r is what rank r contributes; starts has ranks+1 entries (borrowed), blocks=ranks,
 * count = starts[ranks]. Zero elements are legal everywhere. */
struct tw_layout {
    enum tw_request_kind kind;
    enum tw_element element;
    unsigned element_B;
    int ranks;
    uint64_t count;
    uint32_t blocks;
    const uint64_t *starts; /* NULL: even cut */
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

#endif
