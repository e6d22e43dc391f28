/* ACP-SGD: PowerSGD's two products taken in turn, one of them and one all-reduce per step.
 *
 *     P's turn: Q̂ = a basis of the last Q;  P = (1/N) Σ_i M_i·Q̂;   mean = P·Q̂ᵀ, C(M_i) = M_iQ̂Q̂ᵀ
 *     Q's turn: P̂ = a basis of the last P;  Q = (1/N) Σ_i M_iᵀ·P̂;  mean = P̂·Qᵀ, C(M_i) = P̂P̂ᵀM_i
 *
 * Source: Zhang, Zhang, Shi, Chu and Li, "Evaluation and Optimization of Gradient Compression for
 * Distributed Deep Learning", ICDCS 2023 (arXiv 2306.08881). Bases by modified Gram-Schmidt.
 * Wire: 4·r·m bytes per factored matrix on even steps, 4·r·n on odd ones, 4·n per dense tensor:
 * half of PowerSGD's on average, and plan_turn() says each. Cost: m·n·r multiply-adds, r²·n or r²·m
 * for a basis, m·n·r to expand, for the mean and for the rank's own.
 *
 * Both are projections: ‖M‖² = ‖M − C(M)‖² + ‖C(M)‖² for every rank. No δ > 0 is proven. The mean
 * is the average of C(M_i), and C is linear given the basis.
 *
 * As in the paper, all tensors send P in one step and Q in the next, so messages are long and short
 * in turn. The turn is step mod 2. A step whose turn is not the last one's goes on from the last
 * one's factor; any other, and the first, starts from a basis of normals. Warm, fresh starts, dense
 * tensors and what is not finite are as in powersgd.c. */
#include <stddef.h>
#include "base/vec.h"
#include "callbacks.h"
#include "lowrank_real.h"
#include "sum.h"

static const struct tw_option options[] = {TW_LOWRANK_OPTION_ROWS};

/* P, the left factor, is sent in even steps, Q in odd ones. */
enum { LEFT_TURN, RIGHT_TURN, TURNS };

struct shared {
    struct tw_problem problem;
    struct tw_lowrank_totals totals;
    struct tw_lowrank_view *views;
    tw_real *basis;       /* of the side that is not sent */
    tw_real *factor;      /* the average of what was sent */
    tw_real *scratch;     /* one factor */
    tw_real *trial;       /* another one */
    const tw_real *dense; /* sum of the dense values, borrowed from the answer */
    uint32_t step;
    int turn;
    int whole; /* factor is that of a step that was finished */
};

struct rank_state {
    tw_real *values; /* factors of this turn, dense values */
};

/* Values of factors in the message of a turn, and values of the bases, which are the other side. */
static uint64_t sent_in(const struct tw_lowrank_totals *shapes, int turn)
{
    return turn == LEFT_TURN ? shapes->left : shapes->right;
}

static uint64_t kept_in(const struct tw_lowrank_totals *shapes, int turn)
{
    return turn == LEFT_TURN ? shapes->right : shapes->left;
}

static uint64_t count_in(const struct tw_lowrank_totals *shapes, int turn)
{
    return sent_in(shapes, turn) + shapes->dense;
}

static uint64_t longer(const struct tw_lowrank_totals *shapes)
{
    return shapes->left > shapes->right ? shapes->left : shapes->right;
}

/* Where a tensor's factor of a turn is among all of its side. */
static uint64_t factor_at(const struct tw_lowrank_view *view, int turn)
{
    return turn == LEFT_TURN ? view->left_at : view->right_at;
}

