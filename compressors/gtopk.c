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
 * as many by recursive doubling. Bytes do not depend on the data.
 * own() of a rank is what it sent minus what its merges dropped, so Σ own = N·mean but for
 * rounding, and error feedback loses nothing. There the paper's algorithm differs: a rank gets back
 * what it sent at indices outside the final k; mass of an index inside that was dropped on the way
 * is lost. Here it is the merging rank that gets it all. It is therefore no contraction of a rank's
 * own x, and nothing is claimed.
 * Sums are rounded in every merge. Cost: one selection, O(d), then O(k) per merge; work is charged
 * for two lists without a common index, the most a merge can have to do.
 * Departures: k is taken per tensor by default, of the model in the authors' code: scope.
 * Not finite, also in a sum: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/vec.h"
#include "largest_real.h"
#include "select_real.h"
#include "union_real.h"

struct params {
    double ratio;
    int scope;
};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0,
     tw_scope_wide_names, "", "what k is kept of: every tensor, the bucket, or the model"},
};

struct shared {
    struct tw_problem problem;
    struct tw_largest what;
    uint64_t kept;
    struct tw_union_list result; /* borrowed from the answer */
    struct tw_union_entries both,
        lost;                       /* scratch: the union of one part; what a whole merge drops */
    struct tw_union_entries joined; /* scratch: what a rank has dropped, with what it drops now */
    uint32_t *chosen, *trial;
    void *scratch, *select;
};

/* Message: k values, then their indices. */
struct rank_state {
    tw_real *values;
    uint32_t *indices;
    unsigned char *wire;
    struct tw_union_entries dropped;
    uint32_t *support;
};

static struct tw_largest what_of(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return (struct tw_largest){(enum tw_scope)params->scope, params->ratio};
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    return tw_parts_kept(problem, what.scope, what.ratio);
}

/* The most entries that ⌈log2 N⌉ merges drop on one rank. */
static uint64_t most_dropped(const struct tw_problem *problem)
{
    uint64_t most = 0, kept = kept_of(problem);
    for (int reached = 1; reached < problem->ranks && most < problem->dimension; reached *= 2)
        most += kept;
    return most < problem->dimension ? most : problem->dimension;
}

static uint64_t message_B(const struct tw_problem *problem)
{
    return kept_of(problem) * (sizeof(tw_real) + sizeof(uint32_t));
}

static int whole(const void *params)
{
    return ((const struct params *)params)->scope == TW_SCOPE_GLOBAL;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    struct tw_largest what = what_of(problem);
    uint64_t kept = kept_of(problem);
    size_t select_B = 0;
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->what = what;
    shared->kept = kept;
    tw_union_carve(problem, 2 * kept, arena, &shared->both);
    tw_union_carve(problem, kept, arena, &shared->lost);
    tw_union_carve(problem, most_dropped(problem) + kept, arena, &shared->joined);
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
                       struct rank_state *own)
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
}

/* Two lists read into one, the k largest of it, and the others given back to the memory. */
static void charge_merge(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t kept = kept_of(problem);
    tw_work_add(work, TW_KERNEL_PACK, 2 * kept, 2 * kept);
    tw_work_add(work, TW_KERNEL_SELECT, 2 * kept, kept);
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
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
    out->phases = calloc(1, sizeof *out->phases);
    if (!out->phases)
        return TW_MEMORY;
    out->phase_count = 1;
    out->phases[0].kind = TW_MERGE;
    out->phases[0].element = TW_ELEMENT_BYTE;
    out->phases[0].count = message_B(problem);
    charge_local(problem, &out->phases[0].local);
    charge_merge(problem, &out->phases[0].merge);
    charge_mean(problem, &out->mean);
    charge_own(problem, &out->own);
    return TW_OK;
}

/* ---- a step ---- */

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct shared *shared = state;
    struct rank_state *own = own_state;
    const tw_real *values = x;
    uint64_t kept = shared->kept, bytes = message_B(&shared->problem);
    (void)rank, (void)phase, (void)inbox;
    tw_status status =
        TW_T(tw_largest_choose)(&shared->problem, &shared->what, x, shared->scratch, own->indices);
    if (status != TW_OK)
        return status;
    own->dropped.count = 0;
    for (uint64_t i = 0; i < kept; i++)
        own->values[i] = values[own->indices[i]];
    if (kept) {
        memcpy(own->wire, own->values, kept * sizeof *own->values);
        memcpy(own->wire + kept * sizeof *own->values, own->indices, kept * sizeof *own->indices);
    }
    *request = (struct tw_request){.kind = TW_MERGE,
                                   .element = TW_ELEMENT_BYTE,
                                   .count = bytes,
                                   .data = own->wire,
                                   .room = bytes};
    charge_local(&shared->problem, work);
    return TW_OK;
}

