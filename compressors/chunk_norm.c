/* Chunk-norm consensus (TopKC): rows or blocks chosen by the sum over ranks of their exact
 * energies, so that all ranks keep the same ones and an all-reduce of them is enough.
 *
 *     s_j = Σ_ranks ‖X_rank[j]‖²              all-reduce of m numbers
 *     I = the K units of largest s_j, ties to the lower one
 *     mean = (1/N) Σ_ranks X_rank[I]          all-reduce of K·n values, no indices
 *     Σ_ranks ‖X_rank − C(X_rank)‖² ≤ (1 − K/m) Σ_ranks ‖X_rank‖²
 *
 * Source: Han, Vargaftik, Mitzenmacher, Karp and Ben Basat, "Beyond Throughput and Compression
 * Ratios: Towards High End-to-end Utility of Gradient Compression", arXiv 2407.01378 (TopK
 * Chunked). ARC-Top-K's closest relative: one exact number per unit instead of r random ones, but
 * the energies of the ranks' own units, not of their average: ranks that cancel are not seen to.
 * Nothing is proven of one rank alone, nor of the average. Wire: B·(m + K·n) bytes per rank. Cost:
 * one read for the norms, O(m) to choose. Norms are made in double and rounded to the precision
 * they are summed in. The paper's chunks are blocks of a flat vector: rows="blocks"
 * vectors="blocks" columns="…"; the default units are ARC-Top-K's. A norm that is not finite is
 * refused; dense vectors pass such numbers on. */
#include <math.h>
#include <stddef.h>
#include "select_real.h"
#include "sum.h"
#include "units_real.h"

static const struct tw_option options[] = {
    TW_UNITS_OPTION_ROWS,
    TW_CODEC_VALUES_ROW(struct tw_units_params),
};

static int phases(const struct tw_problem *problem)
{
    return 1 + (tw_units_totals(problem).sketch > 0);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    int first = phases(problem) - 1;
    tw_status status = tw_units_plan(problem, first, out);
    if (status != TW_OK || first == 0)
        return status;
    tw_sum_plan(&out->phases[0], TW_REAL_ELEMENT, tw_units_totals(problem).sketch);
    tw_units_charge_norms(problem, &out->phases[0].local);
    tw_units_charge_choice(problem, &out->phases[0].digest);
    return TW_OK;
}

static void score(struct tw_units_shared *shared, const tw_real *x, tw_real *scores)
{
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        if (!tw_units_is_scored(view))
            continue;
        TW_T(tw_units_norms)(view, x, shared->scores);
        for (uint64_t j = 0; j < view->units; j++)
            scores[view->sketch_at + j] = (tw_real)shared->scores[j];
    }
}

static tw_status choose(struct tw_units_shared *shared, const tw_real *scores, uint32_t *chosen)
{
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        if (!tw_units_is_scored(view))
            continue;
        for (uint64_t j = 0; j < view->units; j++)
            shared->scores[j] = (double)scores[view->sketch_at + j];
        tw_status status = tw_select_f64(shared->scores, view->units, view->kept, shared->scratch,
                                         chosen + view->chosen_at);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct tw_units_shared *shared = state;
    struct tw_units_rank *own = own_state;
    (void)rank, (void)inbox;
    if (phase == phases(&shared->problem) - 1) {
        TW_T(tw_units_pack)(shared, own, shared->chosen, x, work);
        TW_T(tw_units_request)(shared, own, request, work);
        return TW_OK;
    }
    score(shared, x, own->scores);
    tw_units_charge_norms(&shared->problem, work);
    *request = tw_sum_request(TW_REAL_ELEMENT, shared->totals.sketch, own->scores);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct tw_units_shared *shared = state;
    if (phase == phases(&shared->problem) - 1)
        return TW_T(tw_units_take)(shared, answer, work);
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, shared->totals.sketch))
        return TW_CORRUPT;
    tw_units_charge_choice(&shared->problem, work);
    return choose(shared, answer->data, shared->chosen);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct tw_units_shared *shared = state;
    struct tw_units_rank *own = own_state;
    score(shared, x, own->scores);
    if (choose(shared, own->scores, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_units_left)(shared, shared->trial, x);
}

/* Nothing is proven of one rank's vector when others have a say, but of the identity. */
static double delta(const struct tw_problem *problem)
{
    double share = tw_units_least_share(problem) == 1.0 ? 1.0 : -1.0;
    return tw_codec_value_delta(tw_units_value(problem), share);
}

const struct tw_compressor TW_T(tw_compressor_chunk_norm) = {
    .member = {.name = "chunk_norm",
               .summary = "rows or blocks of most energy summed over ranks, all-reduced",
               .source = "arXiv 2407.01378",
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
    .phases = phases,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = TW_T(tw_units_mean),
    .own = TW_T(tw_units_own),
    .support = tw_units_support,
    .try_alone = try_alone,
    .delta = delta,
};
