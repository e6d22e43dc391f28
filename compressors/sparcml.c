/* SparCML: Top-K's sparse vectors added exactly, pairwise, and dense from where that is smaller.
 *
 *     C(x_i)_I = x_I, else 0;  I = the k largest |x_i|, ties to the lower index;  k = max(1, ⌊ρd⌋)
 *     a ⊕ b = a + b, as a list of n ≤ n_a + n_b entries, or as d values when one of the two is, or
 *             when (n_a + n_b)(4 + B) ≥ d·B; with coded indices when n_a + n_b entries take d·B
 *     mean = (C(x_0) ⊕ C(x_1) ⊕ …)/N: nothing is lost
 *
 * Source: Renggli et al., "SparCML: High-Performance Sparse Communication for Machine Learning",
 * SC 2019 (arXiv 1802.08021): by merge "recursive_doubling" its SSAR_Recursive_double. The switch
 * judges by the sum of the entries, before the union is known, as there.
 * Wire: 4 + (4 + B)·n bytes of a list (count, indices, values), 4 + B·d of a dense vector, B = 4 in
 * fp32; n of the merged lists depends on the data, from k (all alike) to 2^j·k after j merges.
 * By option values travel as fp16 or bf16 (B = 2), in dense vectors too, indices as u64, bitmap or
 * Rice-coded gaps (codec.h; of these the switch takes the most that n_a + n_b may need); every
 * merge reads its lists and writes its own anew. What rounding takes from a sum, or what lies
 * beyond the type's largest number, is missing in the C(x) of the rank that merges, so its memory
 * keeps it. ‖C(x)−x‖² ≤ (1 − k/d)‖x‖²; with rounded sums of several ranks nothing is claimed. Cost:
 * one selection, O(d); O(n) per merge, O(d) where it is dense. Departures: k is taken per tensor or
 * of the bucket (the paper: of every 512 values in a row); sums are rounded in every merge, so the
 * last bits of the mean are those of the schedule. Not finite: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/vec.h"
#include "half_real.h"
#include "sparcml_real.h"

static const char *const dense_names[] = {"switch", "never", NULL};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct tw_sparcml_params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct tw_sparcml_params, scope), "tensor", 0, 0, 0,
     tw_scope_names, "", "whether k is kept of every tensor or of the bucket as a whole"},
    {"dense", TW_OPTION_CHOICE, offsetof(struct tw_sparcml_params, dense), "switch", 0, 0, 0,
     dense_names, "", "whether a sum becomes dense where its lists are no smaller"},
    TW_CODEC_INDEX_ROW(struct tw_sparcml_params),
    TW_CODEC_VALUES_ROW(struct tw_sparcml_params),
};

static const struct tw_sparcml_params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static struct tw_largest what_of(const struct tw_problem *problem)
{
    return (struct tw_largest){(enum tw_scope)params_of(problem)->scope, params_of(problem)->ratio};
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    return tw_parts_kept(problem, what.scope, what.ratio);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena,
                  struct tw_sparcml_shared *shared)
{
    uint64_t d = problem->dimension;
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->what = what_of(problem);
    shared->way = TW_T(tw_sparcml_way)(problem);
    shared->kept = kept_of(problem);
    uint64_t coded = tw_codec_is_plain(shared->way) ? 0 : d;
    uint64_t rounded = tw_codec_rounded(shared->way.value, d);
    tw_union_carve(problem, coded, arena, &shared->left);
    tw_union_carve(problem, coded, arena, &shared->right);
    tw_union_carve(problem, rounded, arena, &shared->lost);
    tw_union_carve(problem, rounded, arena, &shared->joined);
    shared->indices = tw_arena_take(arena, d, sizeof *shared->indices);
    shared->sums = tw_arena_take(arena, d, sizeof *shared->sums);
    shared->trial = tw_arena_take(arena, shared->kept, sizeof *shared->trial);
    shared->scratch = tw_arena_take(arena, TW_T(tw_largest_scratch_B)(problem, &shared->what), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct tw_sparcml_rank *own)
{
    uint64_t kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *own);
    own->values = tw_arena_take(arena, kept, sizeof *own->values);
    own->indices = tw_arena_take(arena, kept, sizeof *own->indices);
    own->wire = tw_arena_take(arena, TW_T(tw_sparcml_list_B)(problem, kept), 1);
    uint64_t rounded = tw_codec_rounded(TW_T(tw_sparcml_way)(problem).value, problem->dimension);
    tw_union_carve(problem, rounded, arena, &own->dropped);
    own->support = tw_arena_take(arena, rounded, sizeof *own->support);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct tw_sparcml_shared shared;
    struct tw_sparcml_rank own;
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
    (void)state, (void)rank;
    carve_rank(problem, &arena, own_state);
}

static int phases(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

/* ---- messages ---- */

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct tw_sparcml_shared *shared = state;
    struct tw_sparcml_rank *own = own_state;
    const tw_real *values = x;
    (void)rank, (void)phase, (void)inbox;
    tw_status status =
        TW_T(tw_largest_choose)(&shared->problem, &shared->what, x, shared->scratch, own->indices);
    if (status != TW_OK)
        return status;
    for (uint64_t i = 0; i < shared->kept; i++)
        own->values[i] = TW_T(tw_half_sent)(shared->way.value, values[own->indices[i]]);
    own->dropped.count = 0;
    *request = (struct tw_request){
        .kind = TW_MERGE,
        .element = TW_ELEMENT_BYTE,
        .count = TW_T(tw_sparcml_write)(shared, own->wire, own->indices, own->values, shared->kept),
        .data = own->wire,
        .room = TW_T(tw_sparcml_room)(&shared->problem, shared->kept)};
    tw_largest_charge(&shared->problem, &shared->what, work);
    tw_work_add(work, TW_KERNEL_PACK, shared->kept, shared->kept);
    tw_codec_charge_put(shared->way.index, shared->way.value, shared->kept, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct tw_sparcml_shared *shared = state;
    (void)phase;
    if (answer->kind != TW_MERGE || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != shared->problem.ranks ||
        !TW_T(tw_sparcml_read)(shared, answer->count, answer->data, &shared->left, &shared->result))
        return TW_CORRUPT;
    tw_codec_charge_read(shared->result.indices ? shared->way.index : TW_INDEX_U32,
                         shared->way.value, shared->result.count, work);
    return TW_OK;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct tw_sparcml_shared *shared = state;
    const struct tw_union_list *result = &shared->result;
    tw_real *into = out;
    /* lists have been widened */
    enum tw_value value = result->indices ? TW_VALUE_OWN : shared->way.value;
    TW_T(tw_vec_zero)(into, shared->problem.dimension);
    for (uint64_t i = 0; i < result->count; i++)
        into[result->indices ? tw_union_index(result, i) : i] =
            TW_T(tw_half_read)(value, result->values, i) / (tw_real)shared->problem.ranks;
    tw_work_add(work, TW_KERNEL_SCATTER, shared->problem.dimension, result->count);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct tw_sparcml_shared *shared = state;
    const struct tw_sparcml_rank *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t i = 0; i < shared->kept; i++)
        into[mine->indices[i]] += factor * mine->values[i];
    TW_T(tw_union_give_back)(&mine->dropped, scale, into);
    uint64_t entries = shared->kept + mine->dropped.count;
    tw_work_add(work, TW_KERNEL_SCATTER, entries, entries);
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct tw_sparcml_shared *shared = state;
    const struct tw_sparcml_rank *mine = own_state;
    (void)rank;
    *out = (struct tw_support){0, shared->kept, mine->indices};
    if (mine->dropped.count == 0)
        return;
    out->count = tw_union_indices(mine->indices, shared->kept, mine->dropped.indices,
                                  mine->dropped.count, mine->support);
    out->indices = mine->support;
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct tw_sparcml_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    (void)own_state;
    if (TW_T(tw_largest_choose)(problem, &shared->what, x, shared->scratch, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_dropped_norm2)(x, problem->dimension, shared->trial, shared->kept) +
           TW_T(tw_half_lost2_at)(shared->way.value, x, shared->trial, shared->kept);
}

/* Of rounded sums the merging rank lacks a part that is of their size, not of its own values'. */
static double delta(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    enum tw_value value = TW_T(tw_sparcml_way)(problem).value;
    double share = tw_parts_least_share(problem, what.scope, what.ratio);
    return value == TW_VALUE_OWN || problem->ranks == 1 ? tw_codec_value_delta(value, share) : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_sparcml) = {
    .member = {.name = "sparcml",
               .summary = "Top-K's lists added pairwise without loss, dense where that is smaller",
               .source = "Renggli et al., SparCML, SC 2019, arXiv 1802.08021",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_sparcml_params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_MERGE},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .local = local,
    .merge = TW_T(tw_sparcml_merge),
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
    .delta = delta,
};
