/* Ok-Topk: a sparse all-reduce whose bytes do not grow with the ranks, with thresholds used again.
 *
 *     L_i = {j: |x_i[j]| ≥ θ_i, x_i[j] ≠ 0};   θ_i: the k-th largest |x_i|, found anew every τ'
 * steps slice q: boundaries[q] … boundaries[q+1] − 1, the average over ranks of the indices that
 * cut L_i into N equal parts, found anew every τ steps S[j] = Σ_{i: j ∈ L_i} x_i[j] at the owner of
 * j's slice G = {j: |S[j]| ≥ Θ};   Θ: the k-th largest |S|, found anew every τ' steps mean[j] =
 * S[j]/N for j in G, else 0;   C(x_i) = x_i on L_i ∩ G, else 0
 *
 * k = max(1, ⌊ρd⌋) of the bucket as a whole; ties with a threshold are all kept.
 * Source: Li and Hoefler, "Near-Optimal Sparse Allreduce for Distributed Deep Learning", PPoPP 2022
 * (arXiv 2201.07598), algorithms 1 and 2; τ = 64, τ' = 32 as there.
 * Wire, per rank i and owner q:  every τ steps 8·(N − 1) bytes into an all-reduce of boundaries;
 * 4·N + (B + 4)·|L_i| into the all-to-all; every τ' steps 4 + B·|S_q| into an all-gather of sums;
 * 4 + (B + 4)·|G_q| into the all-gather of the result. An exchange that is not due is none.
 * Values may travel as fp16 or bf16 (B = 2), the gathered sums and the result too; indices as u64
 * or, slice by slice, as bitmap or Rice-coded gaps (codec.h). Thresholds look at a rank's own
 * values before and at sums after they are rounded; what rounding takes from a sum in G, or what
 * lies beyond the type's largest number, is missing in its owner's C(x), so its memory keeps it.
 * With k entries on every side the paper counts less than 6k(N − 1)/N words, values and indices one
 * each. Cost: one pass over x, O(d), and a selection every τ' steps; owners O(entries).
 * What is sent and then lost at an owner (L_i without G) stays in the rank's memory: error feedback
 * is that of algorithm 2. One rank's C(x) loses nothing it did not keep, so ‖C(x)−x‖ ≤ ‖x‖, but
 * between two looks at a threshold it may keep nothing: no δ > 0 is proven.
 *
 * Departures: the all-gather is not preceded by the paper's balancing of the owners' shares
 * (neither is the released code's); sizes travel at the head of each message. The released code
 * also corrects thresholds by 1.2 % where counts leave a band around k, and is dense for its first
 * 512 steps (the feedback rules' `warmup` does that). Boundaries are u64. A step that does not
 * follow its predecessor finds everything anew. Not finite: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "above_real.h"
#include "base/vec.h"
#include "half_real.h"
#include "oktopk_real.h"
#include "parts.h"
#include "select_real.h"

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct tw_oktopk_params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"thresholds", TW_OPTION_COUNT, offsetof(struct tw_oktopk_params, thresholds), "32", 1, 1e9, 0,
     NULL, "steps", "steps that thresholds are used for before they are found anew"},
    {"boundaries", TW_OPTION_COUNT, offsetof(struct tw_oktopk_params, boundaries), "64", 1, 1e9, 0,
     NULL, "steps", "steps that the slices' boundaries are used for before they are found anew"},
    TW_CODEC_INDEX_ROW(struct tw_oktopk_params),
    TW_CODEC_VALUES_ROW(struct tw_oktopk_params),
};

static const struct tw_oktopk_params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static struct tw_codec_way way_of(const struct tw_problem *problem)
{
    const struct tw_oktopk_params *params = params_of(problem);
    return (struct tw_codec_way){(enum tw_index)params->index, (enum tw_value)params->values};
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    return tw_count_floor(params_of(problem)->ratio, problem->dimension);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena,
                  struct tw_oktopk_shared *shared)
{
    uint64_t d = problem->dimension, ranks = (uint64_t)problem->ranks, kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->way = way_of(problem);
    shared->kept = kept;
    shared->boundaries = tw_arena_take(arena, ranks + 1, sizeof *shared->boundaries);
    tw_split_carve(problem, arena, &shared->split);
    shared->result = tw_arena_take(arena, ranks, sizeof *shared->result);
    shared->global = tw_arena_take(arena, (d + 31) / 32, sizeof *shared->global);
    shared->sums = tw_arena_take(arena, d, sizeof *shared->sums);
    shared->chosen = tw_arena_take(arena, kept, sizeof *shared->chosen);
    shared->scratch = tw_arena_take(arena, TW_T(tw_select_scratch_B)(d, kept), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct tw_oktopk_rank *own)
{
    uint64_t d = problem->dimension;
    struct tw_codec_way way = way_of(problem);
    uint64_t rounded = tw_codec_rounded(way.value, d);
    tw_arena_take(arena, 1, sizeof *own);
    own->indices = tw_arena_take(arena, d, sizeof *own->indices);
    own->support = tw_arena_take(arena, d, sizeof *own->support);
    own->quantiles = tw_arena_take(arena, (uint64_t)problem->ranks, sizeof *own->quantiles);
    tw_split_carve_send(problem, way, d, arena, &own->send);
    own->sum_indices = tw_arena_take(arena, d, sizeof *own->sum_indices);
    own->sums = tw_arena_take(arena, d, sizeof *own->sums);
    tw_union_carve(problem, rounded, arena, &own->lost);
    own->both = tw_arena_take(arena, rounded, sizeof *own->both);
    own->wire = tw_arena_take(arena, tw_split_most_B(problem, way, d, d), 1);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct tw_oktopk_shared shared;
    struct tw_oktopk_rank own;
    carve(problem, &whole, &shared);
    carve_rank(problem, &each, &own);
    *shared_B = whole.used;
    *rank_B = each.used;
}

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    struct tw_oktopk_shared *shared = state;
    carve(problem, &arena, shared);
    shared->boundaries[problem->ranks] = problem->dimension;
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
    return TW_OKTOPK_PHASES;
}

static void begin(void *state, uint32_t step)
{
    struct tw_oktopk_shared *shared = state;
    shared->age = shared->whole && step == shared->step + 1 ? shared->age + 1 : 0;
    shared->step = step;
    shared->whole = 0;
}

/* L_i, and where it would be cut into N equal parts. */
static tw_status choose(struct tw_oktopk_shared *shared, struct tw_oktopk_rank *own,
                        const tw_real *x, struct tw_work *work)
{
    uint64_t d = shared->problem.dimension, ranks = (uint64_t)shared->problem.ranks;
    if (!TW_T(tw_vec_finite)(x, d))
        return TW_INPUT;
    tw_work_add(work, TW_KERNEL_READ, d, 0);
    if (TW_T(tw_oktopk_thresholds_due)(shared)) {
        tw_status status = TW_T(tw_oktopk_kth)(shared, x, d, &own->threshold);
        if (status != TW_OK)
            return status;
        tw_work_add(work, TW_KERNEL_SELECT, d, shared->kept);
        tw_work_add(work, TW_KERNEL_PACK, shared->kept, shared->kept);
    }
    own->x = x;
    own->lost.count = 0;
    own->count =
        TW_T(tw_above_collect)(x, d, TW_T(tw_above_bound)((double)own->threshold), own->indices);
    tw_work_add(work, TW_KERNEL_FILTER, d, own->count);
    for (uint64_t q = 1; q < ranks; q++)
        own->quantiles[q - 1] =
            own->count > 0 ? own->indices[q * own->count / ranks] : q * d / ranks;
    return TW_OK;
}

