/* Members with counts by the data: choosing part by part. */
#include "counted_real.h"

#include <math.h>
#include "above_real.h"
#include "base/vec.h"

static void carve(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                  struct tw_arena *arena, struct tw_counted_shared *shared)
{
    struct tw_sparse_way way = kind->way(problem);
    size_t scratch_B = 0;
    tw_arena_take(arena, 1, sizeof *shared);
    tw_sparse_carve(problem, &way, arena, &shared->sparse);
    shared->kind = kind;
    shared->trial = tw_arena_take(arena, problem->dimension, sizeof *shared->trial);
    for (int i = 0; kind->scratch_B && i < tw_parts_count(problem, way.scope); i++) {
        struct tw_part part = tw_part_at(problem, way.scope, way.ratio, i);
        size_t need = kind->scratch_B(problem, part.size, part.kept);
        scratch_B = need > scratch_B ? need : scratch_B;
    }
    shared->scratch = tw_arena_take(arena, scratch_B, 1);
}

void TW_T(tw_counted_sizes)(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                            size_t *shared_B, size_t *rank_B)
{
    struct tw_sparse_way way = kind->way(problem);
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct tw_counted_shared shared;
    struct tw_sparse_rank rank;
    carve(problem, kind, &whole, &shared);
    tw_arena_take(&each, 1, sizeof(struct tw_counted_rank));
    tw_sparse_carve_rank(problem, &way, &each, &rank);
    *shared_B = whole.used;
    *rank_B = each.used;
}

void TW_T(tw_counted_open)(const struct tw_problem *problem, const struct tw_counted_kind *kind,
                           void *state)
{
    struct tw_arena arena = {state, 0};
    carve(problem, kind, &arena, state);
}

static tw_real bound_of(double threshold, double most)
{
    return TW_T(tw_above_bound)(threshold < most ? threshold : most);
}

uint64_t TW_T(tw_choice_count)(const struct tw_choice *choice, double threshold, double most)
{
    tw_choice_charge(choice, TW_KERNEL_READ, choice->size, 0);
    return TW_T(tw_above_count)(choice->x, choice->size, bound_of(threshold, most));
}

uint64_t TW_T(tw_choice_above)(const struct tw_choice *choice, double threshold, double most,
                               uint32_t *out)
{
    uint64_t count =
        TW_T(tw_above_collect)(choice->x, choice->size, bound_of(threshold, most), out);
    tw_choice_charge(choice, TW_KERNEL_FILTER, choice->size, count);
    return count;
}

/* Every part's choice, one behind the other; `kept` counts them. */
static tw_status choose(const struct tw_counted_shared *shared, int rank, const tw_real *x,
                        struct tw_work *work, uint32_t *indices, uint64_t *kept)
{
    const struct tw_problem *problem = &shared->sparse.problem;
    const struct tw_sparse_way *way = &shared->sparse.way;
    *kept = 0;
    if (!TW_T(tw_vec_finite)(x, problem->dimension))
        return TW_INPUT;
    if (work)
        tw_work_add(work, TW_KERNEL_READ, problem->dimension, 0);
    for (int i = 0; i < tw_parts_count(problem, way->scope); i++) {
        struct tw_part part = tw_part_at(problem, way->scope, way->ratio, i);
        struct tw_choice choice = {.problem = problem,
                                   .x = x + part.start,
                                   .size = part.size,
                                   .kept = part.kept,
                                   .rank = (uint32_t)rank,
                                   .step = shared->step,
                                   .tensor = part.tensor,
                                   .scratch = shared->scratch,
                                   .work = work};
        uint64_t count = 0;
        if (part.size == 0)
            continue;
        tw_status status = shared->kind->choose(&choice, indices + *kept, &count);
        if (status != TW_OK)
            return status;
        for (uint64_t n = 0; n < count; n++)
            indices[*kept + n] += (uint32_t)part.start;
        *kept += count;
    }
    return TW_OK;
}

tw_status TW_T(tw_counted_local)(void *state, void *own_state, int rank, int phase, const void *x,
                                 const struct tw_answer *inbox, struct tw_request *request,
                                 struct tw_work *work)
{
    struct tw_counted_shared *shared = state;
    struct tw_counted_rank *own = own_state;
    uint64_t kept;
    (void)inbox;
    tw_status status = choose(shared, rank, x, work, own->sparse.indices, &kept);
    if (status != TW_OK)
        return status;
    TW_T(tw_sparse_fill)(&shared->sparse, &own->sparse, x, kept);
    tw_sparse_charge_pack(&shared->sparse.way, kept, work);
    tw_sparse_request(&shared->sparse, &own->sparse, phase, request);
    return TW_OK;
}

double TW_T(tw_counted_try)(void *state, void *own_state, const void *x)
{
    struct tw_counted_shared *shared = state;
    const struct tw_counted_rank *own = own_state;
    uint64_t kept;
    if (choose(shared, own->rank, x, NULL, shared->trial, &kept) != TW_OK)
        return NAN;
    return TW_T(tw_sparse_left)(&shared->sparse, x, shared->trial, kept);
}
