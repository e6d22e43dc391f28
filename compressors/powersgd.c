/* PowerSGD: one step of subspace iteration on the average gradient, all-reduced as thin factors.
 *
 *     P = (Σ_i M_i)·Q                 all-reduce of m·r values, M_i the rank's m×n gradient
 *     P̂ = an orthonormal basis of P   modified Gram-Schmidt
 *     Q = (1/N) Σ_i M_iᵀ·P̂            all-reduce of n·r values, and of the dense tensors
 *     mean = P̂·Qᵀ = P̂P̂ᵀ·(average of M_i);   C(M_i) = P̂·(M_iᵀP̂)ᵀ = P̂P̂ᵀM_i
 *
 * Source: Vogels, Karimireddy and Jaggi, "PowerSGD", NeurIPS 2019 (arXiv 1905.13727), algorithm 1.
 * Wire: 4·r·(m + n) bytes per factored matrix, 4·n per dense tensor. Cost: 2·m·n·r multiply-adds,
 * 2·m·r² for the basis, m·n·r to expand, once for the mean and once for the rank's own.
 *
 * P̂P̂ᵀ is a projection: ‖M‖² = ‖M − P̂Qᵀ‖² + ‖Q‖² for one rank, and no rank's C(x) is farther from x
 * than 0 is. No δ > 0 is proven: M·Q may vanish. The mean is the average of C(M_i), and C is linear
 * given P̂. Error feedback with the rank's own loss is the rule ef14; the paper's, with what the
 * mean lost, is the rule `residual`.
 *
 * warm=yes (the paper): Q of a step starts the next one, so that the basis follows the gradient. A
 * step that is not later than the one before it, or that follows one which failed, starts from
 * fresh normals: then what a step sends depends on nothing but the unbroken chain before it.
 * Departures from the paper and its code: ε of the orthogonalisation is relative and drops a
 * dependent column instead of keeping its noise (lowrank_real.h); columns of the warm Q are scaled
 * to length 1, which changes no span and keeps M·Q in range; one that became 0 is drawn again.
 * rate is PyTorch's minimum compression rate. Dense tensors travel in the second message: two
 * all-reduces per step, where PyTorch makes three. Normals of a warm start are drawn once and not
 * charged. Factors that are not finite are refused (TW_INPUT); dense values pass through. */
#include <stddef.h>
#include "base/vec.h"
#include "callbacks.h"
#include "lowrank_real.h"
#include "sum.h"

static const struct tw_option options[] = {TW_LOWRANK_OPTION_ROWS};

struct shared {
    struct tw_problem problem;
    struct tw_lowrank_totals totals;
    struct tw_lowrank_view *views;
    tw_real *start;             /* Q that this step starts from */
    tw_real *left;              /* P̂ */
    tw_real *right;             /* (1/N) Σ Q */
    tw_real *scratch;           /* one factor */
    tw_real *trial_p, *trial_q; /* of one tensor, for try_alone */
    const tw_real *dense;       /* sum of the dense values, borrowed from the answer */
    uint32_t step;
    int whole; /* right is that of a step that was finished */
};

struct rank_state {
    tw_real *left, *values; /* P; Q and then the dense values */
};

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    struct tw_lowrank_totals totals = tw_lowrank_totals(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->totals = totals;
    shared->views = tw_arena_take(arena, (uint64_t)problem->tensor_count, sizeof *shared->views);
    shared->start = tw_arena_take(arena, totals.right, sizeof(tw_real));
    shared->left = tw_arena_take(arena, totals.left, sizeof(tw_real));
    shared->right = tw_arena_take(arena, totals.right, sizeof(tw_real));
    shared->scratch = tw_arena_take(arena, totals.most_side, sizeof(tw_real));
    shared->trial_p = tw_arena_take(arena, totals.most_side, sizeof(tw_real));
    shared->trial_q = tw_arena_take(arena, totals.most_side, sizeof(tw_real));
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    struct tw_lowrank_totals totals = tw_lowrank_totals(problem);
    tw_arena_take(arena, 1, sizeof *own);
    own->left = tw_arena_take(arena, totals.left, sizeof(tw_real));
    own->values = tw_arena_take(arena, totals.right + totals.dense, sizeof(tw_real));
}

TW_CARVED_SIZES(struct shared, struct rank_state)

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    struct shared *shared = state;
    carve(problem, &arena, shared);
    tw_lowrank_views(problem, shared->views);
}

TW_CARVED_OPEN_RANK

static int phases(const struct tw_problem *problem)
{
    return tw_lowrank_totals(problem).low > 0 ? 2 : 1;
}

/* Whether a phase is the first of two; the last one carries Q and the dense values. */
static int is_left(const struct tw_problem *problem, int phase)
{
    return phase + 1 < phases(problem);
}

static uint64_t count_of(const struct tw_lowrank_totals *totals, int left)
{
    return left ? totals->left : totals->right + totals->dense;
}

static void charge_local(const struct tw_problem *problem, int left, struct tw_work *work)
{
    struct tw_lowrank_totals totals = tw_lowrank_totals(problem);
    if (left && tw_lowrank_params_of(problem)->warm == TW_LOWRANK_COLD)
        tw_work_add(work, TW_KERNEL_NORMAL, totals.right, 0);
    if (left) {
        tw_lowrank_charge_left(problem, work);
        return;
    }
    tw_lowrank_charge_right(problem, work);
    tw_lowrank_charge_dense(problem, work);
}