/* 1: k values, and as many indices in every part as it keeps. */
static int read_list(const struct shared *shared, uint64_t count, const void *data,
                     struct tw_union_list *list)
{
    uint64_t kept = shared->kept;
    if (count != message_B(&shared->problem))
        return 0;
    list->values = data;
    list->indices = kept ? list->values + kept * sizeof(tw_real) : NULL;
    list->count = kept;
    return tw_largest_fits(&shared->problem, &shared->what, (const void *)list->indices);
}

static struct tw_union_list part_of(const struct tw_union_list *list, uint64_t first,
                                    uint64_t count)
{
    return (struct tw_union_list){list->indices + first * sizeof(uint32_t),
                                  list->values + first * sizeof(tw_real), count};
}

/* The part's k largest sums go to c behind the `done` entries of the parts before, the others to
 * what is lost. */
static tw_status merge_part(struct shared *shared, const struct tw_union_list *a,
                            const struct tw_union_list *b, uint64_t kept, unsigned char *c,
                            uint64_t done)
{
    struct tw_union_entries *both = &shared->both, *lost = &shared->lost;
    tw_real *sums = both->values, *lost_sums = lost->values;
    unsigned char *values = c + done * sizeof(tw_real);
    unsigned char *indices = c + shared->kept * sizeof(tw_real) + done * sizeof(uint32_t);
    uint64_t n = TW_T(tw_union_add)(a, b, both->indices, sums), next = 0;
    tw_status status = TW_T(tw_select)(sums, n, kept, shared->select, shared->chosen);
    for (uint64_t i = 0; i < n && status == TW_OK; i++) {
        if (next < kept && shared->chosen[next] == i) {
            memcpy(values + next * sizeof(tw_real), &sums[i], sizeof(tw_real));
            memcpy(indices + next * sizeof(uint32_t), &both->indices[i], sizeof(uint32_t));
            next++;
        } else {
            lost->indices[lost->count] = both->indices[i];
            lost_sums[lost->count++] = sums[i];
        }
    }
    return status;
}

static tw_status merge(void *state, void *own_state, int keeps, const struct tw_partial *a,
                       const struct tw_partial *b, void *c, uint64_t *count, struct tw_work *work)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    struct tw_union_list left, right;
    uint64_t done = 0;
    if (!read_list(shared, a->count, a->data, &left) ||
        !read_list(shared, b->count, b->data, &right))
        return TW_CORRUPT;
    shared->lost.count = 0;
    for (int p = 0; p < tw_parts_count(problem, shared->what.scope); p++) {
        struct tw_part part = tw_part_at(problem, shared->what.scope, shared->what.ratio, p);
        if (part.kept == 0)
            continue;
        struct tw_union_list x = part_of(&left, done, part.kept),
                             y = part_of(&right, done, part.kept);
        tw_status status = merge_part(shared, &x, &y, part.kept, c, done);
        if (status != TW_OK)
            return status;
        done += part.kept;
    }
    *count = message_B(problem);
    charge_merge(problem, work);
    struct rank_state *own = own_state;
    return keeps ? TW_T(tw_union_keep)(&own->dropped, &shared->lost, &shared->joined,
                                       most_dropped(problem))
                 : TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase, (void)work;
    if (answer->kind != TW_MERGE || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != shared->problem.ranks ||
        !read_list(shared, answer->count, answer->data, &shared->result))
        return TW_CORRUPT;
    return TW_OK;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
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
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    const tw_real *dropped = mine->dropped.values;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t i = 0; i < shared->kept; i++)
        into[mine->indices[i]] += factor * mine->values[i];
    for (uint64_t i = 0; i < mine->dropped.count; i++)
        into[mine->dropped.indices[i]] -= factor * dropped[i];
    charge_own(&shared->problem, work);
}

/* Its own k indices and those of what it dropped. */
static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    uint64_t n = tw_union_indices(mine->indices, shared->kept, mine->dropped.indices,
                                  mine->dropped.count, mine->support);
    (void)rank;
    *out = (struct tw_support){0, n, mine->support};
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    (void)own_state;
    if (TW_T(tw_largest_choose)(problem, &shared->what, x, shared->scratch, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_dropped_norm2)(x, problem->dimension, shared->trial, shared->kept);
}

const struct tw_compressor TW_T(tw_compressor_gtopk) = {
    .member = {.name = "gtopk",
               .summary = "the k largest of the ranks' sum, selected anew in every pairwise merge",
               .source = "Shi et al. 2019, arXiv 1901.04359",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
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
    .merge = merge,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
};
