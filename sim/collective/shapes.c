#include "shapes.h"

int tw_shape_one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

int tw_shape_two(const struct tw_layout *layout)
{
    (void)layout;
    return 2;
}

int tw_shape_four(const struct tw_layout *layout)
{
    (void)layout;
    return 4;
}

int tw_shape_others(const struct tw_layout *layout)
{
    return layout->ranks - 1;
}

uint32_t tw_shape_whole(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

uint32_t tw_shape_by_rank(const struct tw_layout *layout)
{
    return (uint32_t)layout->ranks;
}

uint32_t tw_shape_by_pair(const struct tw_layout *layout)
{
    return (uint32_t)layout->ranks * (uint32_t)layout->ranks;
}

double tw_shape_largest_B(const struct tw_layout *layout)
{
    uint64_t largest = 0; /* of an even cut: the first */
    for (uint32_t b = 0; b < (layout->starts ? layout->blocks : 1); b++) {
        uint64_t elements = tw_layout_elements(layout, b);
        largest = elements > largest ? elements : largest;
    }
    return (double)largest * layout->element_B;
}

double tw_shape_farthest_B(const struct tw_layout *layout, int distance)
{
    if (!layout->starts) /* an even cut: the first block is the largest, and may be farther */
        return tw_shape_largest_B(layout);
    int p = layout->ranks;
    uint64_t largest = 0;
    for (int r = 0; r < p; r++) {
        uint32_t to = (uint32_t)tw_shape_around(r, distance, p);
        uint64_t elements = tw_layout_elements(layout, (uint32_t)r * (uint32_t)p + to);
        largest = elements > largest ? elements : largest;
    }
    return (double)largest * layout->element_B;
}

static uint64_t segments_of(const struct tw_layout *layout, uint64_t parts, uint64_t segment)
{
    uint64_t part = layout->count / parts + (layout->count % parts != 0);
    return part / segment + (part % segment != 0);
}

int tw_shape_segments_fit(const struct tw_layout *layout, uint64_t parts, uint32_t most)
{
    return !layout->segment || segments_of(layout, parts, layout->segment) <= most;
}

uint32_t tw_shape_segments(const struct tw_layout *layout, uint64_t parts, unsigned segment_B,
                           uint32_t most)
{
    uint64_t segment = layout->segment ? layout->segment : segment_B / layout->element_B;
    uint64_t segments = segments_of(layout, parts, segment);
    return segments < 1 ? 1 : segments > most ? most : (uint32_t)segments;
}

int tw_shape_wrapped(const struct tw_layout *layout, int peer, enum tw_action action, int first,
                     int count, struct tw_piece *out)
{
    int before = (int)layout->blocks - first;
    if (count <= before) {
        out[0] = tw_shape_run(peer, action, first, count);
        return 1;
    }
    out[0] = tw_shape_run(peer, action, first, before);
    out[1] = tw_shape_run(peer, action, 0, count - before);
    return 2;
}
