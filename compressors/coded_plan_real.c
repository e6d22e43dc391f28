/* Coded members: sizes, memory, plan and work; nothing here looks at values. */
#include "bits.h"
#include "coded_tile_real.h"
#include "hadamard_real.h"

/* Bits of a lane that holds a sum of N codes. */
static unsigned lane_bits(const struct tw_problem *problem, uint32_t most)
{
    uint64_t largest = (uint64_t)most * (uint64_t)problem->ranks;
    unsigned bits = 1;
    while (largest >> bits)
        bits++;
    return bits;
}

static unsigned scales_of(const struct tw_coder *coder, const struct tw_problem *problem)
{
    return coder->scales ? coder->scales(problem) : 1;
}

static void describe(const struct tw_coder *coder, const struct tw_problem *problem,
                     struct tw_coded_shared *shared)
{
    uint64_t d = problem->dimension;
    shared->problem = *problem;
    shared->coder = coder;
    shared->groups = coder->groups(problem);
    shared->group_count = tw_groups_count(problem, shared->groups);
    shared->scale_count = scales_of(coder, problem);
    shared->bits = coder->bits(problem);
    shared->most = coder->most(problem);
    shared->rotates = coder->rotates && coder->rotates(problem);
    shared->lane = coder->adds && coder->adds(problem) ? lane_bits(problem, shared->most) : 0;
    shared->totals = shared->lane || coder->counts;
    shared->elias = !shared->lane && coder->elias && coder->elias(problem);
    shared->element = coder->floats ? coder->floats(problem) : TW_ELEMENT_BYTE;
    if (shared->lane)
        shared->element = TW_ELEMENT_U32;
    uint64_t lanes = shared->lane ? 32 / shared->lane : 1;
    shared->words = shared->lane && lanes ? (d + lanes - 1) / lanes : 0;
    shared->wire_B = shared->lane ? shared->words * sizeof(uint32_t)
                                  : shared->group_count * shared->scale_count * sizeof(tw_real) +
                                        tw_bits_B(d, shared->bits);
}

static int is_summed(const struct tw_coded_shared *shared)
{
    return shared->lane || TW_T(tw_coded_adds_floats)(shared);
}

static void carve(struct tw_arena *arena, struct tw_coded_shared *shared)
{
    uint64_t ranks = (uint64_t)shared->problem.ranks;
    uint64_t scales = shared->group_count * shared->scale_count;
    uint64_t combined = shared->totals ? scales : 0;
    tw_arena_take(arena, 1, sizeof *shared);
    shared->messages = tw_arena_take(arena, ranks, sizeof *shared->messages);
    shared->rows = tw_arena_take(arena, shared->elias ? ranks : 0, shared->wire_B);
    shared->combined = tw_arena_take(arena, combined, sizeof *shared->combined);
    shared->codes = tw_arena_take(arena, TW_CODED_TILE, sizeof *shared->codes);
    shared->sums = tw_arena_take(arena, TW_CODED_TILE, sizeof *shared->sums);
    shared->values = tw_arena_take(arena, TW_CODED_TILE, sizeof *shared->values);
    shared->wide = tw_arena_take(arena, TW_CODED_TILE, sizeof *shared->wide);
    shared->turned = tw_arena_take(arena, shared->rotates ? shared->problem.dimension : 0,
                                   sizeof *shared->turned);
    shared->trial = tw_arena_take(arena, shared->wire_B, 1);
    shared->trial_scales =
        tw_arena_take(arena, shared->lane ? scales : 0, sizeof *shared->trial_scales);
}

static void carve_rank(const struct tw_coded_shared *shared, struct tw_arena *arena,
                       struct tw_coded_rank *own)
{
    uint64_t scales = shared->group_count * shared->scale_count;
    tw_arena_take(arena, 1, sizeof *own);
    own->wire = tw_arena_take(arena, shared->wire_B, 1);
    own->sent = tw_arena_take(arena, shared->elias ? TW_T(tw_coded_elias_most_B)(shared) : 0, 1);
    own->scales = tw_arena_take(arena, shared->lane ? scales : 0, sizeof *own->scales);
}

void TW_T(tw_coded_sizes)(const struct tw_coder *coder, const struct tw_problem *problem,
                          size_t *shared_B, size_t *rank_B)
{
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct tw_coded_shared shared;
    struct tw_coded_rank own;
    describe(coder, problem, &shared);
    carve(&whole, &shared);
    carve_rank(&shared, &each, &own);
    *shared_B = whole.used;
    *rank_B = each.used;
}

void TW_T(tw_coded_open)(const struct tw_coder *coder, const struct tw_problem *problem,
                         void *state)
{
    struct tw_arena arena = {state, 0};
    describe(coder, problem, state);
    carve(&arena, state);
}

