/* ARC-Top-K with exact row norms: an ablation of its sketch, and no way to save bytes.
 *
 *     X̄ = (1/N) Σ_ranks X_rank                 all-reduce of the whole, dense
 *     I = the K units of largest ‖X̄[j]‖², ties to the lower one
 *     mean = X̄[I], else 0;  a rank's C(X_rank) = X_rank[I]
 *     ‖mean − X̄‖² ≤ (1 − K/m)‖X̄‖², always: what the sketch only nearly gives
 *
 * Source: the "exact" variant in the numerical experiment of arXiv 2510.26709's authors.
 * Wire: B·d bytes per rank, as dense; the values need no second exchange, because their sum is
 * known. Cost: one read of the sum, O(m) to choose. A norm that is not finite is refused; dense
 * vectors pass such numbers on. Units and K as arctopk's (ceil by default). */
#include <math.h>
#include <stddef.h>
#include "base/vec.h"
#include "callbacks.h"
#include "sum.h"
#include "units_real.h"

static const struct tw_option options[] = {
    TW_UNITS_OPTION_ROWS,
};

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    tw_status status = tw_units_plan(problem, 0, out);
    if (status != TW_OK)
        return status;
    out->phases[0].count = problem->dimension;
    tw_work_clear(&out->phases[0].local);
    tw_units_charge_norms(problem, &out->phases[0].digest);
    tw_units_charge_choice(problem, &out->phases[0].digest);
    return TW_OK;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct tw_units_shared *shared = state;
    struct tw_units_rank *own = own_state;
    (void)rank, (void)phase, (void)inbox;
    own->x = x;
    *request = tw_sum_request(TW_REAL_ELEMENT, shared->problem.dimension, x);
    (void)work; /* x itself is sent */
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct tw_units_shared *shared = state;
    (void)phase;
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, shared->problem.dimension))
        return TW_CORRUPT;
    shared->sum = answer->data;
    tw_units_charge_norms(&shared->problem, work);
    tw_units_charge_choice(&shared->problem, work);
    return TW_T(tw_units_choose_own)(shared, answer->data, shared->chosen);
}

static void mean(void *state, void *out, struct tw_work *work)
{
    struct tw_units_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    const tw_real *sum = shared->sum;
    tw_real *into = out, ranks = (tw_real)problem->ranks;
    struct tw_support kept;
    tw_units_support(shared, NULL, 0, &kept);
    TW_T(tw_vec_zero)(into, problem->dimension);
    for (uint64_t i = 0; i < kept.count; i++)
        into[kept.indices[i]] = sum[kept.indices[i]] / ranks;
    tw_work_add(work, TW_KERNEL_ZERO, problem->dimension, 0);
    for (int t = 0; t < problem->tensor_count; t++)
        tw_arc_charge_unpack(&shared->views[t], work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    struct tw_units_shared *shared = state;
    const struct tw_units_rank *mine = own_state;
    const tw_real *x = mine->x;
    tw_real *into = y, factor = (tw_real)scale;
    struct tw_support kept;
    (void)rank;
    tw_units_support(shared, NULL, 0, &kept);
    for (uint64_t i = 0; i < kept.count; i++)
        into[kept.indices[i]] += factor * x[kept.indices[i]];
    for (int t = 0; t < shared->problem.tensor_count; t++)
        tw_arc_charge_unpack(&shared->views[t], work);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct tw_units_shared *shared = state;
    (void)own_state;
    if (TW_T(tw_units_choose_own)(shared, x, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_units_left)(shared, shared->trial, x);
}

/* Nothing is proven of one rank's vector when others have a say, but of the identity. */
static double delta(const struct tw_problem *problem)
{
    return tw_units_least_share(problem) == 1.0 ? 1.0 : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_arc_exact) = {
    .member = {.name = "arc_exact",
               .summary = "ablation: rows of most energy in the average, by a dense all-reduce",
               .source = "arXiv 2510.26709",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_units_params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = tw_units_check,
    .suits = tw_units_suits,
    .sizes = tw_units_sizes,
    .open = tw_units_open,
    .open_rank = tw_units_open_rank,
    .phases = tw_callback_one_phase,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = tw_units_support,
    .try_alone = try_alone,
    .delta = delta,
};