static void request_of_boundaries(const struct tw_oktopk_shared *shared,
                                  const struct tw_oktopk_rank *own, struct tw_request *request)
{
    *request = (struct tw_request){.kind = TW_SUM,
                                   .element = TW_ELEMENT_U64,
                                   .combine = TW_COMBINE_SUM,
                                   .data = own->quantiles};
    if (TW_T(tw_oktopk_boundaries_due)(shared))
        request->count = (uint64_t)shared->problem.ranks - 1;
}

static tw_status reduce(struct tw_oktopk_shared *shared, struct tw_oktopk_rank *own, int rank,
                        const struct tw_answer *inbox, struct tw_request *request,
                        struct tw_work *work)
{
    enum tw_value value = shared->way.value;
    uint64_t entries, slice = shared->boundaries[rank + 1] - shared->boundaries[rank];
    tw_status status = TW_T(tw_split_reduce)(&shared->problem, shared->way, shared->boundaries,
                                             rank, inbox, &shared->split, own->sum_indices,
                                             own->sums, &own->sum_count, &entries);
    if (status != TW_OK)
        return status;
    tw_codec_charge_read(shared->way.index, shared->way.value, entries, work);
    tw_work_add(work, TW_KERNEL_SCATTER, slice, entries);
    *request =
        (struct tw_request){.kind = TW_GATHER, .element = TW_ELEMENT_BYTE, .data = own->wire};
    if (!TW_T(tw_oktopk_thresholds_due)(shared))
        return TW_OK;
    uint32_t head = (uint32_t)own->sum_count;
    memcpy(own->wire, &head, sizeof head);
    for (uint64_t n = 0; n < own->sum_count; n++)
        TW_T(tw_half_write)(value, own->wire + sizeof head, n, own->sums[n]);
    request->count = sizeof head + own->sum_count * tw_codec_value_B(value, TW_THIS_PRECISION);
    tw_work_add(work, TW_KERNEL_COPY, own->sum_count, 0);
    tw_codec_charge(value, own->sum_count, work);
    return TW_OK;
}

