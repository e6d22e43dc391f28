/* Values at common indices: state, request, plan; nothing here looks at values. */
#include "common_real.h"
#include "sum.h"

void tw_common_carve(const struct tw_problem *problem, uint64_t kept, enum tw_value value,
                     struct tw_arena *arena, struct tw_common_shared *shared)
{
    shared->problem = *problem;
    shared->kept = kept;
    shared->value = value;
    shared->indices = tw_arena_take(arena, kept, sizeof *shared->indices);
    shared->wide =
        tw_arena_take(arena, tw_codec_rounded(value, kept), tw_precision_B(problem->precision));
}

void tw_common_carve_rank(const struct tw_problem *problem, uint64_t kept, enum tw_value value,
                          struct tw_arena *arena, struct tw_common_rank *rank)
{
    rank->values = tw_arena_take(arena, kept, tw_precision_B(problem->precision));
    rank->halves = tw_arena_take(arena, tw_codec_rounded(value, kept), sizeof *rank->halves);
}

void tw_common_plan(const struct tw_problem *problem, uint64_t kept, enum tw_value value,
                    struct tw_plan_phase *phase, struct tw_plan *plan)
{
    tw_sum_plan(phase, tw_codec_value_element(value, problem->precision), kept);
    tw_codec_charge(value, kept, &phase->local);
    tw_codec_charge(value, kept, &phase->digest);
    tw_common_charge_mean(problem, kept, &plan->mean);
    tw_common_charge_own(kept, &plan->own);
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
    tw_work_add(work, TW_KERNEL_ZERO, problem->dimension, 0);
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
}

void tw_common_charge_own(uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
}
