/* Sparse lists: memory and indices; nothing here looks at values. */
#include "union_real.h"

int tw_union_ascends(const struct tw_union_list *list, uint64_t end)
{
    uint64_t least = 0;
    for (uint64_t i = 0; i < list->count; i++) {
        uint32_t index = tw_union_index(list, i);
        if (index < least || index >= end)
            return 0;
        least = (uint64_t)index + 1;
    }
    return 1;
}

void tw_union_carve(const struct tw_problem *problem, uint64_t most, struct tw_arena *arena,
                    struct tw_union_entries *entries)
{
    entries->indices = tw_arena_take(arena, most, sizeof *entries->indices);
    entries->values = tw_arena_take(arena, most, tw_precision_B(problem->precision));
}

uint64_t tw_union_indices(const uint32_t *a, uint64_t a_count, const uint32_t *b, uint64_t b_count,
                          uint32_t *out)
{
    uint64_t i = 0, j = 0, n = 0;
    while (i < a_count || j < b_count) {
        uint64_t left = i < a_count ? a[i] : UINT64_MAX, right = j < b_count ? b[j] : UINT64_MAX;
        out[n++] = (uint32_t)(left < right ? left : right);
        i += left <= right;
        j += right <= left;
    }
    return n;
}
