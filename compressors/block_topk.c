/* Block Top-K: every rank keeps its own rows or blocks of largest energy, exactly, and sends them
 * with their numbers.
 *
 *     C(x)_I = x_I, else 0;  I: the K units of largest ‖x[j]‖², ties to the lower one
 *     ‖C(x)−x‖² ≤ (1 − K/m)‖x‖²;  mean = (1/N) Σ_ranks C(x_rank), by all-gather
 *
 * Source: Fei, Ho, Sahu, Canini and Sapio, "Efficient Sparse Collective Communication and its
 * application to Accelerate Distributed Deep Learning" (OmniReduce), SIGCOMM 2021: blocks of 256 as
 * the unit of sparsity, one index each; also the "local Top-K" of the numerical experiment of arXiv
 * 2510.26709's authors. It has ARC-Top-K's units without its consensus.
 * Wire: K·(B·n + 4) bytes per matrix and rank, a kept short block filled up with zeros; dense
 * vectors B·n without a number. Cost: one read for the norms, O(m) to choose. A norm that is not
 * finite is refused; dense vectors pass such numbers on. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/vec.h"
#include "codec.h"
#include "units_real.h"

static const struct tw_option options[] = {
    TW_UNITS_OPTION_ROWS,
};

struct shared {
    struct tw_units_shared units;
    const unsigned char **messages; /* of every rank, borrowed from the answer */
    uint32_t *chosen;               /* of the ranks, one behind the other */
    uint64_t *next;                 /* of every rank: of its chosen units, those that are added */
    double *sum;                    /* of one unit, or of one row of columns */
    uint64_t numbers;               /* units whose numbers travel */
};

struct rank_state {
    struct tw_units_rank units;
    uint32_t *chosen, *indices;
    unsigned char *wire;
};

static uint64_t wire_B(const struct tw_problem *problem)
{
    return tw_units_totals(problem).values * sizeof(tw_real) + 4 * tw_units_scored(problem);
}

/* Values that mean() adds at a time. */
static uint64_t stretch_of(const struct tw_view *view)
{
    return view->kind == TW_VIEW_COLUMNS ? view->units : view->width;
}

static uint64_t longest_stretch(const struct tw_problem *problem)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    uint64_t most = 0;
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        most = stretch_of(&view) > most ? stretch_of(&view) : most;
    }
    return most;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    tw_arena_take(arena, 1, sizeof *shared);
    tw_units_carve(problem, arena, &shared->units);
    shared->messages = tw_arena_take(arena, (uint64_t)problem->ranks, sizeof *shared->messages);
    shared->chosen = tw_arena_take(arena, (uint64_t)problem->ranks * shared->units.totals.chosen,
                                   sizeof *shared->chosen);
    shared->next = tw_arena_take(arena, (uint64_t)problem->ranks, sizeof *shared->next);
    shared->sum = tw_arena_take(arena, longest_stretch(problem), sizeof *shared->sum);
    shared->numbers = tw_units_scored(problem);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    struct tw_view_totals totals = tw_units_totals(problem);
    tw_arena_take(arena, 1, sizeof *own);
    tw_units_carve_rank(problem, arena, &own->units);
    own->chosen = tw_arena_take(arena, totals.chosen, sizeof *own->chosen);
    own->indices = tw_arena_take(arena, totals.values, sizeof *own->indices);
    own->wire = tw_arena_take(arena, wire_B(problem), 1);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct shared shared;
    struct rank_state own;
    carve(problem, &whole, &shared);
    carve_rank(problem, &each, &own);
    *shared_B = whole.used;
    *rank_B = each.used;
}

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_arena arena = {state, 0};
    struct shared *shared = state;
    struct tw_view_totals totals = {0};
    carve(problem, &arena, shared);
    for (int t = 0; t < problem->tensor_count; t++)
        shared->units.views[t] = tw_view_next(&shape, &problem->tensors[t], &totals);
}

static void open_rank(const struct tw_problem *problem, void *state, void *own_state, int rank)
{
    struct tw_arena arena = {own_state, 0};
    (void)state, (void)rank;
    carve_rank(problem, &arena, own_state);
}

