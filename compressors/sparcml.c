/* SparCML: Top-K's sparse vectors added exactly, pairwise, and dense from where that is smaller.
 *
 *     C(x_i)_I = x_I, else 0;  I = the k largest |x_i|, ties to the lower index;  k = max(1, ⌊ρd⌋)
 *     a ⊕ b = a + b, as a list of n ≤ n_a + n_b entries, or as d values when one of the two is, or
 *             when (n_a + n_b)(4 + B) ≥ d·B
 *     mean = (C(x_0) ⊕ C(x_1) ⊕ …)/N: nothing is lost
 *
 * Source: Renggli et al., "SparCML: High-Performance Sparse Communication for Machine Learning",
 * SC 2019 (arXiv 1802.08021): by merge "recursive_doubling" its SSAR_Recursive_double. The switch
 * judges by the sum of the entries, before the union is known, as there.
 * Wire: 4 + (4 + B)·n bytes of a list (count, indices, values), 4 + B·d of a dense vector, B = 4 in
 * fp32; n of the merged lists depends on the data, from k (all alike) to 2^j·k after j merges.
 * ‖C(x)−x‖² ≤ (1 − k/d)‖x‖². Cost: one selection, O(d); O(n) per merge, O(d) where it is dense.
 * Departures: k is taken per tensor or of the bucket (the paper: of every 512 values in a row);
 * sums are rounded in every merge, so the last bits of the mean are those of the schedule.
 * Not finite: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/vec.h"
#include "largest_real.h"
#include "union_real.h"

/* Stands for the count of a list where the whole vector follows. */
#define DENSE_HEAD UINT32_MAX
#define HEAD_B 4

struct params {
    double ratio;
    int scope, dense;
};

static const char *const dense_names[] = {"switch", "never", NULL};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0, tw_scope_names,
     "", "whether k is kept of every tensor or of the bucket as a whole"},
    {"dense", TW_OPTION_CHOICE, offsetof(struct params, dense), "switch", 0, 0, 0, dense_names, "",
     "whether a sum becomes dense where its lists are no smaller"},
};

struct shared {
    struct tw_problem problem;
    struct tw_largest what;
    uint64_t kept;
    struct tw_union_list result; /* borrowed from the answer */
    uint32_t *indices;           /* scratch: the union of two lists */
    tw_real *sums;
    uint32_t *trial;
    void *scratch;
};

struct rank_state {
    tw_real *values;
    uint32_t *indices;
    unsigned char *wire;
};

static const struct params *params_of(const struct tw_problem *problem)
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

static uint64_t list_B(uint64_t count)
{
    return HEAD_B + count * (sizeof(uint32_t) + sizeof(tw_real));
}

static uint64_t dense_B(const struct tw_problem *problem)
{
    return HEAD_B + problem->dimension * sizeof(tw_real);
}

/* Whether the sum of lists of so many entries is a dense vector. */
static int turns_dense(const struct tw_problem *problem, uint64_t entries)
{
    return params_of(problem)->dense == 0 &&
           list_B(entries) - HEAD_B >= problem->dimension * sizeof(tw_real);
}

