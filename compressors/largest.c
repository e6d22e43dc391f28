/* Choices of the k largest: what does not look at values. */
#include "largest_real.h"

void tw_largest_charge(const struct tw_problem *problem, const struct tw_largest *what,
                       struct tw_work *work)
{
    for (int i = 0; i < tw_parts_count(problem, what->scope); i++) {
        struct tw_part part = tw_part_at(problem, what->scope, what->ratio, i);
        tw_work_add(work, TW_KERNEL_SELECT, part.size, part.kept);
    }
}

int tw_largest_fits(const struct tw_problem *problem, const struct tw_largest *what,
                    const uint32_t *indices)
{
    for (int i = 0; i < tw_parts_count(problem, what->scope); i++) {
        struct tw_part part = tw_part_at(problem, what->scope, what->ratio, i);
        uint64_t least = part.start, end = part.start + part.size;
        for (uint64_t n = 0; n < part.kept; n++, indices++) {
            if (*indices < least || *indices >= end)
                return 0;
            least = (uint64_t)*indices + 1;
        }
    }
    return 1;
}
