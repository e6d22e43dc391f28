/* Every value times a fixed factor: a compressor that errs by a known share, for studies.
 *
 *     C(x) = a·x          ‖C(x)−x‖² = (1 − a)²‖x‖², so δ = 1 − (1 − a)² = a(2 − a), 0 < a < 2
 *
 * Source: with a = 1 ∓ √ε the worst case of EF14 and EF21 among all compressors with
 * ‖C(x)−x‖² ≤ ε‖x‖²: Thomsen, Taylor, Dieuleveut, arXiv 2506.05271. It saves nothing on the wire. a
 * > 1 overshoots, which no sparsifier does and the definition of a contraction allows. Each rank
 * scales and rounds its own values; the sum is made in double and rounded once. Wire: B·d bytes per
 * rank, as `none`. Cost: O(d). Not finite: passed on, as by `none`. */
#include <math.h>
#include <stddef.h>
#include "base/vec.h"
#include "callbacks.h"
#include "compressor.h"
#include "sum.h"

struct params {
    double factor;
};

static const struct tw_option options[] = {
    {"factor", TW_OPTION_REAL, offsetof(struct params, factor), "0.5", 0.0, 0x1.fffffffffffffp0, 1,
     NULL, "", "what every value is multiplied by, below 2"},
};

struct shared {
    struct tw_problem problem;
    const void *sum; /* borrowed from the answer */
};

struct rank_state {
    tw_real *values; /* C(x) */
};

static tw_real factor_of(const struct tw_problem *problem)
{
    return (tw_real)((const struct params *)problem->params)->factor;
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    tw_arena_take(arena, 1, sizeof *own);
    own->values = tw_arena_take(arena, problem->dimension, sizeof *own->values);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena each = {NULL, 0};
    struct rank_state own;
    carve_rank(problem, &each, &own);
    *shared_B = sizeof(struct shared);
    *rank_B = each.used;
}

TW_CARVED_OPEN_RANK

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    if (tw_plan_open(out, 1) != TW_OK)
        return TW_MEMORY;
    tw_sum_plan(&out->phases[0], TW_REAL_ELEMENT, problem->dimension);
    tw_work_add(&out->phases[0].local, TW_KERNEL_COPY, problem->dimension, 0);
    tw_work_add(&out->mean, TW_KERNEL_COPY, problem->dimension, 0);
    tw_work_add(&out->own, TW_KERNEL_ADD, problem->dimension, 0);
    return TW_OK;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    const uint64_t d = shared->problem.dimension;
    (void)rank;
    (void)phase;
    (void)inbox;
    TW_T(tw_vec_scale)(own->values, factor_of(&shared->problem), x, d);
    *request = tw_sum_request(TW_REAL_ELEMENT, d, own->values);
    tw_work_add(work, TW_KERNEL_COPY, d, 0);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase;
    (void)work;
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, shared->problem.dimension))
        return TW_CORRUPT;
    shared->sum = answer->data;
    return TW_OK;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    const tw_real *sum = shared->sum, ranks = (tw_real)shared->problem.ranks;
    tw_real *values = out;
    for (uint64_t i = 0; i < shared->problem.dimension; i++)
        values[i] = sum[i] / ranks;
    tw_work_add(work, TW_KERNEL_COPY, shared->problem.dimension, 0);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    (void)rank;
    TW_T(tw_vec_axpy)(y, (tw_real)scale, mine->values, shared->problem.dimension);
    tw_work_add(work, TW_KERNEL_ADD, shared->problem.dimension, 0);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const tw_real *values = x, factor = factor_of(&shared->problem);
    double sum = 0.0;
    (void)own_state;
    for (uint64_t i = 0; i < shared->problem.dimension; i++) {
        const tw_real sent = factor * values[i];
        const double error = (double)sent - (double)values[i];
        sum += error * error;
    }
    return sum;
}

/* Of the factor as the precision holds it; a product is rounded by at most half a unit of its last
 * place, 2^-24 of itself in fp32, 2^-53 in fp64. */
static double delta(const struct tw_problem *problem)
{
    const double factor = (double)factor_of(problem), unit = TW_PRECISION == 32 ? 0x1p-24 : 0x1p-53;
    const double off = fabs(1.0 - factor) + factor * unit;
    return 1.0 - off * off;
}

const struct tw_compressor TW_T(tw_compressor_scaled) = {
    .member = {.name = "scaled",
               .summary = "every value times a fixed factor, summed: the worst case of theory",
               .source = "Thomsen, Taylor, Dieuleveut 2025, arXiv 2506.05271",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .sizes = sizes,
    .open = tw_callback_open_problem,
    .open_rank = open_rank,
    .phases = tw_callback_one_phase,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = tw_callback_support_all,
    .try_alone = try_alone,
    .delta = delta,
};