static int phases(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

static void charge_mean(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t values = tw_units_totals(problem).values;
    tw_work_add(work, TW_KERNEL_ZERO, problem->dimension, 0);
    tw_work_add(work, TW_KERNEL_ADD, (uint64_t)problem->ranks * values, 0);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    tw_status status = tw_units_plan(problem, 0, out);
    if (status != TW_OK)
        return status;
    out->phases[0].kind = TW_GATHER;
    out->phases[0].element = TW_ELEMENT_BYTE;
    out->phases[0].count = wire_B(problem);
    tw_units_charge_norms(problem, &out->phases[0].local);
    tw_units_charge_choice(problem, &out->phases[0].local);
    tw_work_clear(&out->mean);
    charge_mean(problem, &out->mean);
    return TW_OK;
}

static void write_numbers(const struct tw_units_shared *units, const uint32_t *chosen,
                          unsigned char *wire)
{
    for (int t = 0; t < units->problem.tensor_count; t++) {
        const struct tw_view *view = &units->views[t];
        if (!tw_units_is_scored(view))
            continue;
        memcpy(wire, chosen + view->chosen_at, 4 * view->kept);
        wire += 4 * view->kept;
    }
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct shared *shared = state;
    struct rank_state *own = own_state;
    struct tw_units_shared *units = &shared->units;
    uint64_t values_B = units->totals.values * sizeof(tw_real);
    (void)rank, (void)phase, (void)inbox;
    tw_status status = TW_T(tw_units_choose_own)(units, x, own->chosen);
    if (status != TW_OK)
        return status;
    TW_T(tw_units_pack)(units, &own->units, own->chosen, x, work);
    tw_units_charge_norms(&units->problem, work);
    tw_units_charge_choice(&units->problem, work);
    if (values_B > 0)
        memcpy(own->wire, own->units.values, values_B);
    write_numbers(units, own->chosen, own->wire + values_B);
    *request = (struct tw_request){.kind = TW_GATHER,
                                   .element = TW_ELEMENT_BYTE,
                                   .count = values_B + 4 * shared->numbers,
                                   .data = own->wire};
    return TW_OK;
}

/* Numbers of every view ascend and exist: into chosen. */
static tw_status read_numbers(const struct tw_units_shared *units, const unsigned char *numbers,
                              uint32_t *chosen)
{
    uint64_t at = 0;
    for (int t = 0; t < units->problem.tensor_count; t++) {
        const struct tw_view *view = &units->views[t];
        uint64_t least = 0;
        if (!tw_units_is_scored(view))
            continue;
        for (uint64_t c = 0; c < view->kept; c++) {
            uint64_t number = tw_codec_index(numbers, 4, at++);
            if (number < least || number >= view->units)
                return TW_CORRUPT;
            chosen[view->chosen_at + c] = (uint32_t)number;
            least = number + 1;
        }
    }
    return TW_OK;
}

/* Of rank r; a dense view's only unit, 0, is there from the start. */
static uint32_t *chosen_of(const struct shared *shared, int r)
{
    return shared->chosen + (uint64_t)r * shared->units.totals.chosen;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    struct tw_units_shared *units = &shared->units;
    uint64_t values_B = units->totals.values * sizeof(tw_real);
    uint64_t size_B = values_B + 4 * shared->numbers;
    const unsigned char *data = answer->data;
    (void)phase, (void)work;
    if (answer->kind != TW_GATHER || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != units->problem.ranks)
        return TW_CORRUPT;
    for (int r = 0; r < answer->ranks; r++) {
        if (answer->starts[r] != (uint64_t)r * size_B ||
            answer->starts[r + 1] != ((uint64_t)r + 1) * size_B)
            return TW_CORRUPT;
        shared->messages[r] = data + (uint64_t)r * size_B;
        tw_status status =
            read_numbers(units, shared->messages[r] + values_B, chosen_of(shared, r));
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

static tw_real value_at(const unsigned char *values, uint64_t i)
{
    tw_real value;
    memcpy(&value, values + i * sizeof value, sizeof value);
    return value;
}

/* The values of view t in the message of rank r, as tw_view_pack laid them out. */
static const unsigned char *values_of(const struct shared *shared, const struct tw_view *view,
                                      int r)
{
    return shared->messages[r] + view->values_at * sizeof(tw_real);
}

static void give(const struct shared *shared, uint64_t n, tw_real *out)
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = (tw_real)shared->sum[i] / (tw_real)shared->units.problem.ranks;
}

/* Row by row of the matrix: columns of every rank are added to a row of sums. */
static void mean_columns(const struct shared *shared, const struct tw_view *view, tw_real *out)
{
    for (uint64_t i = 0; i < view->width; i++) {
        memset(shared->sum, 0, view->units * sizeof *shared->sum);
        for (int r = 0; r < shared->units.problem.ranks; r++) {
            const uint32_t *chosen = chosen_of(shared, r) + view->chosen_at;
            const unsigned char *values = values_of(shared, view, r);
            for (uint64_t c = 0; c < view->kept; c++)
                shared->sum[chosen[c]] += (double)value_at(values, i * view->kept + c);
        }
        give(shared, view->units, out + i * view->units);
    }
}

/* The lowest unit that a rank has and is not added yet; view->units: none. */
static uint64_t lowest_left(const struct shared *shared, const struct tw_view *view)
{
    uint64_t lowest = view->units;
    for (int r = 0; r < shared->units.problem.ranks; r++) {
        const uint32_t *chosen = chosen_of(shared, r) + view->chosen_at;
        if (shared->next[r] < view->kept && chosen[shared->next[r]] < lowest)
            lowest = chosen[shared->next[r]];
    }
    return lowest;
}

/* Unit by unit of those that some rank has; the others stay zero. */
static void mean_units(const struct shared *shared, const struct tw_view *view, tw_real *out)
{
    int ranks = shared->units.problem.ranks;
    uint64_t unit;
    TW_T(tw_vec_zero)(out, view->size);
    memset(shared->next, 0, (uint64_t)ranks * sizeof *shared->next);
    while ((unit = lowest_left(shared, view)) < view->units) {
        uint64_t width = tw_view_width(view, unit);
        memset(shared->sum, 0, width * sizeof *shared->sum);
        for (int r = 0; r < ranks; r++) {
            const uint32_t *chosen = chosen_of(shared, r) + view->chosen_at;
            uint64_t c = shared->next[r];
            if (c == view->kept || chosen[c] != unit)
                continue;
            for (uint64_t i = 0; i < width; i++)
                shared->sum[i] += (double)value_at(values_of(shared, view, r), c * view->width + i);
            shared->next[r]++;
        }
        give(shared, width, out + unit * view->width);
    }
}

/* Ranks are added in double in their order, rounded once, and divided. */
static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->units.problem;
    tw_real *into = out;
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_view *view = &shared->units.views[t];
        if (view->kind == TW_VIEW_COLUMNS)
            mean_columns(shared, view, into + view->start);
        else
            mean_units(shared, view, into + view->start);
    }
    charge_mean(problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    const tw_real *values = mine->units.values;
    (void)rank;
    for (int t = 0; t < shared->units.problem.tensor_count; t++) {
        const struct tw_view *view = &shared->units.views[t];
        TW_T(tw_view_add)
        (view, mine->chosen + view->chosen_at, (tw_real)scale, values + view->values_at, y);
        tw_arc_charge_unpack(view, work);
    }
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct shared *shared = state;
    struct rank_state *mine = own_state;
    uint64_t count = 0;
    (void)rank;
    for (int t = 0; t < shared->units.problem.tensor_count; t++) {
        const struct tw_view *view = &shared->units.views[t];
        count += tw_view_indices(view, mine->chosen + view->chosen_at, mine->indices + count);
    }
    *out = (struct tw_support){0, count, mine->indices};
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    (void)own_state;
    if (TW_T(tw_units_choose_own)(&shared->units, x, shared->units.trial) != TW_OK)
        return NAN;
    return TW_T(tw_units_left)(&shared->units, shared->units.trial, x);
}

static double delta(const struct tw_problem *problem)
{
    return tw_units_least_share(problem);
}

const struct tw_compressor TW_T(tw_compressor_block_topk) = {
    .member = {.name = "block_topk",
               .summary = "each rank's rows or blocks of most energy, all-gathered",
               .source = "Fei et al. 2021 (OmniReduce, SIGCOMM)",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_units_params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    .precision = TW_THIS_PRECISION,
    .check = tw_units_check,
    .suits = tw_units_suits,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
    .delta = delta,
};
