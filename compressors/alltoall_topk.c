/* Top-K through an all-to-all: every entry goes to the owner of its slice, which adds what the
 * ranks sent it and gives the sums to all.
 *
 *     I_i = the k largest |x_i|, ties to the lower index;  C(x_i)_I = x_I, else 0
 *     slice q: values ⌊qd/N⌋ … ⌊(q+1)d/N⌋ − 1;  owner q: S_q = Σ_i C(x_i) on its slice
 *     mean = S/N, bit for bit that of `topk`: only the way of the bytes differs (but where sums are
 *     rounded: values fp16 and bf16)
 *
 * Source: Renggli et al., "SparCML", SC 2019 (arXiv 1802.08021): SSAR_Split_allgather with
 * gather="sparse", DSAR_Split_allgather with "dense"; with "switch" every owner sends its slice in
 * the form that is smaller, which is the paper's switch of representation.
 * Wire: 4·N + (B + 4)·k bytes into the all-to-all, of which what stays at home does not travel;
 * then, of a slice of n values in which m differ from nothing, 4 + (B + 4)·m bytes (sparse), B·n
 * (dense) or 4 bytes and the less of the two (switch) into an all-gather. An all-gather Top-K sends
 * N·(B + 4)·k; here it is (B + 4)·(k + K) for a union of K ≤ N·k entries, so the more the ranks'
 * choices meet, the more it saves.
 * Values may travel as fp16 or bf16 (B = 2) both ways, indices as u64 or, slice by slice, as bitmap
 * or Rice-coded gaps (codec.h). An owner rounds its sums once more; what that takes, or what lies
 * beyond the type's largest number, is missing in its own C(x), so its memory keeps it.
 * ‖C(x)−x‖² ≤ (1 − k/d)‖x‖²; with rounded sums of several ranks nothing is claimed. Cost: one
 * selection, O(d); owners O(d/N + entries). Departures: lists carry their own length, so that no
 * exchange of sizes goes ahead; slices are even in values. Not finite: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/vec.h"
#include "half_real.h"
#include "largest_real.h"
#include "split_real.h"

enum gather { GATHER_SPARSE, GATHER_DENSE, GATHER_SWITCH };

/* Stands for the count of a list where a whole slice follows. */
#define DENSE_HEAD UINT32_MAX

struct params {
    double ratio;
    int scope, gather, index, values;
};

static const char *const gather_names[] = {"sparse", "dense", "switch", NULL};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0, tw_scope_names,
     "", "whether k is kept of every tensor or of the bucket as a whole"},
    {"gather", TW_OPTION_CHOICE, offsetof(struct params, gather), "sparse", 0, 0, 0, gather_names,
     "", "sums come back with their indices, as whole slices, or as whichever is smaller"},
    TW_CODEC_INDEX_ROW(struct params),
    TW_CODEC_VALUES_ROW(struct params),
};

struct shared {
    struct tw_problem problem;
    struct tw_largest what;
    struct tw_codec_way way;
    uint64_t kept;
    uint64_t *boundaries; /* N + 1 */
    struct tw_split_scratch split;
    struct tw_split_list *sums; /* of every owner; indices NULL: a whole slice */
    uint32_t *trial;            /* indices of try_alone */
    void *scratch;
};