/* The basis that is multiplied with in this turn: of the side that is not sent. */
static const tw_real *basis_of(const struct shared *shared, const struct tw_lowrank_view *view)
{
    return shared->basis + factor_at(view, !shared->turn);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    struct tw_lowrank_totals totals = tw_lowrank_totals(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->totals = totals;
    shared->views = tw_arena_take(arena, (uint64_t)problem->tensor_count, sizeof *shared->views);
    shared->basis = tw_arena_take(arena, longer(&totals), sizeof(tw_real));
    shared->factor = tw_arena_take(arena, longer(&totals), sizeof(tw_real));
    shared->scratch = tw_arena_take(arena, totals.most_side, sizeof(tw_real));
    shared->trial = tw_arena_take(arena, totals.most_side, sizeof(tw_real));
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    struct tw_lowrank_totals shapes = tw_lowrank_totals(problem);
    tw_arena_take(arena, 1, sizeof *own);
    own->values = tw_arena_take(arena, longer(&shapes) + shapes.dense, sizeof(tw_real));
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

static void charge_local(const struct tw_problem *problem, int turn, struct tw_work *work)
{
    struct tw_lowrank_totals shapes = tw_lowrank_totals(problem);
    uint64_t bases = kept_in(&shapes, turn);
    if (tw_lowrank_params_of(problem)->warm == TW_LOWRANK_COLD)
        tw_work_add(work, TW_KERNEL_NORMAL, bases, 0);
    tw_work_add(work, TW_KERNEL_ORTHO, tw_lowrank_rank(problem) * bases, 0);
    if (turn == LEFT_TURN)
        tw_lowrank_charge_left(problem, work);
    else
        tw_lowrank_charge_right(problem, work);
    tw_lowrank_charge_dense(problem, work);
}

static void charge_digest(const struct tw_problem *problem, int turn, struct tw_work *work)
{
    struct tw_lowrank_totals shapes = tw_lowrank_totals(problem);
    tw_work_add(work, TW_KERNEL_COPY, sent_in(&shapes, turn), 0);
}

static tw_status plan_turn(const struct tw_problem *problem, int turn, struct tw_plan *out)
{
    struct tw_lowrank_totals shapes = tw_lowrank_totals(problem);
    if (tw_plan_open(out, 1) != TW_OK)
        return TW_MEMORY;
    tw_sum_plan(&out->phases[0], TW_REAL_ELEMENT, count_in(&shapes, turn));
    charge_local(problem, turn, &out->phases[0].local);
    charge_digest(problem, turn, &out->phases[0].digest);
    tw_lowrank_charge_mean(problem, &out->mean);
    tw_lowrank_charge_expand(problem, &out->own);
    return TW_OK;
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    return plan_turn(problem, LEFT_TURN, out);
}

/* The basis of a tensor: of what was sent in the turn before, or of fresh normals. */
static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    uint64_t r = tw_lowrank_rank(problem);
    int turn = (int)(step % TURNS);
    int chained = shared->whole && step > shared->step && turn != shared->turn &&
                  tw_lowrank_params_of(problem)->warm == TW_LOWRANK_WARM;
    shared->turn = turn;
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        struct tw_stream_key key = {problem->seed, problem->repetition, TW_RANK_ALL,
                                    step,          view->tensor,        TW_PURPOSE_SKETCH};
        if (!view->low)
            continue;
        uint64_t n = turn == LEFT_TURN ? view->columns : view->rows;
        tw_real *basis = shared->basis + factor_at(view, !turn);
        TW_T(tw_lowrank_start)
        (&key, chained ? shared->factor + factor_at(view, !turn) : NULL, n, r, basis);
        TW_T(tw_lowrank_orthogonalise)(basis, n, r, basis);
    }
    shared->step = step;
    shared->whole = 0;
}

