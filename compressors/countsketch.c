/* Count-Sketch: a small table of signed sums in which the ranks' vectors add up, and the k values
 * that look largest in the sum of all tables.
 *
 *     T_i = table of x_i (table_real.h), rows × c      T = Σ_i T_i     all-reduce, no indices
 *     e[j] = median over the rows of what T says of j; I = the k largest |e[j]|, ties to the lower
 *     values=exact   mean[j] = Σ_i x_i[j]/N for j in I: a second all-reduce, of k values
 *     values=table   mean[j] = e[j]/N       for j in I; else 0
 *
 * c = max(1, ⌊width·d⌋), k = max(1, ⌊kept·d⌋), of the bucket as a whole.
 * Source: Rothchild et al., "FetchSGD: Communication-Efficient Federated Learning with Sketching",
 * ICML 2020 (arXiv 2007.07682): values=table; Ivkin et al., "Communication-efficient distributed
 * SGD with Sketching", NeurIPS 2019 (arXiv 1903.04488): the second round.
 * Wire: 4·rows·c bytes per rank, and 4·k for values=exact. Cost: rows·d hashes and additions into
 * the table, the same to read it, O(d) to choose.
 *
 * values=exact: C(x_i) is x_i at I and 0 elsewhere, so error feedback of any kind is exact and
 * leaves nothing behind at I; ‖C(x) − x‖ ≤ ‖x‖ always. A bad table only chooses badly.
 * values=table: given I and the rows m of the medians all is linear, C(x_i)[j] =
 * s_m(j)·T_i[m][h_m(j)]. It may be farther from x than 0 is (table_real.h): with ef14 the memory
 * grows without bound unless single values hold more than ‖x‖²/c. It is for feedback of type none.
 * memory=sketch (FetchSGD, table_memory_real.h): momentum and error are tables too, under hashes
 * fixed for the run, and belong to all ranks alike: C(x_i)[j] = what T_i and the held table say
 * together. For feedback of type none: another keeps the error twice.
 * Departures from the papers: the second round asks for k values and keeps them all, where Ivkin et
 * al. ask for more candidates than they keep. Options are shares of d instead of absolute sizes
 * (defaults: FetchSGD's 5 × 500 000 and k = 50 000 for a ResNet9 of 6.5 million values); hashes are
 * not four-wise independent polynomials but a keyed mixer. Not finite: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include "base/vec.h"
#include "callbacks.h"
#include "common_real.h"
#include "parts.h"
#include "select_real.h"
#include "sum.h"
#include "table_memory_real.h"
#include "table_real.h"

enum values { VALUES_EXACT, VALUES_TABLE };
static const char *const values_names[] = {"exact", "table", NULL};
enum memory { MEMORY_NONE, MEMORY_SKETCH };
static const char *const memory_names[] = {"none", "sketch", NULL};

struct params {
    uint64_t rows;
    double width, kept, momentum;
    int values, memory;
};

static const struct tw_option options[] = {
    {"rows", TW_OPTION_COUNT, offsetof(struct params, rows), "5", 1, TW_TABLE_ROWS_MOST, 0, NULL,
     "rows", "rows of the table, an odd number"},
    {"width", TW_OPTION_REAL, offsetof(struct params, width), "0.08", 0.0, 1e6, 1, NULL,
     "share of values", "columns of the table: max(1, floor(width * d))"},
    {"kept", TW_OPTION_REAL, offsetof(struct params, kept), "0.008", 0.0, 1.0, 1, NULL,
     "share of values", "values chosen by the table: k = max(1, floor(kept * d))"},
    {"values", TW_OPTION_CHOICE, offsetof(struct params, values), "exact", 0, 0, 0, values_names,
     "", "of the chosen: exact, summed in a second exchange, or the table's estimates"},
    {"memory", TW_OPTION_CHOICE, offsetof(struct params, memory), "none", 0, 0, 0, memory_names, "",
     "sketch: momentum and error are kept as tables, with values=table and feedback none"},
    {"momentum", TW_OPTION_REAL, offsetof(struct params, momentum), "0", 0.0, 0.9999, 0, NULL, "",
     "of memory=sketch: what is left of the momentum's table in a step"},
};

struct shared {
    struct tw_common_shared common; /* sum: of values=exact */
    struct tw_table table;
    const tw_real *cells;   /* their sum, borrowed from the answer */
    unsigned char *medians; /* values=table: the row of the median, of every chosen value */
    tw_real *estimates;     /* of every value */
    tw_real *trial_cells;
    uint32_t *trial;
    void *scratch;
    struct tw_table_memory memory;
    tw_real *taken; /* memory=sketch: the mean at the chosen */
};

