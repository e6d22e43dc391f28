/* Members that keep whole units: shapes, state, plan and answers. */
#include "units_real.h"

#include "select_real.h"
#include "sum.h"

const char *const tw_units_rows_names[] = {"output", "input", "blocks", NULL};
const char *const tw_units_rounding_names[] = {"ceil", "floor", NULL};
const char *const tw_units_vectors_names[] = {"dense", "blocks", NULL};

struct tw_arc_params tw_units_shape(const struct tw_problem *problem)
{
    const struct tw_units_params *params = problem->params;
    return (struct tw_arc_params){.ratio = params->ratio,
                                  .sketch = 1,
                                  .columns = params->columns,
                                  .rows = params->rows,
                                  .rounding = params->rounding,
                                  .vectors = params->vectors ? TW_ARC_CUT : TW_ARC_DENSE};
}

tw_status tw_units_check(const struct tw_problem *problem, struct tw_err *err)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_problem as_arc = *problem;
    as_arc.params = &shape;
    return tw_arc_check(&as_arc, err);
}

tw_status tw_units_suits(const struct tw_problem *model, struct tw_err *err)
{
    struct tw_arc_params shape = tw_units_shape(model);
    struct tw_problem as_arc = *model;
    as_arc.params = &shape;
    return tw_arc_blocks_suit(&as_arc, err);
}

struct tw_view_totals tw_units_totals(const struct tw_problem *problem)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++)
        tw_view_next(&shape, &problem->tensors[t], &totals);
    return totals;
}

enum tw_value tw_units_value(const struct tw_problem *problem)
{
    return (enum tw_value)((const struct tw_units_params *)problem->params)->values;
}

uint64_t tw_units_scored(const struct tw_problem *problem)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    uint64_t count = 0;
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        count += tw_units_is_scored(&view) ? view.kept : 0;
    }
    return count;
}

double tw_units_least_share(const struct tw_problem *problem)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    double least = 1.0;
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        double share = view.units > 0 ? (double)view.kept / (double)view.units : 1.0;
        least = share < least ? share : least;
    }
    return least;
}

static size_t scratch_B(const struct tw_problem *problem)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    size_t most = 0;
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        size_t need =
            tw_units_is_scored(&view) ? tw_select_scratch_B_f64(view.units, view.kept) : 0;
        most = need > most ? need : most;
    }
    return most;
}

void tw_units_carve(const struct tw_problem *problem, struct tw_arena *arena,
                    struct tw_units_shared *shared)
{
    struct tw_view_totals totals = tw_units_totals(problem);
    shared->problem = *problem;
    shared->totals = totals;
    shared->views = tw_arena_take(arena, (uint64_t)problem->tensor_count, sizeof *shared->views);
    shared->chosen = tw_arena_take(arena, totals.chosen, sizeof *shared->chosen);
    shared->trial = tw_arena_take(arena, totals.chosen, sizeof *shared->trial);
    shared->indices = tw_arena_take(arena, totals.values, sizeof *shared->indices);
    shared->scores = tw_arena_take(arena, totals.most_units, sizeof *shared->scores);
    shared->bitmap = tw_arena_take(arena, (totals.most_units + 31) / 32, sizeof *shared->bitmap);
    shared->scratch = tw_arena_take(arena, scratch_B(problem), 1);
    shared->wide = tw_arena_take(arena, tw_codec_rounded(tw_units_value(problem), totals.values),
                                 tw_precision_B(problem->precision));
}

void tw_units_carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                         struct tw_units_rank *rank)
{
    struct tw_view_totals totals = tw_units_totals(problem);
    rank->scores = tw_arena_take(arena, totals.sketch, tw_precision_B(problem->precision));
    rank->values = tw_arena_take(arena, totals.values, tw_precision_B(problem->precision));
    rank->halves = tw_arena_take(arena, tw_codec_rounded(tw_units_value(problem), totals.values),
                                 sizeof *rank->halves);
}

void tw_units_sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct tw_units_shared shared;
    struct tw_units_rank rank;
    tw_arena_take(&whole, 1, sizeof shared);
    tw_units_carve(problem, &whole, &shared);
    tw_arena_take(&each, 1, sizeof rank);
    tw_units_carve_rank(problem, &each, &rank);
    *shared_B = whole.used;
    *rank_B = each.used;
}

void tw_units_open(const struct tw_problem *problem, void *state)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_arena arena = {state, 0};
    struct tw_units_shared *shared = state;
    struct tw_view_totals totals = {0};
    tw_arena_take(&arena, 1, sizeof *shared);
    tw_units_carve(problem, &arena, shared);
    for (int t = 0; t < problem->tensor_count; t++)
        shared->views[t] = tw_view_next(&shape, &problem->tensors[t], &totals);
}

void tw_units_open_rank(const struct tw_problem *problem, void *state, void *own_state, int rank)
{
    struct tw_arena arena = {own_state, 0};
    (void)state;
    (void)rank;
    tw_arena_take(&arena, 1, sizeof(struct tw_units_rank));
    tw_units_carve_rank(problem, &arena, own_state);
}

void tw_units_support(void *state, void *own_state, int rank, struct tw_support *out)
{
    struct tw_units_shared *shared = state;
    uint64_t count = 0;
    (void)own_state;
    (void)rank;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        count += tw_view_indices(view, shared->chosen + view->chosen_at, shared->indices + count);
    }
    *out = (struct tw_support){0, count, shared->indices};
}

/* Units are read once, as fast as memory gives them. (NORM is for sums that arithmetic bounds:
 * scores of sketches, moments.) */
void tw_units_charge_norms(const struct tw_problem *problem, struct tw_work *work)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        if (tw_units_is_scored(&view))
            tw_work_add(work, TW_KERNEL_READ, view.size, 0);
    }
}

void tw_units_charge_choice(const struct tw_problem *problem, struct tw_work *work)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        if (tw_units_is_scored(&view))
            tw_work_add(work, TW_KERNEL_SELECT, view.units, view.kept);
    }
}

tw_status tw_units_plan(const struct tw_problem *problem, int first, struct tw_plan *plan)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    if (tw_plan_open(plan, first + 1) != TW_OK)
        return TW_MEMORY;
    tw_work_add(&plan->mean, TW_KERNEL_ZERO, problem->dimension, 0);
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        tw_arc_charge_pack(&view, &plan->phases[first].local);
        tw_arc_charge_unpack(&view, &plan->mean);
        tw_arc_charge_unpack(&view, &plan->own);
    }
    enum tw_value value = tw_units_value(problem);
    tw_codec_charge(value, totals.values, &plan->phases[first].local);
    tw_codec_charge(value, totals.values, &plan->phases[first].digest);
    tw_sum_plan(&plan->phases[first], tw_codec_value_element(value, problem->precision),
                totals.values);
    return TW_OK;
}
