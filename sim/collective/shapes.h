/* What most schedules say about their own shape, so that each file is only about its steps. */
#ifndef TW_COLLECTIVE_SHAPES_H
#define TW_COLLECTIVE_SHAPES_H

#include "schedule.h"

/* lanes or pieces_max */
int tw_shape_one(const struct tw_layout *layout);
int tw_shape_two(const struct tw_layout *layout);
int tw_shape_four(const struct tw_layout *layout);

/* steps: one towards every other rank */
int tw_shape_others(const struct tw_layout *layout);

/* blocks: everything is one, one for each rank, one for each pair of ranks */
uint32_t tw_shape_whole(const struct tw_layout *layout);
uint32_t tw_shape_by_rank(const struct tw_layout *layout);
uint32_t tw_shape_by_pair(const struct tw_layout *layout);

/* Bytes of the largest of the layout's blocks. */
double tw_shape_largest_B(const struct tw_layout *layout);

/* Of an ALL_TO_ALL: bytes of the largest block that has to go from a rank r to r + distance. */
double tw_shape_farthest_B(const struct tw_layout *layout, int distance);

/* Whether the segments that the layout asks for are at most so many; where it asks for none,
 * tw_shape_segments makes its own longer. */
int tw_shape_segments_fit(const struct tw_layout *layout, uint64_t parts, uint32_t most);

/* Segments that one of `parts` equal parts of the elements is sent in: of layout->segment elements,
 * or of segment_B bytes where that is 0; 1 … most. */
uint32_t tw_shape_segments(const struct tw_layout *layout, uint64_t parts, unsigned segment_B,
                           uint32_t most);

/* `rank` moved by `by` (|by| ≤ ranks) around the ring of ranks. */
static inline int tw_shape_around(int rank, int by, int ranks)
{
    int moved = rank + by;
    return moved < 0 ? moved + ranks : moved >= ranks ? moved - ranks : moved;
}

/* One block. */
static inline struct tw_piece tw_shape_block(int peer, enum tw_action action, uint32_t block)
{
    return (struct tw_piece){peer, action, block, 1, 1};
}

/* Blocks first … first+count−1, one behind the other. */
static inline struct tw_piece tw_shape_run(int peer, enum tw_action action, int first, int count)
{
    return (struct tw_piece){peer, action, (uint32_t)first, (uint32_t)count, 1};
}

/* A run that starts anew at block 0 behind the last one; returns the pieces written (1 or 2). */
int tw_shape_wrapped(const struct tw_layout *layout, int peer, enum tw_action action, int first,
                     int count, struct tw_piece *out);

#endif