/* No message is larger: a rank's own list, a dense vector, or the list that is not yet one. */
static uint64_t room_of(const struct tw_problem *problem)
{
    uint64_t own = list_B(kept_of(problem)), never = list_B(problem->dimension);
    uint64_t switched = dense_B(problem);
    if (params_of(problem)->dense != 0)
        return never;
    return own > switched ? own : switched;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    uint64_t d = problem->dimension;
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->what = what_of(problem);
    shared->kept = kept_of(problem);
    shared->indices = tw_arena_take(arena, d, sizeof *shared->indices);
    shared->sums = tw_arena_take(arena, d, sizeof *shared->sums);
    shared->trial = tw_arena_take(arena, shared->kept, sizeof *shared->trial);
    shared->scratch = tw_arena_take(arena, TW_T(tw_largest_scratch_B)(problem, &shared->what), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    uint64_t kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *own);
    own->values = tw_arena_take(arena, kept, sizeof *own->values);
    own->indices = tw_arena_take(arena, kept, sizeof *own->indices);
    own->wire = tw_arena_take(arena, list_B(kept), 1);
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

/* ---- messages ---- */

static uint64_t write_list(unsigned char *wire, const uint32_t *indices, const tw_real *values,
                           uint64_t count)
{
    uint32_t head = (uint32_t)count;
    unsigned char *at = wire + HEAD_B;
    memcpy(wire, &head, sizeof head);
    if (count) {
        memcpy(at, indices, count * sizeof *indices);
        memcpy(at + count * sizeof *indices, values, count * sizeof *values);
    }
    return list_B(count);
}

/* 1: a list of ascending indices of the bucket, or (indices NULL) all its values; nothing else. */
static int read_message(const struct tw_problem *problem, uint64_t count, const void *data,
                        struct tw_union_list *list)
{
    const unsigned char *wire = data;
    uint32_t head;
    if (count < HEAD_B)
        return 0;
    memcpy(&head, wire, sizeof head);
    *list = (struct tw_union_list){NULL, wire + HEAD_B, problem->dimension};
    if (head == DENSE_HEAD)
        return params_of(problem)->dense == 0 && count == dense_B(problem);
    list->count = head;
    list->indices = wire + HEAD_B;
    list->values = list->indices + (uint64_t)head * sizeof(uint32_t);
    return count == list_B(head) && tw_union_ascends(list, problem->dimension);
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct shared *shared = state;
    struct rank_state *own = own_state;
    const tw_real *values = x;
    (void)rank, (void)phase, (void)inbox;
    tw_status status =
        TW_T(tw_largest_choose)(&shared->problem, &shared->what, x, shared->scratch, own->indices);
    if (status != TW_OK)
        return status;
    for (uint64_t i = 0; i < shared->kept; i++)
        own->values[i] = values[own->indices[i]];
    *request =
        (struct tw_request){.kind = TW_MERGE,
                            .element = TW_ELEMENT_BYTE,
                            .count = write_list(own->wire, own->indices, own->values, shared->kept),
                            .data = own->wire,
                            .room = room_of(&shared->problem)};
    tw_largest_charge(&shared->problem, &shared->what, work);
    tw_work_add(work, TW_KERNEL_PACK, shared->kept, shared->kept);
    return TW_OK;
}

/* Into the place of a dense message, which is 4 bytes off alignment: by way of the scratch. */
static void add_dense(struct shared *shared, const struct tw_union_list *a,
                      const struct tw_union_list *b, unsigned char *wire, struct tw_work *work)
{
    const struct tw_union_list *lists[] = {a, b};
    uint64_t d = shared->problem.dimension, entries = 0, dense = 0;
    tw_real value;
    uint32_t head = DENSE_HEAD;
    TW_T(tw_vec_zero)(shared->sums, d);
    for (int side = 0; side < 2; side++) {
        const struct tw_union_list *list = lists[side];
        if (list->indices) {
            TW_T(tw_union_scatter)(list, shared->sums);
            entries += list->count;
            continue;
        }
        dense++;
        for (uint64_t i = 0; i < d; i++) {
            memcpy(&value, list->values + i * sizeof value, sizeof value);
            shared->sums[i] += value;
        }
    }
    memcpy(wire, &head, sizeof head);
    if (d)
        memcpy(wire + HEAD_B, shared->sums, d * sizeof *shared->sums);
    if (dense == 2)
        tw_work_add(work, TW_KERNEL_ADD, d, 0);
    else
        tw_work_add(work, TW_KERNEL_SCATTER, d, entries);
}

static tw_status merge(void *state, void *own_state, int keeps, const struct tw_partial *a,
                       const struct tw_partial *b, void *c, uint64_t *count, struct tw_work *work)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    struct tw_union_list left, right;
    (void)own_state, (void)keeps; /* nothing is dropped */
    if (!read_message(problem, a->count, a->data, &left) ||
        !read_message(problem, b->count, b->data, &right))
        return TW_CORRUPT;
    uint64_t entries = left.count + right.count;
    if (!left.indices || !right.indices || turns_dense(problem, entries)) {
        add_dense(shared, &left, &right, c, work);
        *count = dense_B(problem);
        return TW_OK;
    }
    uint64_t n = TW_T(tw_union_add)(&left, &right, shared->indices, shared->sums);
    *count = write_list(c, shared->indices, shared->sums, n);
    tw_work_add(work, TW_KERNEL_PACK, entries, entries);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase, (void)work;
    if (answer->kind != TW_MERGE || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != shared->problem.ranks ||
        !read_message(&shared->problem, answer->count, answer->data, &shared->result))
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
        into[result->indices ? tw_union_index(result, i) : i] =
            value / (tw_real)shared->problem.ranks;
    }
    tw_work_add(work, TW_KERNEL_SCATTER, shared->problem.dimension, result->count);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t i = 0; i < shared->kept; i++)
        into[mine->indices[i]] += factor * mine->values[i];
    tw_work_add(work, TW_KERNEL_SCATTER, shared->kept, shared->kept);
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    (void)rank;
    *out = (struct tw_support){0, shared->kept, mine->indices};
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

static double delta(const struct tw_problem *problem)
{
    struct tw_largest what = what_of(problem);
    return tw_parts_least_share(problem, what.scope, what.ratio);
}

const struct tw_compressor TW_T(tw_compressor_sparcml) = {
    .member = {.name = "sparcml",
               .summary = "Top-K's lists added pairwise without loss, dense where that is smaller",
               .source = "Renggli et al., SparCML, SC 2019, arXiv 1802.08021",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_MERGE},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .local = local,
    .merge = merge,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
    .delta = delta,
};