static void charge_digest(const struct tw_problem *problem, int left, struct tw_work *work)
{
    struct tw_lowrank_totals totals = tw_lowrank_totals(problem);
    if (left)
        tw_work_add(work, TW_KERNEL_ORTHO, tw_lowrank_rank(problem) * totals.left, 0);
    else
        tw_work_add(work, TW_KERNEL_COPY, totals.right, 0);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    struct tw_lowrank_totals totals = tw_lowrank_totals(problem);
    int count = phases(problem);
    if (tw_plan_open(out, count) != TW_OK)
        return TW_MEMORY;
    for (int p = 0; p < count; p++) {
        int left = is_left(problem, p);
        tw_sum_plan(&out->phases[p], TW_REAL_ELEMENT, count_of(&totals, left));
        charge_local(problem, left, &out->phases[p].local);
        charge_digest(problem, left, &out->phases[p].digest);
    }
    tw_lowrank_charge_mean(problem, &out->mean);
    tw_lowrank_charge_expand(problem, &out->own);
    return TW_OK;
}

static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    int warm = tw_lowrank_params_of(problem)->warm == TW_LOWRANK_WARM && shared->whole &&
               step > shared->step;
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        struct tw_stream_key key = {problem->seed, problem->repetition, TW_RANK_ALL,
                                    step,          view->tensor,        TW_PURPOSE_SKETCH};
        if (view->low)
            TW_T(tw_lowrank_start)
        (&key, warm ? shared->right + view->right_at : NULL, view->columns,
         tw_lowrank_rank(problem), shared->start + view->right_at);
    }
    shared->step = step;
    shared->whole = 0;
}

static void fill(const struct shared *shared, struct rank_state *own, int left, const tw_real *x)
{
    uint64_t r = tw_lowrank_rank(&shared->problem);
    if (!left)
        TW_T(tw_lowrank_dense_take)
    (&shared->problem, shared->views, x, own->values + shared->totals.right);
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (view->low && left)
            TW_T(tw_lowrank_left)
        (view, x, r, shared->start + view->right_at, shared->scratch, own->left + view->left_at);
        else if (view->low) TW_T(tw_lowrank_right)(view, x, r, shared->left + view->left_at,
                                                   shared->scratch, own->values + view->right_at);
    }
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    int left = is_left(&shared->problem, phase);
    (void)rank;
    (void)inbox;
    fill(shared, own, left, x);
    charge_local(&shared->problem, left, work);
    *request = tw_sum_request(TW_REAL_ELEMENT, count_of(&shared->totals, left),
                              left ? own->left : own->values);
    return TW_OK;
}

static void take_right(struct shared *shared, const tw_real *sum)
{
    tw_real ranks = (tw_real)shared->problem.ranks;
    for (uint64_t i = 0; i < shared->totals.right; i++)
        shared->right[i] = sum[i] / ranks;
    shared->dense = sum + shared->totals.right;
    shared->whole = 1;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    int left = is_left(&shared->problem, phase);
    const tw_real *sum = answer->data;
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, count_of(&shared->totals, left)))
        return TW_CORRUPT;
    charge_digest(&shared->problem, left, work);
    if (!TW_T(tw_vec_finite)(sum, left ? shared->totals.left : shared->totals.right))
        return TW_INPUT;
    for (int t = 0; left && t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (view->low)
            TW_T(tw_lowrank_orthogonalise)
        (sum + view->left_at, view->rows, tw_lowrank_rank(&shared->problem),
         shared->left + view->left_at);
    }
    if (!left)
        take_right(shared, sum);
    return TW_OK;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    tw_real *into = out;
    TW_T(tw_vec_zero)(into, problem->dimension);
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (view->low)
            TW_T(tw_lowrank_expand)
        (view, tw_lowrank_rank(problem), shared->left + view->left_at,
         shared->right + view->right_at, 1, into);
    }
    TW_T(tw_lowrank_dense_mean)(problem, shared->views, shared->dense, into);
    tw_lowrank_charge_mean(problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    const tw_real *dense = mine->values + shared->totals.right;
    tw_real *into = y;
    (void)rank;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (view->low)
            TW_T(tw_lowrank_expand)
        (view, tw_lowrank_rank(&shared->problem), shared->left + view->left_at,
         mine->values + view->right_at, (tw_real)scale, into);
    }
    TW_T(tw_lowrank_dense_add)(&shared->problem, shared->views, dense, (tw_real)scale, into);
    tw_lowrank_charge_expand(&shared->problem, work);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    uint64_t r = tw_lowrank_rank(&shared->problem);
    tw_real *p = shared->trial_p, *q = shared->trial_q;
    double sum = 0.0;
    (void)own_state;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (!view->low)
            continue;
        TW_T(tw_lowrank_left)(view, x, r, shared->start + view->right_at, shared->scratch, p);
        TW_T(tw_lowrank_orthogonalise)(p, view->rows, r, p);
        TW_T(tw_lowrank_right)(view, x, r, p, shared->scratch, q);
        sum += TW_T(tw_lowrank_error)(view, r, p, q, x);
    }
    return sum;
}

const struct tw_compressor TW_T(tw_compressor_powersgd) = {
    .member = {.name = "powersgd",
               .summary = "two thin factors of every matrix by subspace iteration, all-reduced",
               .source = "Vogels, Karimireddy, Jaggi 2019, arXiv 1905.13727",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_lowrank_params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_NEEDS_MATRIX | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .suits = tw_lowrank_suits,
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
    .support = tw_callback_support_all,
    .try_alone = try_alone,
    .delta = tw_lowrank_delta,
};