struct rank_state {
    const tw_real *x; /* borrowed for the step */
    uint32_t *indices;
    struct tw_split_send send;
    uint32_t *sum_indices;
    tw_real *sums;
    struct tw_union_entries lost; /* of the sums, by rounding */
    uint32_t *support;            /* of both, where sums are rounded */
    unsigned char *wire;          /* of the gather */
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static struct tw_largest what_of(const struct tw_problem *problem)
{
    return (struct tw_largest){(enum tw_scope)params_of(problem)->scope, params_of(problem)->ratio};
}

static struct tw_codec_way way_of(const struct tw_problem *problem)
{
    const struct params *params = params_of(problem);
    return (struct tw_codec_way){(enum tw_index)params->index, (enum tw_value)params->values};
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    return tw_parts_kept(problem, what.scope, what.ratio);
}

static uint64_t boundary_of(const struct tw_problem *problem, int q)
{
    return (uint64_t)q * problem->dimension / (uint64_t)problem->ranks;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    uint64_t ranks = (uint64_t)problem->ranks;
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->what = what_of(problem);
    shared->way = way_of(problem);
    shared->kept = kept_of(problem);
    shared->boundaries = tw_arena_take(arena, ranks + 1, sizeof *shared->boundaries);
    tw_split_carve(problem, arena, &shared->split);
    shared->sums = tw_arena_take(arena, ranks, sizeof *shared->sums);
    shared->trial = tw_arena_take(arena, shared->kept, sizeof *shared->trial);
    shared->scratch = tw_arena_take(arena, TW_T(tw_largest_scratch_B)(problem, &shared->what), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    uint64_t kept = kept_of(problem), ranks = (uint64_t)problem->ranks;
    uint64_t slice = (problem->dimension + ranks - 1) / ranks;
    uint64_t sums = slice < ranks * kept ? slice : ranks * kept;
    struct tw_codec_way way = way_of(problem);
    uint64_t sparse_B = tw_split_most_B(problem, way, sums, slice);
    uint64_t dense_B = TW_SPLIT_HEAD_B + slice * sizeof(tw_real);
    uint64_t rounded = tw_codec_rounded(way.value, sums);
    tw_arena_take(arena, 1, sizeof *own);
    own->indices = tw_arena_take(arena, kept, sizeof *own->indices);
    tw_split_carve_send(problem, way, kept, arena, &own->send);
    own->sum_indices = tw_arena_take(arena, sums, sizeof *own->sum_indices);
    own->sums = tw_arena_take(arena, sums, sizeof *own->sums);
    tw_union_carve(problem, rounded, arena, &own->lost);
    own->support = tw_arena_take(arena, rounded ? kept + rounded : 0, sizeof *own->support);
    own->wire = tw_arena_take(arena, sparse_B > dense_B ? sparse_B : dense_B, 1);
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
    struct shared *shared = state;
    carve(problem, &arena, shared);
    for (int q = 0; q <= problem->ranks; q++)
        shared->boundaries[q] = boundary_of(problem, q);
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

static tw_status send(const struct shared *shared, struct rank_state *own, const tw_real *x,
                      struct tw_request *request, struct tw_work *work)
{
    tw_status status =
        TW_T(tw_largest_choose)(&shared->problem, &shared->what, x, shared->scratch, own->indices);
    if (status != TW_OK)
        return status;
    own->x = x;
    TW_T(tw_split_request)
    (&shared->problem, shared->way, shared->boundaries, x, own->indices, shared->kept, &own->send,
     request);
    tw_largest_charge(&shared->problem, &shared->what, work);
    tw_work_add(work, TW_KERNEL_PACK, shared->kept, shared->kept);
    tw_codec_charge_put(shared->way.index, shared->way.value, shared->kept, work);
    return TW_OK;
}

/* The slice as values, zero where no rank sent any. */
static void write_slice(const struct rank_state *own, enum tw_value value, uint64_t start,
                        uint64_t n, uint64_t count, unsigned char *wire)
{
    memset(wire, 0, n * tw_codec_value_B(value, TW_THIS_PRECISION));
    for (uint64_t m = 0; m < count; m++)
        TW_T(tw_half_write)(value, wire, own->sum_indices[m] - start, own->sums[m]);
}

/* The owner's message; returns its bytes. */
static uint64_t write_sums(const struct shared *shared, struct rank_state *own, int rank,
                           uint64_t count)
{
    uint64_t start = shared->boundaries[rank], n = shared->boundaries[rank + 1] - start;
    uint64_t dense_B = n * tw_codec_value_B(shared->way.value, TW_THIS_PRECISION);
    int gather = params_of(&shared->problem)->gather;
    uint32_t head = DENSE_HEAD;
    if (gather == GATHER_DENSE) {
        write_slice(own, shared->way.value, start, n, count, own->wire);
        return dense_B;
    }
    uint64_t sparse_B = TW_T(tw_split_write)(shared->way, start, start + n, own->wire,
                                             own->sum_indices, own->sums, count);
    if (gather == GATHER_SPARSE || sparse_B <= TW_SPLIT_HEAD_B + dense_B)
        return sparse_B;
    memcpy(own->wire, &head, sizeof head);
    write_slice(own, shared->way.value, start, n, count, own->wire + TW_SPLIT_HEAD_B);
    return TW_SPLIT_HEAD_B + dense_B;
}

/* Rounded twice: what travels, and what is left. */
static void charge_sums(const struct shared *shared, uint64_t count, struct tw_work *work)
{
    int dense = params_of(&shared->problem)->gather == GATHER_DENSE;
    tw_codec_charge_put(dense ? TW_INDEX_U32 : shared->way.index, shared->way.value, count, work);
    tw_codec_charge(shared->way.value, count, work);
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct shared *shared = state;
    struct rank_state *own = own_state;
    uint64_t count, entries;
    if (phase == 0)
        return send(shared, own, x, request, work);
    tw_status status =
        TW_T(tw_split_reduce)(&shared->problem, shared->way, shared->boundaries, rank, inbox,
                              &shared->split, own->sum_indices, own->sums, &count, &entries);
    if (status != TW_OK)
        return status;
    uint64_t slice = shared->boundaries[rank + 1] - shared->boundaries[rank];
    TW_T(tw_union_round)(shared->way.value, own->sum_indices, own->sums, count, &own->lost);
    tw_codec_charge_read(shared->way.index, shared->way.value, entries, work);
    tw_work_add(work, TW_KERNEL_SCATTER, slice, entries);
    tw_work_add(work, TW_KERNEL_PACK, count, count);
    charge_sums(shared, count, work);
    *request = (struct tw_request){.kind = TW_GATHER,
                                   .element = TW_ELEMENT_BYTE,
                                   .count = write_sums(shared, own, rank, count),
                                   .data = own->wire};
    return TW_OK;
}

/* Owner q's message as a whole slice, if it is one. */
static int read_slice(const struct shared *shared, const struct tw_answer *answer, int q,
                      struct tw_split_list *list)
{
    int gather = params_of(&shared->problem)->gather;
    uint64_t from = answer->starts[q], size_B = answer->starts[q + 1] - from, head_B = 0;
    const unsigned char *message = (const unsigned char *)answer->data + from;
    uint32_t head = 0;
    if (gather == GATHER_SPARSE)
        return 0;
    if (gather == GATHER_SWITCH) {
        if (size_B >= sizeof head)
            memcpy(&head, message, sizeof head);
        if (head != DENSE_HEAD)
            return 0;
        head_B = sizeof head;
    }
    *list = (struct tw_split_list){.way = shared->way,
                                   .values = message + head_B,
                                   .count = shared->boundaries[q + 1] - shared->boundaries[q]};
    return size_B == head_B + list->count * tw_codec_value_B(shared->way.value, TW_THIS_PRECISION);
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    int dense = params_of(problem)->gather == GATHER_DENSE;
    (void)phase;
    if (!tw_split_is_whole(problem, TW_GATHER, answer))
        return TW_CORRUPT;
    for (int q = 0; q < problem->ranks; q++) {
        struct tw_split_list *list = &shared->sums[q];
        if (!read_slice(shared, answer, q, list) &&
            (dense || !tw_split_read(problem, shared->way, answer, q, shared->boundaries[q],
                                     shared->boundaries[q + 1], list)))
            return TW_CORRUPT;
        tw_codec_charge_read(list->indices ? list->way.index : TW_INDEX_U32, list->way.value,
                             list->count, work);
    }
    return TW_OK;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    int ranks = shared->problem.ranks;
    uint64_t entries = 0;
    tw_real *into = out;
    TW_T(tw_vec_zero)(into, shared->problem.dimension);
    for (int q = 0; q < ranks; q++) {
        const struct tw_split_list *list = &shared->sums[q];
        entries += list->count;
        if (list->indices)
            TW_T(tw_split_average)(list, ranks, into);
        for (uint64_t n = 0; !list->indices && n < list->count; n++)
            into[shared->boundaries[q] + n] =
                TW_T(tw_half_read)(list->way.value, list->values, n) / (tw_real)ranks;
    }
    tw_work_add(work, TW_KERNEL_ZERO, shared->problem.dimension, 0);
    tw_work_add(work, TW_KERNEL_SCATTER, entries, entries);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t n = 0; n < shared->kept; n++)
        into[mine->indices[n]] +=
            factor * TW_T(tw_half_sent)(shared->way.value, mine->x[mine->indices[n]]);
    TW_T(tw_union_give_back)(&mine->lost, scale, into);
    uint64_t entries = shared->kept + mine->lost.count;
    tw_work_add(work, TW_KERNEL_SCATTER, entries, entries);
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    (void)rank;
    *out = (struct tw_support){0, shared->kept, mine->indices};
    if (mine->lost.count == 0)
        return;
    out->count = tw_union_indices(mine->indices, shared->kept, mine->lost.indices, mine->lost.count,
                                  mine->support);
    out->indices = mine->support;
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    (void)own_state;
    if (TW_T(tw_largest_choose)(problem, &shared->what, x, shared->scratch, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_dropped_norm2)(x, problem->dimension, shared->trial, shared->kept) +
           TW_T(tw_half_lost2_at)(shared->way.value, x, shared->trial, shared->kept);
}

/* Of rounded sums the owner lacks a part that is of their size, not of its own values'. */
static double delta(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    enum tw_value value = way_of(problem).value;
    double share = tw_parts_least_share(problem, what.scope, what.ratio);
    return value == TW_VALUE_OWN || problem->ranks == 1 ? tw_codec_value_delta(value, share) : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_alltoall_topk) = {
    .member = {.name = "alltoall_topk",
               .summary = "Top-K by way of slice owners: all-to-all, sums there, all-gather",
               .source = "Renggli et al., SparCML, 2019, arXiv 1802.08021",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_ALL_TO_ALL | 1U << TW_GATHER},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
    .delta = delta,
};