struct rank_state {
    struct tw_common_rank common; /* values=exact */
    tw_real *cells;
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static uint64_t columns_of(const struct tw_problem *problem)
{
    double columns = params_of(problem)->width * (double)problem->dimension + 1e-9;
    if (problem->dimension == 0)
        return 0;
    return columns < 1.0 ? 1 : (uint64_t)columns;
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    return tw_count_floor(params_of(problem)->kept, problem->dimension);
}

static int is_exact(const struct tw_problem *problem)
{
    return params_of(problem)->values == VALUES_EXACT;
}

static int remembers(const struct tw_problem *problem)
{
    return params_of(problem)->memory == MEMORY_SKETCH;
}

static uint64_t cells_of(const struct tw_problem *problem)
{
    return params_of(problem)->rows * columns_of(problem);
}

static tw_status check(const struct tw_problem *problem, struct tw_err *err)
{
    const struct params *params = params_of(problem);
    tw_status status = tw_table_rows_check(params->rows, err);
    if (status == TW_OK)
        status =
            tw_table_memory_check(remembers(problem), !is_exact(problem), params->momentum, err);
    if (status != TW_OK)
        return status;
    if (problem->dimension > UINT32_MAX || columns_of(problem) > INT32_MAX)
        return tw_err_set(err, TW_RANGE, "the bucket or the table's columns exceed 32-bit hashes");
    return TW_OK;
}

static tw_status suits(const struct tw_problem *model, struct tw_err *err)
{
    return tw_table_suits(params_of(model)->rows, params_of(model)->width, model->dimension,
                          cells_of(model), err);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    uint64_t d = problem->dimension, kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    tw_common_carve(problem, kept, TW_VALUE_OWN, arena, &shared->common);
    shared->medians = tw_arena_take(arena, is_exact(problem) ? 0 : kept, sizeof *shared->medians);
    shared->estimates = tw_arena_take(arena, d, sizeof(tw_real));
    shared->trial_cells = tw_arena_take(arena, cells_of(problem), sizeof(tw_real));
    shared->trial = tw_arena_take(arena, kept, sizeof *shared->trial);
    TW_T(tw_table_memory_carve)(arena, remembers(problem) ? cells_of(problem) : 0, &shared->memory);
    shared->taken = tw_arena_take(arena, remembers(problem) ? kept : 0, sizeof *shared->taken);
    shared->scratch = tw_arena_take(arena, TW_T(tw_select_scratch_B)(d, kept), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    tw_arena_take(arena, 1, sizeof *own);
    tw_common_carve_rank(problem, is_exact(problem) ? kept_of(problem) : 0, TW_VALUE_OWN, arena,
                         &own->common);
    own->cells = tw_arena_take(arena, cells_of(problem), sizeof(tw_real));
}

TW_CARVED_SIZES(struct shared, struct rank_state)

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    struct shared *shared = state;
    carve(problem, &arena, shared);
    shared->table.rows = params_of(problem)->rows;
    shared->table.columns = columns_of(problem);
    shared->table.dimension = problem->dimension;
    shared->memory.decay = params_of(problem)->momentum;
}

/* Fresh hashes: with fixed ones the same values would meet in every step, and be chosen again and
 * again, whatever is sent for them; with memory=sketch their cells are cleared. */
static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->common.problem;
    struct tw_stream_key key = {
        problem->seed,    problem->repetition, TW_RANK_ALL, remembers(problem) ? 0 : step, 0,
        TW_PURPOSE_SKETCH};
    tw_table_draw(&shared->table, key);
    if (remembers(problem))
        TW_T(tw_table_memory_begin)(&shared->memory, step);
}

TW_CARVED_OPEN_RANK

static int phases(const struct tw_problem *problem)
{
    return is_exact(problem) ? 2 : 1;
}

static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t touched = params_of(problem)->rows * problem->dimension;
    tw_work_add(work, TW_KERNEL_ZERO, cells_of(problem), 0);
    tw_work_add(work, TW_KERNEL_TABLE, touched, 0);
}

static void charge_digest(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t touched = params_of(problem)->rows * problem->dimension;
    tw_work_add(work, TW_KERNEL_READ, cells_of(problem), 0);
    tw_work_add(work, TW_KERNEL_TABLE, touched, 0);
    tw_work_add(work, TW_KERNEL_SELECT, problem->dimension, kept_of(problem));
    if (!remembers(problem))
        return;
    uint64_t cleared = 2 * params_of(problem)->rows * kept_of(problem);
    tw_work_add(work, TW_KERNEL_ADD, 3 * cells_of(problem), 0);
    tw_work_add(work, TW_KERNEL_TABLE, cleared, 0);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    uint64_t kept = kept_of(problem);
    if (tw_plan_open(out, phases(problem)) != TW_OK)
        return TW_MEMORY;
    /* mean and own are alike with and without the second exchange */
    tw_common_plan(problem, kept, TW_VALUE_OWN, &out->phases[out->phase_count - 1], out);
    if (is_exact(problem))
        tw_work_add(&out->phases[1].local, TW_KERNEL_PACK, kept, kept);
    tw_sum_plan(&out->phases[0], TW_REAL_ELEMENT, cells_of(problem));
    charge_local(problem, &out->phases[0].local);
    charge_digest(problem, &out->phases[0].digest);
    return TW_OK;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    const struct tw_common_shared *common = &shared->common;
    struct rank_state *own = own_state;
    const tw_real *from = x;
    tw_real *values = own->common.values;
    (void)rank;
    (void)inbox;
    if (phase == 0) {
        TW_T(tw_table_fill)(&shared->table, x, own->cells);
        charge_local(&common->problem, work);
        *request = tw_sum_request(TW_REAL_ELEMENT, cells_of(&common->problem), own->cells);
        return TW_OK;
    }
    for (uint64_t n = 0; n < common->kept; n++)
        values[n] = from[common->indices[n]];
    TW_T(tw_common_request)(common, &own->common, request, work);
    tw_work_add(work, TW_KERNEL_PACK, common->kept, common->kept);
    return TW_OK;
}

