/* Rings: in every step of a phase each rank sends one block to its right and takes one from its
 * left. Blocks are named by the step; with equal blocks that changes nothing about the messages. */
#include "alike.h"

static int equal_blocks(const struct tw_layout *layout)
{
    if (!layout->starts)
        return layout->count % layout->blocks == 0;
    for (uint32_t b = 1; b < layout->blocks; b++)
        if (tw_layout_elements(layout, b) != tw_layout_elements(layout, 0))
            return 0;
    return 1;
}

int tw_alike_is_ring(const struct tw_algorithm *algorithm)
{
    return algorithm == tw_algorithm_find(algorithm->kind, "ring") &&
           (algorithm->kind == TW_SUM || algorithm->kind == TW_GATHER ||
            algorithm->kind == TW_REDUCE_SCATTER);
}

int tw_alike_phase(const struct tw_algorithm *algorithm, const struct tw_layout *layout)
{
    return tw_alike_is_ring(algorithm) && layout->ranks > 1 && equal_blocks(layout)
               ? layout->ranks - 1
               : 0;
}
