/* Values at common indices: state, request, plan; nothing here looks at values. */
#include "common_real.h"

static enum tw_element element_of(const struct tw_problem *problem)
{
    return problem->precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32;
}

void tw_common_carve(const struct tw_problem *problem, uint64_t kept, struct tw_arena *arena,
                     struct tw_common_shared *shared)
{
    shared->problem = *problem;
    shared->kept = kept;
    shared->indices = tw_arena_take(arena, kept, sizeof *shared->indices);
}

void tw_common_carve_rank(const struct tw_problem *problem, uint64_t kept, struct tw_arena *arena,
                          struct tw_common_rank *rank)
{
    rank->values = tw_arena_take(arena, kept, tw_precision_B(problem->precision));
}

void tw_common_request(const struct tw_common_shared *shared, const struct tw_common_rank *rank,
                       struct tw_request *request)
{
    *request = (struct tw_request){.kind = TW_SUM,
                                   .element = element_of(&shared->problem),
                                   .combine = TW_COMBINE_SUM,
                                   .count = shared->kept,
                                   .data = rank->values};
}

void tw_common_plan(const struct tw_problem *problem, uint64_t kept, struct tw_plan_phase *phase,
                    struct tw_plan *plan)
{
    phase->kind = TW_SUM;
    phase->element = element_of(problem);
    phase->combine = TW_COMBINE_SUM;
    phase->count = kept;
    tw_common_charge_mean(problem, kept, &plan->mean);
    tw_common_charge_own(kept, &plan->own);
}

tw_status tw_common_take(struct tw_common_shared *shared, const struct tw_answer *answer)
{
    if (answer->kind != TW_SUM || answer->element != element_of(&shared->problem) ||
        answer->count != shared->kept)
        return TW_CORRUPT;
    shared->sum = answer->data;
    return TW_OK;
}

void tw_common_support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct tw_common_shared *shared = state;
    (void)own_state;
    (void)rank;
    *out = (struct tw_support){0, shared->kept, shared->indices};
}

void tw_common_charge_mean(const struct tw_problem *problem, uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_COPY, problem->dimension, 0);
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
}

void tw_common_charge_own(uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
}
