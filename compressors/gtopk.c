/* gTop-K: the k largest values of a sum of sparse vectors, found while they are merged pairwise.
 *
 *     C(x_i): the k largest |x_i| of rank i, ties to the lower index;  k = max(1, ⌊ρd⌋)
 *     a ⊕ b:  the k largest of |a + b|; what is dropped is kept by the rank that merges
 *     mean = (C(x_0) ⊕ C(x_1) ⊕ …)/N
 *
 * Source: Shi et al., "A Distributed Synchronous SGD Algorithm with Global Top-k Sparsification for
 * Low Bandwidth Networks", ICDCS 2019 (arXiv 1901.04359). The result is not the top k of the sum:
 * an index that loses in one merge may come back in another with a part of its mass.
 * Wire: k·(4 + 4) bytes (fp32) in every hop: 2⌈log2 N⌉ of them for a rank on the paper's tree, half
 * as many by recursive doubling. Bytes do not depend on the data. By option values travel as fp16
 * or bf16, indices as u64, bitmap or Rice-coded gaps (codec.h, whose bytes depend on the data: no
 * plan() then); every merge reads its lists and writes its own anew. What rounding takes from a
 * sum, or what lies beyond the type's largest number, is dropped like the rest. own() of a rank is
 * what it sent minus what its merges dropped, so Σ own = N·mean but for rounding, and error
 * feedback loses nothing. There the paper's algorithm differs: a rank gets back what it sent at
 * indices outside the final k; mass of an index inside that was dropped on the way is lost. Here it
 * is the merging rank that gets it all. It is therefore no contraction of a rank's own x, and
 * nothing is claimed. Sums are rounded in every merge. Cost: one selection, O(d), then O(k) per
 * merge; work is charged for two lists without a common index, the most a merge can have to do.
 * Departures: k is taken per tensor by default, of the model in the authors' code: scope.
 * Not finite, also in a sum: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/vec.h"
#include "gtopk_real.h"
#include "half_real.h"
#include "largest_real.h"
#include "select_real.h"

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct tw_gtopk_params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct tw_gtopk_params, scope), "tensor", 0, 0, 0,
     tw_scope_wide_names, "", "what k is kept of: every tensor, the bucket, or the model"},
    TW_CODEC_INDEX_ROW(struct tw_gtopk_params),
    TW_CODEC_VALUES_ROW(struct tw_gtopk_params),
};

static struct tw_largest what_of(const struct tw_problem *problem)
{
    const struct tw_gtopk_params *params = problem->params;
    return (struct tw_largest){(enum tw_scope)params->scope, params->ratio};
}

static struct tw_codec_way way_of(const struct tw_problem *problem)
{
    const struct tw_gtopk_params *params = problem->params;
    return (struct tw_codec_way){(enum tw_index)params->index, (enum tw_value)params->values};
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    return tw_parts_kept(problem, what.scope, what.ratio);
}

/* The most that a merge drops: k of 2k entries, and where values are rounded a part of the others.
 */
static uint64_t most_lost(const struct tw_problem *problem)
{
    uint64_t kept = kept_of(problem);
    return kept + tw_codec_rounded(way_of(problem).value, kept);
}

/* The most entries that ⌈log2 N⌉ merges drop on one rank. */
static uint64_t most_dropped(const struct tw_problem *problem)
{
    uint64_t most = 0, lost = most_lost(problem);
    for (int reached = 1; reached < problem->ranks && most < problem->dimension; reached *= 2)
        most += lost;
    return most < problem->dimension ? most : problem->dimension;
}

static uint64_t values_B(const struct tw_problem *problem)
{
    return kept_of(problem) * tw_codec_value_B(way_of(problem).value, TW_THIS_PRECISION);
}

/* Of every message; of Rice-coded gaps the most. */
static uint64_t message_B(const struct tw_problem *problem)
{
    return values_B(problem) +
           tw_codec_index_B(way_of(problem).index, kept_of(problem), problem->dimension);
}

static int whole(const void *params)
{
    return ((const struct tw_gtopk_params *)params)->scope == TW_SCOPE_GLOBAL;
}

