/* Parts cut into groups. */
#include "groups.h"

static uint64_t size_in(const struct tw_part *part, struct tw_groups groups)
{
    return groups.size == 0 || groups.size > part->size ? part->size : groups.size;
}

uint64_t tw_groups_count(const struct tw_problem *problem, struct tw_groups groups)
{
    uint64_t count = 0;
    for (int i = 0; i < tw_parts_count(problem, groups.scope); i++) {
        struct tw_part part = tw_part_at(problem, groups.scope, 1.0, i);
        uint64_t size = size_in(&part, groups);
        count += size > 0 ? (part.size - 1) / size + 1 : 0;
    }
    return count;
}

uint64_t tw_groups_largest(const struct tw_problem *problem, struct tw_groups groups)
{
    uint64_t largest = 0;
    for (int i = 0; i < tw_parts_count(problem, groups.scope); i++) {
        struct tw_part part = tw_part_at(problem, groups.scope, 1.0, i);
        uint64_t size = size_in(&part, groups);
        largest = size > largest ? size : largest;
    }
    return largest;
}

int tw_groups_next(struct tw_groups_walk *walk)
{
    int count = tw_parts_count(walk->problem, walk->groups.scope);
    walk->index += (uint64_t)walk->begun;
    walk->begun = 1;
    for (; walk->part < count; walk->part++) {
        struct tw_part part = tw_part_at(walk->problem, walk->groups.scope, 1.0, walk->part);
        uint64_t end = part.start + part.size, size = size_in(&part, walk->groups);
        if (walk->end >= end)
            continue;
        walk->start = walk->end > part.start ? walk->end : part.start;
        walk->end = end - walk->start < size ? end : walk->start + size;
        return 1;
    }
    return 0;
}
