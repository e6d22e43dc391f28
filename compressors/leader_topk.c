/* Leader's Top-K: one rank chooses the indices for all, and every step another rank does.
 *
 *     ℓ = t mod N;  I = the k largest |x_ℓ|, ties to the lower index;  k = max(1, ⌊ρd⌋)
 *     C(x_i)_I = x_i,I, else 0, on every rank;  mean = (1/N) Σ_i C(x_i), by all-reduce
 *
 * Source: CLT-k of Chen et al., "ScaleCom", NeurIPS 2020 (arXiv 2104.11125); the same exchange is
 * STAR-Topk of Tyagi and Swany, "Flexible Communication for Optimal Distributed Learning over
 * Unpredictable Networks", 2023 (arXiv 2312.02493).
 * Wire: the leader broadcasts 4·k bytes of indices, then every rank contributes 4·k bytes of values
 * to an all-reduce: unlike Top-K's all-gather nothing grows with N. Cost: one selection on the
 * leader, O(d); O(k) elsewhere, while the others wait for it.
 * Only the leader's ‖C(x)−x‖² is at most (1 − k/d)‖x‖²: the paper's contraction for the average
 * supposes that ranks are alike, so with more than one rank nothing is claimed.
 * Departures: ScaleCom's low-pass filter is a matter of the feedback rule, and its choice of one
 * value per chunk is not made: the selection here is exact. Indices travel as u32 (64 bits in the
 * released code of STAR-Topk, after a message with their number, which all ranks know here).
 * A leader whose values are not finite refuses (TW_INPUT); the others' pass on where they are kept.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "common_real.h"
#include "half_real.h"
#include "largest_real.h"

struct params {
    double ratio;
    int scope, values;
};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0, tw_scope_names,
     "", "whether k is kept of every tensor or of the bucket as a whole"},
    TW_CODEC_VALUES_ROW(struct params),
};

struct shared {
    struct tw_common_shared common;
    struct tw_largest what;
    uint32_t step;
    uint32_t *trial; /* indices of try_alone */
    void *scratch;
};

struct rank_state {
    struct tw_common_rank common;
    uint32_t *indices; /* sent as the leader */
};

static struct tw_largest what_of(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return (struct tw_largest){(enum tw_scope)params->scope, params->ratio};
}

static enum tw_value value_of(const struct tw_problem *problem)
{
    return (enum tw_value)((const struct params *)problem->params)->values;
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    return tw_parts_kept(problem, what.scope, what.ratio);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    uint64_t kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    tw_common_carve(problem, kept, value_of(problem), arena, &shared->common);
    shared->what = what_of(problem);
    shared->trial = tw_arena_take(arena, kept, sizeof *shared->trial);
    shared->scratch = tw_arena_take(arena, TW_T(tw_largest_scratch_B)(problem, &shared->what), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    uint64_t kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *own);
    tw_common_carve_rank(problem, kept, value_of(problem), arena, &own->common);
    own->indices = tw_arena_take(arena, kept, sizeof *own->indices);
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
    struct tw_arena arena = {state, 0};
    carve(problem, &arena, state);
}

static void open_rank(const struct tw_problem *problem, void *state, void *own_state, int rank)
{
    struct tw_arena arena = {own_state, 0};
    (void)state;
    (void)rank;
    carve_rank(problem, &arena, own_state);
}

static int phases(const struct tw_problem *problem)
{
    (void)problem;
    return 2;
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    struct tw_largest what = what_of(problem);
    uint64_t kept = kept_of(problem);
    out->phases = calloc(2, sizeof *out->phases);
    if (!out->phases)
        return TW_MEMORY;
    out->phase_count = 2;
    out->phases[0].kind = TW_BROADCAST;
    out->phases[0].element = TW_ELEMENT_U32;
    out->phases[0].count = kept;
    out->phases[0].rooted = 1;
    tw_largest_charge(problem, &what, &out->phases[0].root_local);
    tw_work_add(&out->phases[1].local, TW_KERNEL_PACK, kept, kept);
    tw_common_plan(problem, kept, value_of(problem), &out->phases[1], out);
    return TW_OK;
}

static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    shared->step = step;
}

/* The leader's choice; nobody else looks at its values yet. */
static tw_status lead(const struct shared *shared, struct rank_state *own, int rank, const void *x,
                      struct tw_request *request, struct tw_work *work)
{
    const struct tw_problem *problem = &shared->common.problem;
    int leader = (int)(shared->step % (uint32_t)problem->ranks);
    *request = (struct tw_request){.kind = TW_BROADCAST,
                                   .element = TW_ELEMENT_U32,
                                   .count = shared->common.kept,
                                   .data = rank == leader ? own->indices : NULL,
                                   .root = leader};
    if (rank != leader)
        return TW_OK;
    tw_largest_charge(problem, &shared->what, work);
    return TW_T(tw_largest_choose)(problem, &shared->what, x, shared->scratch, own->indices);
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
    (void)inbox;
    if (phase == 0)
        return lead(shared, own, rank, x, request, work);
    for (uint64_t n = 0; n < common->kept; n++)
        values[n] = from[common->indices[n]];
    tw_work_add(work, TW_KERNEL_PACK, common->kept, common->kept);
    TW_T(tw_common_request)(common, &own->common, request, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    struct tw_common_shared *common = &shared->common;
    if (phase == 1)
        return TW_T(tw_common_take)(common, answer, work);
    if (answer->kind != TW_BROADCAST || answer->element != TW_ELEMENT_U32 ||
        answer->count != common->kept ||
        !tw_largest_fits(&common->problem, &shared->what, answer->data))
        return TW_CORRUPT;
    if (common->kept > 0)
        memcpy(common->indices, answer->data, common->kept * sizeof *common->indices);
    return TW_OK;
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const struct tw_common_shared *common = &shared->common;
    (void)own_state;
    if (TW_T(tw_largest_choose)(&common->problem, &shared->what, x, shared->scratch,
                                shared->trial) != TW_OK)
        return NAN;
    const tw_real *values = x;
    double sum = TW_T(tw_dropped_norm2)(x, common->problem.dimension, shared->trial, common->kept);
    for (uint64_t n = 0; n < common->kept; n++)
        sum += TW_T(tw_half_lost2)(common->value, values[shared->trial[n]]);
    return sum;
}

static double delta(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    double share = tw_parts_least_share(problem, what.scope, what.ratio);
    return problem->ranks == 1 ? tw_codec_value_delta(value_of(problem), share) : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_leader_topk) = {
    .member = {.name = "leader_topk",
               .summary = "values at the k largest of a rank that takes turns, all-reduced (CLT-k)",
               .source = "Chen et al., ScaleCom, 2020, arXiv 2104.11125",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_BROADCAST | 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = TW_T(tw_common_mean),
    .own = TW_T(tw_common_own),
    .support = tw_common_support,
    .try_alone = try_alone,
    .delta = delta,
};