void TW_T(tw_coded_open_rank)(const struct tw_problem *problem, void *state, void *own_state,
                              int rank)
{
    struct tw_arena arena = {own_state, 0};
    struct tw_coded_rank *own = own_state;
    (void)problem;
    carve_rank(state, &arena, own);
    own->rank = rank;
}

tw_status TW_T(tw_coded_check)(const struct tw_coder *coder, const struct tw_problem *problem,
                               struct tw_err *err)
{
    struct tw_coded_shared shared;
    tw_status status = tw_parts_check(problem, err);
    if (status != TW_OK)
        return status;
    describe(coder, problem, &shared);
    if (shared.lane <= 32)
        return TW_OK;
    tw_err_set(err, TW_RANGE, "a sum of %d ranks' codes up to %u does not fit 32 bits",
               problem->ranks, shared.most);
    return tw_err_hint(err, TW_RANGE, "levels times ranks must be below 2^31");
}

int TW_T(tw_coded_phases)(const struct tw_coder *coder, const struct tw_problem *problem)
{
    return coder->adds && coder->adds(problem) && scales_of(coder, problem) > 0 ? 2 : 1;
}

void TW_T(tw_coded_charge_measure)(const struct tw_coded_shared *shared, struct tw_work *work)
{
    uint64_t d = shared->problem.dimension;
    if (shared->rotates) {
        tw_work_add(work, TW_KERNEL_COPY, d, 0);
        tw_work_add(work, TW_KERNEL_ADD, d * TW_HADAMARD_PASSES, 0);
    }
    if (shared->scale_count > 0 && shared->lane) /* otherwise measured while it is coded */
        tw_work_add(work, TW_KERNEL_NORM, d, 0);
    if (shared->coder->passes)
        tw_work_add(work, TW_KERNEL_READ, d * shared->coder->passes(&shared->problem), 0);
}

void TW_T(tw_coded_charge_code)(const struct tw_coded_shared *shared, struct tw_work *work)
{
    enum tw_kernel kernel = shared->coder->draws ? TW_KERNEL_DITHER : TW_KERNEL_QUANTISE;
    uint64_t d = shared->problem.dimension;
    int floats = TW_T(tw_coded_adds_floats)(shared);
    tw_work_add(work, floats ? TW_KERNEL_CAST : kernel, d, 0);
    if (floats || shared->scale_count > 1) /* judged apart; two sums instead of one maximum */
        tw_work_add(work, TW_KERNEL_READ, d, 0);
}

void TW_T(tw_coded_charge_mean)(const struct tw_coded_shared *shared, struct tw_work *work)
{
    uint64_t d = shared->problem.dimension;
    tw_work_add(work, TW_KERNEL_DEQUANTISE,
                is_summed(shared) ? d : d * (uint64_t)shared->problem.ranks, 0);
    if (shared->totals) /* codes, or lanes while they are judged, become sums first */
        tw_work_add(work, TW_KERNEL_CAST, shared->lane ? d : d * (uint64_t)shared->problem.ranks,
                    0);
    if (shared->rotates)
        tw_work_add(work, TW_KERNEL_ADD, d * TW_HADAMARD_PASSES, 0);
}

void TW_T(tw_coded_charge_own)(const struct tw_coded_shared *shared, struct tw_work *work)
{
    uint64_t d = shared->problem.dimension;
    tw_work_add(work, TW_KERNEL_DEQUANTISE, d, 0);
    if (!shared->rotates)
        return;
    tw_work_add(work, TW_KERNEL_ADD, d * TW_HADAMARD_PASSES, 0);
    tw_work_add(work, TW_KERNEL_ADD, d, 0);
}

tw_status TW_T(tw_coded_plan)(const struct tw_coder *coder, const struct tw_problem *problem,
                              struct tw_plan *plan)
{
    struct tw_coded_shared shared;
    describe(coder, problem, &shared);
    if (shared.elias)
        return TW_REFUSED;
    if (tw_plan_open(plan, TW_T(tw_coded_phases)(coder, problem)) != TW_OK)
        return TW_MEMORY;
    struct tw_plan_phase *last = &plan->phases[plan->phase_count - 1];
    if (plan->phase_count == 2)
        plan->phases[0] = (struct tw_plan_phase){.kind = TW_SUM,
                                                 .element = TW_REAL_ELEMENT,
                                                 .combine = coder->combine,
                                                 .count = shared.group_count};
    last->kind = is_summed(&shared) ? TW_SUM : TW_GATHER;
    last->element = shared.element;
    last->combine = TW_COMBINE_SUM;
    last->count = (shared.lane ? 4 * shared.words : shared.wire_B) / tw_element_B(shared.element);
    TW_T(tw_coded_charge_measure)(&shared, &plan->phases[0].local);
    TW_T(tw_coded_charge_code)(&shared, &last->local);
    TW_T(tw_coded_charge_mean)(&shared, &plan->mean);
    TW_T(tw_coded_charge_own)(&shared, &plan->own);
    return TW_OK;
}