static tw_real estimate(const struct shared *shared, const tw_real *cells, uint64_t n)
{
    return TW_T(tw_table_entry)(&shared->table, cells, shared->medians[n],
                                shared->common.indices[n]);
}

/* The estimates are the mean; what stays in the memory is the rest. */
static void take(struct shared *shared)
{
    for (uint64_t n = 0; n < shared->common.kept; n++)
        shared->taken[n] = estimate(shared, shared->cells, n);
    TW_T(tw_table_memory_clear)
    (&shared->memory, &shared->table, shared->common.indices, shared->taken, shared->common.kept);
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    struct tw_common_shared *common = &shared->common;
    if (phase == 1)
        return TW_T(tw_common_take)(common, answer, work);
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, cells_of(&common->problem)))
        return TW_CORRUPT;
    shared->cells = answer->data;
    if (remembers(&common->problem)) {
        TW_T(tw_table_memory_add)(&shared->memory, answer->data, common->problem.ranks);
        shared->cells = shared->memory.next_error;
    }
    charge_digest(&common->problem, work);
    tw_status status = TW_T(tw_table_choose)(&shared->table, shared->cells, common->kept,
                                             shared->scratch, shared->estimates, common->indices);
    if (is_exact(&common->problem))
        return status;
    tw_real value;
    for (uint64_t n = 0; status == TW_OK && n < common->kept; n++)
        shared->medians[n] = (unsigned char)TW_T(tw_table_median)(&shared->table, shared->cells,
                                                                  common->indices[n], &value);
    if (status == TW_OK && remembers(&common->problem))
        take(shared);
    return status;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->common.problem;
    tw_real *into = out, ranks = (tw_real)problem->ranks;
    if (is_exact(problem)) {
        TW_T(tw_common_mean)(state, out, work);
        return;
    }
    TW_T(tw_vec_zero)(into, problem->dimension);
    for (uint64_t n = 0; n < shared->common.kept; n++)
        into[shared->common.indices[n]] =
            remembers(problem) ? shared->taken[n] : estimate(shared, shared->cells, n) / ranks;
    tw_common_charge_mean(problem, shared->common.kept, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    if (is_exact(&shared->common.problem)) {
        TW_T(tw_common_own)(state, own_state, rank, scale, y, work);
        return;
    }
    for (uint64_t n = 0; n < shared->common.kept; n++) {
        tw_real value = estimate(shared, mine->cells, n);
        value += remembers(&shared->common.problem) ? estimate(shared, shared->memory.held, n) : 0;
        into[shared->common.indices[n]] += factor * value;
    }
    tw_common_charge_own(shared->common.kept, work);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    const struct tw_common_shared *common = &shared->common;
    const tw_real *values = x;
    (void)own_state;
    TW_T(tw_table_fill)(&shared->table, values, shared->trial_cells);
    for (uint64_t c = 0; c < shared->memory.cells; c++)
        shared->trial_cells[c] = shared->memory.held[c] + shared->trial_cells[c];
    if (TW_T(tw_table_choose)(&shared->table, shared->trial_cells, common->kept, shared->scratch,
                              shared->estimates, shared->trial) != TW_OK)
        return NAN;
    if (is_exact(&common->problem))
        return TW_T(tw_dropped_norm2)(x, common->problem.dimension, shared->trial, common->kept);
    return TW_T(tw_table_missed)(&shared->table, values, shared->estimates, shared->trial,
                                 common->kept);
}

const struct tw_compressor TW_T(tw_compressor_countsketch) = {
    .member = {.name = "countsketch",
               .summary = "the largest values as seen in a table of signed sums, all-reduced",
               .source = "Ivkin et al. 2019, arXiv 1903.04488; Rothchild et al. 2020, 2007.07682",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = check,
    .suits = suits,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = tw_common_support,
    .try_alone = try_alone,
};
