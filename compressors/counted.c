/* Members with counts by the data: what does not look at values. */
#include "counted_real.h"

void tw_choice_charge(const struct tw_choice *choice, enum tw_kernel kernel, uint64_t elements,
                      uint64_t selected)
{
    if (choice->work)
        tw_work_add(choice->work, kernel, elements, selected);
}

struct tw_sparse_way tw_counted_way(const struct tw_problem *problem)
{
    const struct tw_counted_params *params = problem->params;
    return (struct tw_sparse_way){.scope = (enum tw_scope)params->scope,
                                  .ratio = params->ratio,
                                  .index = (enum tw_index)params->index,
                                  .value = (enum tw_value)params->values,
                                  .counted = 1};
}

double tw_counted_delta(const struct tw_problem *problem)
{
    struct tw_sparse_way way = tw_counted_way(problem);
    uint64_t largest = 1;
    for (int i = 0; i < tw_parts_count(problem, way.scope); i++) {
        uint64_t size = tw_part_at(problem, way.scope, way.ratio, i).size;
        largest = size > largest ? size : largest;
    }
    return tw_sparse_delta(&way, 1.0 / (double)largest);
}

void tw_counted_open_rank(const struct tw_problem *problem, void *state, void *own_state, int rank)
{
    const struct tw_counted_shared *shared = state;
    struct tw_counted_rank *own = own_state;
    struct tw_arena arena = {own_state, 0};
    tw_arena_take(&arena, 1, sizeof *own);
    tw_sparse_carve_rank(problem, &shared->sparse.way, &arena, &own->sparse);
    own->rank = rank;
}

int tw_counted_phases(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

void tw_counted_begin(void *state, uint32_t step)
{
    struct tw_counted_shared *shared = state;
    shared->step = step;
}
