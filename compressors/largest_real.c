/* Choices of the k largest, part by part. */
#include "largest_real.h"

#include "select_real.h"

size_t TW_T(tw_largest_scratch_B)(const struct tw_problem *problem, const struct tw_largest *what)
{
    size_t most = 0;
    for (int i = 0; i < tw_parts_count(problem, what->scope); i++) {
        struct tw_part part = tw_part_at(problem, what->scope, what->ratio, i);
        size_t need = TW_T(tw_select_scratch_B)(part.size, part.kept);
        most = need > most ? need : most;
    }
    return most;
}

tw_status TW_T(tw_largest_choose)(const struct tw_problem *problem, const struct tw_largest *what,
                                  const tw_real *x, void *scratch, uint32_t *out)
{
    for (int i = 0; i < tw_parts_count(problem, what->scope); i++) {
        struct tw_part part = tw_part_at(problem, what->scope, what->ratio, i);
        tw_status status = TW_T(tw_select)(x + part.start, part.size, part.kept, scratch, out);
        if (status != TW_OK)
            return status;
        for (uint64_t n = 0; n < part.kept; n++)
            out[n] += (uint32_t)part.start;
        out += part.kept;
    }
    return TW_OK;
}
