/* A SUM over the ranks: its request, its answer, its phase in a plan. */
#include "sum.h"

struct tw_request tw_sum_request(enum tw_element element, uint64_t count, const void *data)
{
    return (struct tw_request){.kind = TW_SUM,
                               .element = element,
                               .combine = TW_COMBINE_SUM,
                               .count = count,
                               .data = data};
}

int tw_sum_is_answer(const struct tw_answer *answer, enum tw_element element, uint64_t count)
{
    return answer->kind == TW_SUM && answer->element == element && answer->count == count;
}

void tw_sum_plan(struct tw_plan_phase *phase, enum tw_element element, uint64_t count)
{
    phase->kind = TW_SUM;
    phase->element = element;
    phase->combine = TW_COMBINE_SUM;
    phase->count = count;
}