static void carve_coded(const struct tw_problem *problem, uint64_t entries, struct tw_arena *arena,
                        struct tw_gtopk_shared *shared)
{
    tw_union_carve(problem, entries, arena, &shared->left);
    tw_union_carve(problem, entries, arena, &shared->right);
    tw_union_carve(problem, entries, arena, &shared->picked);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena,
                  struct tw_gtopk_shared *shared)
{
    struct tw_largest what = what_of(problem);
    uint64_t kept = kept_of(problem);
    size_t select_B = 0;
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->what = what;
    shared->way = way_of(problem);
    shared->kept = kept;
    shared->values_B = values_B(problem);
    shared->message_B = message_B(problem);
    shared->most_dropped = most_dropped(problem);
    carve_coded(problem, tw_codec_is_plain(shared->way) ? 0 : kept, arena, shared);
    tw_union_carve(problem, 2 * kept, arena, &shared->both);
    tw_union_carve(problem, most_lost(problem), arena, &shared->lost);
    tw_union_carve(problem, most_dropped(problem) + most_lost(problem), arena, &shared->joined);
    shared->chosen = tw_arena_take(arena, kept, sizeof *shared->chosen);
    shared->trial = tw_arena_take(arena, kept, sizeof *shared->trial);
    shared->scratch = tw_arena_take(arena, TW_T(tw_largest_scratch_B)(problem, &what), 1);
    for (int p = 0; p < tw_parts_count(problem, what.scope); p++) {
        struct tw_part part = tw_part_at(problem, what.scope, what.ratio, p);
        for (uint64_t n = part.kept; n <= 2 * part.kept && part.kept; n += part.kept) {
            size_t need = TW_T(tw_select_scratch_B)(n, part.kept);
            select_B = need > select_B ? need : select_B;
        }
    }
    shared->select = tw_arena_take(arena, select_B, 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct tw_gtopk_rank *own)
{
    uint64_t kept = kept_of(problem), dropped = most_dropped(problem);
    tw_arena_take(arena, 1, sizeof *own);
    own->values = tw_arena_take(arena, kept, sizeof *own->values);
    own->indices = tw_arena_take(arena, kept, sizeof *own->indices);
    own->wire = tw_arena_take(arena, message_B(problem), 1);
    tw_union_carve(problem, dropped, arena, &own->dropped);
    own->support = tw_arena_take(arena, kept + dropped, sizeof *own->support);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct tw_gtopk_shared shared;
    struct tw_gtopk_rank own;
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

/* ---- work ---- */

static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    struct tw_largest what = what_of(problem);
    uint64_t kept = kept_of(problem);
    tw_largest_charge(problem, &what, work);
    tw_work_add(work, TW_KERNEL_PACK, kept, kept);
    tw_codec_charge_put(way_of(problem).index, way_of(problem).value, kept, work);
}

static void charge_digest(const struct tw_problem *problem, struct tw_work *work)
{
    tw_codec_charge_read(way_of(problem).index, way_of(problem).value, kept_of(problem), work);
}

static void charge_mean(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, problem->dimension, kept_of(problem));
}

static void charge_own(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, kept_of(problem), kept_of(problem));
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    if (way_of(problem).index == TW_INDEX_RICE)
        return TW_REFUSED;
    out->phases = calloc(1, sizeof *out->phases);
    if (!out->phases)
        return TW_MEMORY;
    out->phase_count = 1;
    out->phases[0].kind = TW_MERGE;
    out->phases[0].element = TW_ELEMENT_BYTE;
    out->phases[0].count = message_B(problem);
    charge_local(problem, &out->phases[0].local);
    TW_T(tw_gtopk_charge_merge)(kept_of(problem), way_of(problem), &out->phases[0].merge);
    charge_digest(problem, &out->phases[0].digest);
    charge_mean(problem, &out->mean);
    charge_own(problem, &out->own);
    return TW_OK;
}

/* ---- a step ---- */

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct tw_gtopk_shared *shared = state;
    struct tw_gtopk_rank *own = own_state;
    const tw_real *values = x;
    uint64_t kept = shared->kept;
    (void)rank, (void)phase, (void)inbox;
    tw_status status =
        TW_T(tw_largest_choose)(&shared->problem, &shared->what, x, shared->scratch, own->indices);
    if (status != TW_OK)
        return status;
    own->dropped.count = 0;
    for (uint64_t i = 0; i < kept; i++)
        own->values[i] = TW_T(tw_half_sent)(shared->way.value, values[own->indices[i]]);
    *request = (struct tw_request){
        .kind = TW_MERGE,
        .element = TW_ELEMENT_BYTE,
        .count = TW_T(tw_gtopk_write)(shared, own->indices, own->values, own->wire),
        .data = own->wire,
        .room = shared->message_B};
    charge_local(&shared->problem, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct tw_gtopk_shared *shared = state;
    (void)phase;
    charge_digest(&shared->problem, work);
    if (answer->kind != TW_MERGE || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != shared->problem.ranks ||
        !TW_T(tw_gtopk_read)(shared, answer->count, answer->data, &shared->left, &shared->result))
        return TW_CORRUPT;
    return TW_OK;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct tw_gtopk_shared *shared = state;
    const struct tw_union_list *result = &shared->result;
    tw_real *into = out, value;
    TW_T(tw_vec_zero)(into, shared->problem.dimension);
    for (uint64_t i = 0; i < result->count; i++) {
        memcpy(&value, result->values + i * sizeof value, sizeof value);
        into[tw_union_index(result, i)] = value / (tw_real)shared->problem.ranks;
    }
    charge_mean(&shared->problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct tw_gtopk_shared *shared = state;
    const struct tw_gtopk_rank *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t i = 0; i < shared->kept; i++)
        into[mine->indices[i]] += factor * mine->values[i];
    TW_T(tw_union_give_back)(&mine->dropped, scale, into);
    charge_own(&shared->problem, work);
}

/* Its own k indices and those of what it dropped. */
static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct tw_gtopk_shared *shared = state;
    const struct tw_gtopk_rank *mine = own_state;
    uint64_t n = tw_union_indices(mine->indices, shared->kept, mine->dropped.indices,
                                  mine->dropped.count, mine->support);
    (void)rank;
    *out = (struct tw_support){0, n, mine->support};
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct tw_gtopk_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    (void)own_state;
    if (TW_T(tw_largest_choose)(problem, &shared->what, x, shared->scratch, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_dropped_norm2)(x, problem->dimension, shared->trial, shared->kept) +
           TW_T(tw_half_lost2_at)(shared->way.value, x, shared->trial, shared->kept);
}

const struct tw_compressor TW_T(tw_compressor_gtopk) = {
    .member = {.name = "gtopk",
               .summary = "the k largest of the ranks' sum, selected anew in every pairwise merge",
               .source = "Shi et al. 2019, arXiv 1901.04359",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_gtopk_params),
               .traits = TW_AVERAGES_OWN,
               .requests = 1U << TW_MERGE},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .whole = whole,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .local = local,
    .merge = TW_T(tw_gtopk_merge),
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
};