/* The product of a matrix in x with its basis, into `to`. */
static void project(const struct shared *shared, const struct tw_lowrank_view *view,
                    const tw_real *x, tw_real *to)
{
    uint64_t r = tw_lowrank_rank(&shared->problem);
    const tw_real *basis = basis_of(shared, view);
    if (shared->turn == LEFT_TURN)
        TW_T(tw_lowrank_left)(view, x, r, basis, shared->scratch, to);
    else
        TW_T(tw_lowrank_right)(view, x, r, basis, shared->scratch, to);
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    const tw_real *values = x;
    const struct tw_lowrank_totals *shapes = &shared->totals;
    uint64_t sent = sent_in(shapes, shared->turn);
    (void)rank;
    (void)phase;
    (void)inbox;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (view->low)
            project(shared, view, values, own->values + factor_at(view, shared->turn));
    }
    TW_T(tw_lowrank_dense_take)(&shared->problem, shared->views, values, own->values + sent);
    charge_local(&shared->problem, shared->turn, work);
    *request = tw_sum_request(TW_REAL_ELEMENT, count_in(shapes, shared->turn), own->values);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    const tw_real *sum = answer->data;
    const struct tw_lowrank_totals *shapes = &shared->totals;
    uint64_t sent = sent_in(shapes, shared->turn);
    (void)phase;
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, count_in(shapes, shared->turn)))
        return TW_CORRUPT;
    charge_digest(&shared->problem, shared->turn, work);
    if (!TW_T(tw_vec_finite)(sum, sent))
        return TW_INPUT;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        uint64_t side = shared->turn == LEFT_TURN ? view->rows : view->columns;
        uint64_t n = view->low ? side * tw_lowrank_rank(&shared->problem) : 0;
        for (uint64_t i = 0; i < n; i++)
            shared->factor[factor_at(view, shared->turn) + i] =
                sum[factor_at(view, shared->turn) + i] / (tw_real)shared->problem.ranks;
    }
    shared->dense = sum + sent;
    shared->whole = 1;
    return TW_OK;
}

/* y += scale · (a factor with the basis of the other side). */
static void expand(const struct shared *shared, const struct tw_lowrank_view *view,
                   const tw_real *factor, tw_real scale, tw_real *y)
{
    uint64_t r = tw_lowrank_rank(&shared->problem);
    const tw_real *basis = basis_of(shared, view);
    int left = shared->turn == LEFT_TURN;
    TW_T(tw_lowrank_expand)
    (view, r, left ? factor : basis, left ? basis : factor, scale, y);
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
            expand(shared, view, shared->factor + factor_at(view, shared->turn), 1, into);
    }
    TW_T(tw_lowrank_dense_mean)(problem, shared->views, shared->dense, into);
    tw_lowrank_charge_mean(problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    const tw_real *dense = mine->values + sent_in(&shared->totals, shared->turn);
    tw_real *into = y;
    (void)rank;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        if (view->low)
            expand(shared, view, mine->values + factor_at(view, shared->turn), (tw_real)scale,
                   into);
    }
    TW_T(tw_lowrank_dense_add)(&shared->problem, shared->views, dense, (tw_real)scale, into);
    tw_lowrank_charge_expand(&shared->problem, work);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    uint64_t r = tw_lowrank_rank(&shared->problem);
    double sum = 0.0;
    (void)own_state;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_lowrank_view *view = &shared->views[t];
        const tw_real *basis = basis_of(shared, view);
        int left = shared->turn == LEFT_TURN;
        if (!view->low)
            continue;
        project(shared, view, x, shared->trial);
        sum += TW_T(tw_lowrank_error)(view, r, left ? shared->trial : basis,
                                      left ? basis : shared->trial, x);
    }
    return sum;
}

const struct tw_compressor TW_T(tw_compressor_acpsgd) = {
    .member = {.name = "acpsgd",
               .summary = "one thin factor of every matrix per step, in turn, all-reduced",
               .source = "Zhang, Zhang, Shi, Chu, Li, ICDCS 2023, arXiv 2306.08881",
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
    .phases = tw_callback_one_phase,
    .plan = plan,
    .turns = TURNS,
    .plan_turn = plan_turn,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = tw_callback_support_all,
    .try_alone = try_alone,
    .delta = tw_lowrank_delta,
};