/* The owner's sums that are large enough. */
static void request_of_result(const struct tw_oktopk_shared *shared, struct tw_oktopk_rank *own,
                              int rank, struct tw_request *request, struct tw_work *work)
{
    struct tw_codec_way way = shared->way;
    uint64_t count = 0, bytes;
    tw_work_add(work, TW_KERNEL_SELECT, own->sum_count, 0);
    for (uint64_t n = 0; n < own->sum_count; n++) {
        tw_real sent = TW_T(tw_half_sent)(way.value, own->sums[n]);
        if ((sent < 0 ? -sent : sent) >= shared->threshold) {
            own->sum_indices[count] = own->sum_indices[n];
            own->sums[count++] = own->sums[n];
        }
    }
    tw_codec_charge(way.value, own->sum_count, work);
    own->sum_count = count;
    TW_T(tw_union_round)(way.value, own->sum_indices, own->sums, count, &own->lost);
    bytes = TW_T(tw_split_write)(way, shared->boundaries[rank], shared->boundaries[rank + 1],
                                 own->wire, own->sum_indices, own->sums, count);
    tw_work_add(work, TW_KERNEL_PACK, count, count);
    tw_codec_charge_put(way.index, way.value, count, work);
    *request = (struct tw_request){
        .kind = TW_GATHER, .element = TW_ELEMENT_BYTE, .count = bytes, .data = own->wire};
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct tw_oktopk_shared *shared = state;
    struct tw_oktopk_rank *own = own_state;
    tw_status status;
    switch (phase) {
    case TW_OKTOPK_BOUNDARIES:
        status = choose(shared, own, x, work);
        if (status == TW_OK)
            request_of_boundaries(shared, own, request);
        return status;
    case TW_OKTOPK_SPLIT:
        TW_T(tw_split_request)
        (&shared->problem, shared->way, shared->boundaries, x, own->indices, own->count, &own->send,
         request);
        tw_work_add(work, TW_KERNEL_PACK, own->count, own->count);
        tw_codec_charge_put(shared->way.index, shared->way.value, own->count, work);
        return TW_OK;
    case TW_OKTOPK_SUMS:
        return reduce(shared, own, rank, inbox, request, work);
    default:
        request_of_result(shared, own, rank, request, work);
        return TW_OK;
    }
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct tw_oktopk_shared *shared = state;
    uint64_t entries = 0;
    TW_T(tw_vec_zero)(out, shared->problem.dimension);
    for (int q = 0; q < shared->problem.ranks; q++) {
        TW_T(tw_split_average)(&shared->result[q], shared->problem.ranks, out);
        entries += shared->result[q].count;
    }
    tw_work_add(work, TW_KERNEL_ZERO, shared->problem.dimension, 0);
    tw_work_add(work, TW_KERNEL_SCATTER, entries, entries);
}

/* L_i ∩ G into own->support; returns how many. */
static uint64_t intersect(const struct tw_oktopk_shared *shared, const struct tw_oktopk_rank *own)
{
    uint64_t count = 0;
    for (uint64_t n = 0; n < own->count; n++) {
        uint32_t i = own->indices[n];
        if (shared->global[i / 32] >> (i % 32) & 1U)
            own->support[count++] = i;
    }
    return count;
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct tw_oktopk_shared *shared = state;
    const struct tw_oktopk_rank *mine = own_state;
    uint64_t count = intersect(state, mine);
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t n = 0; n < count; n++)
        into[mine->support[n]] +=
            factor * TW_T(tw_half_sent)(shared->way.value, mine->x[mine->support[n]]);
    TW_T(tw_union_give_back)(&mine->lost, scale, into);
    tw_work_add(work, TW_KERNEL_PACK, mine->count, mine->count); /* the bits of G */
    tw_work_add(work, TW_KERNEL_SCATTER, mine->count + mine->lost.count, count + mine->lost.count);
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct tw_oktopk_rank *mine = own_state;
    (void)rank;
    *out = (struct tw_support){0, intersect(state, mine), mine->support};
    if (mine->lost.count == 0)
        return;
    out->count = tw_union_indices(mine->support, out->count, mine->lost.indices, mine->lost.count,
                                  mine->both);
    out->indices = mine->both;
}

/* With a threshold of its own: one rank's G is its L. */
static double try_alone(void *state, void *own_state, const void *x)
{
    struct tw_oktopk_shared *shared = state;
    const tw_real *values = x;
    tw_real threshold;
    double sum = 0.0;
    (void)own_state;
    if (TW_T(tw_oktopk_kth)(shared, values, shared->problem.dimension, &threshold) != TW_OK)
        return NAN;
    for (uint64_t i = 0; i < shared->problem.dimension; i++)
        if ((values[i] < 0 ? -values[i] : values[i]) < threshold)
            sum += (double)values[i] * (double)values[i];
        else
            sum += TW_T(tw_half_lost2)(shared->way.value, values[i]);
    return sum;
}

const struct tw_compressor TW_T(tw_compressor_oktopk) = {
    .member = {.name = "oktopk",
               .summary = "Ok-Topk: balanced slices, thresholds used again, the largest sums kept",
               .source = "Li and Hoefler, Ok-Topk, 2022, arXiv 2201.07598",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_oktopk_params),
               .traits = TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_SUM | 1U << TW_ALL_TO_ALL | 1U << TW_GATHER},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .begin = begin,
    .local = local,
    .digest = TW_T(tw_oktopk_digest),
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
};
