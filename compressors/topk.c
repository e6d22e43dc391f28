/* Top-K: every rank keeps its own k values of largest magnitude and sends them with their indices.
 *
 *     C(x)_I = x_I, else 0;  I = the k largest |x_i|, ties to the lower index;  k = max(1, ⌊ρd⌋)
 *     mean = (1/N) Σ_ranks C(x_rank), by all-gather: the supports differ between ranks
 *
 * Source: Aji and Heafield, "Sparse Communication for Distributed Gradient Descent", EMNLP 2017
 * (arXiv 1704.05021); Lin et al., "Deep Gradient Compression" (arXiv 1712.01887).
 * Wire: k·(4 + 4) bytes per rank (fp32 values, 32-bit indices); by option values as fp16 or bf16,
 * indices as bitmap or Rice-coded gaps (codec.h), whose bytes depend on the data: no plan() then.
 * ‖C(x)−x‖² ≤ (1 − k/d)‖x‖², and (1 − k/d·(1 − 2^-16))‖x‖² with bf16 values; fp16, of little range,
 * claims nothing.
 * Cost: one selection, O(d). The average of the ranks' C(x) is no contraction of the average.
 * scope says what k is taken of: a tensor, the bucket, the model (global: a run then makes one
 * bucket of it, which is known, chosen from and sent behind the backward, so that the exchange
 * overlaps with nothing), or every row or column of a matrix by itself, vectors as a whole (the ARC
 * authors' released code). Choices that published code makes differently are options: selection per
 * tensor or over the bucket, 64-bit indices, one all-gather or two (values, then indices). The
 * order of entries is ascending here; torch.topk leaves it open. */
#include <math.h>
#include "base/vec.h"
#include "select_real.h"
#include "sparse_real.h"

struct params {
    double ratio;
    int scope, index, values, exchange;
};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0,
     tw_scope_fine_names, "",
     "what k is kept of: every tensor, the bucket, the model, every row or column"},
    TW_SPARSE_OPTION_ROWS(struct params),
    {"exchange", TW_OPTION_CHOICE, offsetof(struct params, exchange), "one", 0, 0, 0,
     tw_sparse_exchange_names, "", "values and indices in one all-gather, or in two"},
};

struct shared {
    struct tw_sparse_shared sparse;
    uint32_t *trial;  /* indices of try_alone */
    uint32_t *bitmap; /* of a tensor whose columns are parts; zero between uses */
    tw_real *column;
    void *scratch;
};

struct own {
    struct tw_sparse_rank sparse;
    const void *added; /* indices and values are those of this x, by add(); NULL: not yet chosen */
    tw_status status;  /* of that choice */
};

static struct tw_sparse_way way_of(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return (struct tw_sparse_way){.scope = (enum tw_scope)params->scope,
                                  .ratio = params->ratio,
                                  .index = (enum tw_index)params->index,
                                  .value = (enum tw_value)params->values,
                                  .two = params->exchange};
}

static int whole(const void *params)
{
    return ((const struct params *)params)->scope == TW_SCOPE_GLOBAL;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    struct tw_sparse_way way = way_of(problem);
    size_t scratch_B = 0;
    tw_arena_take(arena, 1, sizeof *shared);
    tw_sparse_carve(problem, &way, arena, &shared->sparse);
    shared->trial = tw_arena_take(arena, shared->sparse.kept, sizeof *shared->trial);
    uint64_t largest = 0, longest = 0;
    for (int g = 0; g < tw_parts_groups(problem, way.scope); g++) {
        struct tw_parts group = tw_parts_group(problem, way.scope, way.ratio, g);
        size_t need = TW_T(tw_select_scratch_B)(group.size, group.kept);
        uint64_t mixed = group.stride > 1 ? group.size : 0;
        scratch_B = need > scratch_B ? need : scratch_B;
        longest = mixed > longest ? mixed : longest;
        largest = mixed * group.parts > largest ? mixed * group.parts : largest;
    }
    shared->column = tw_arena_take(arena, longest, sizeof *shared->column + sizeof(uint32_t));
    shared->bitmap = tw_arena_take(arena, (largest + 31) / 32, sizeof *shared->bitmap);
    shared->scratch = tw_arena_take(arena, scratch_B, 1);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_sparse_way way = way_of(problem);
    struct tw_arena whole = {NULL, 0}, each = {NULL, 0};
    struct shared shared;
    struct own own;
    carve(problem, &whole, &shared);
    tw_arena_take(&each, 1, sizeof own);
    tw_sparse_carve_rank(problem, &way, &each, &own.sparse);
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
    struct tw_sparse_way way = way_of(problem);
    struct tw_arena arena = {own_state, 0};
    (void)state;
    (void)rank;
    struct own *own = own_state;
    tw_arena_take(&arena, 1, sizeof *own);
    tw_sparse_carve_rank(problem, &way, &arena, &own->sparse);
}

static int phases(const struct tw_problem *problem)
{
    return way_of(problem).two ? 2 : 1;
}

static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    struct tw_sparse_way way = way_of(problem);
    for (int g = 0; g < tw_parts_groups(problem, way.scope); g++) {
        struct tw_parts group = tw_parts_group(problem, way.scope, way.ratio, g);
        tw_work_add(work, TW_KERNEL_SELECT, group.parts * group.size, group.parts * group.kept);
    }
    uint64_t kept = tw_parts_kept(problem, way.scope, way.ratio);
    tw_sparse_charge_pack(&way, kept, work);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    struct tw_sparse_way way = way_of(problem);
    tw_status status = tw_sparse_plan(problem, &way, out);
    if (status == TW_OK)
        charge_local(problem, &out->phases[0].local);
    return status;
}

/* Columns one by one into a bitmap of the tensor, which is then read in order. */
static tw_status choose_columns(struct shared *shared, const struct tw_parts *group,
                                const tw_real *x, uint32_t *indices)
{
    uint32_t *chosen = (uint32_t *)(void *)(shared->column + group->size);
    uint64_t words = (group->parts * group->size + 31) / 32;
    tw_status status = TW_OK;
    for (uint64_t p = 0; p < group->parts && status == TW_OK; p++) {
        for (uint64_t i = 0; i < group->size; i++)
            shared->column[i] = x[p + i * group->stride];
        status = TW_T(tw_select)(shared->column, group->size, group->kept, shared->scratch, chosen);
        for (uint64_t n = 0; status == TW_OK && n < group->kept; n++) {
            uint64_t at = p + chosen[n] * group->stride;
            shared->bitmap[at / 32] |= UINT32_C(1) << (at % 32);
        }
    }
    for (uint64_t w = 0; w < words; w++)
        for (; shared->bitmap[w] != 0; shared->bitmap[w] &= shared->bitmap[w] - 1)
            if (status == TW_OK)
                *indices++ = (uint32_t)(32 * w) + (uint32_t)__builtin_ctz(shared->bitmap[w]);
    return status;
}

static tw_status choose_group(struct shared *shared, const struct tw_parts *group, const tw_real *x,
                              uint32_t *indices)
{
    if (group->stride > 1)
        return choose_columns(shared, group, x, indices);
    for (uint64_t p = 0; p < group->parts; p++, indices += group->kept) {
        uint64_t from = p * group->step;
        tw_status status =
            TW_T(tw_select)(x + from, group->size, group->kept, shared->scratch, indices);
        if (status != TW_OK)
            return status;
        for (uint64_t n = 0; n < group->kept; n++)
            indices[n] += (uint32_t)from;
    }
    return TW_OK;
}

static tw_status choose(struct shared *shared, const tw_real *x, uint32_t *indices)
{
    const struct tw_sparse_shared *sparse = &shared->sparse;
    for (int g = 0; g < tw_parts_groups(&sparse->problem, sparse->way.scope); g++) {
        struct tw_parts group =
            tw_parts_group(&sparse->problem, sparse->way.scope, sparse->way.ratio, g);
        tw_status status = choose_group(shared, &group, x + group.start, indices);
        if (status != TW_OK)
            return status;
        for (uint64_t n = 0; n < group.parts * group.kept; n++)
            indices[n] += (uint32_t)group.start;
        indices += group.parts * group.kept;
    }
    return TW_OK;
}

/* The first failure counts; the rest is added all the same. Columns are not in one piece: then all
 * is left to local(). */
static void add(void *state, void *own_state, const void *addend, void *x)
{
    struct shared *shared = state;
    const struct tw_sparse_shared *sparse = &shared->sparse;
    struct own *own = own_state;
    uint32_t *indices = own->sparse.indices;
    tw_real *values = own->sparse.values, *into = x;
    const tw_real *more = addend;
    if (sparse->way.scope == TW_SCOPE_COLUMN) {
        TW_T(tw_vec_add)(into, more, sparse->problem.dimension);
        return;
    }
    own->added = x;
    own->status = TW_OK;
    for (int g = 0; g < tw_parts_groups(&sparse->problem, sparse->way.scope); g++) {
        struct tw_parts group =
            tw_parts_group(&sparse->problem, sparse->way.scope, sparse->way.ratio, g);
        for (uint64_t p = 0; p < group.parts; p++) {
            uint64_t from = group.start + p * group.step;
            tw_status status = TW_T(tw_select_add)(into + from, more + from, group.size, group.kept,
                                                   shared->scratch, indices, values);
            own->status = own->status == TW_OK ? status : own->status;
            for (uint64_t n = 0; status == TW_OK && n < group.kept; n++)
                indices[n] += (uint32_t)from;
            indices += group.kept;
            values += group.kept;
        }
    }
}

/* Indices and values of the rank: chosen here, or when x was added up. */
static tw_status take(struct shared *shared, struct own *own, const void *x)
{
    uint64_t kept = shared->sparse.kept;
    tw_status status = own->status;
    if (own->added != x) {
        status = choose(shared, x, own->sparse.indices);
        if (status == TW_OK)
            TW_T(tw_sparse_take)(&own->sparse, x, kept);
    }
    own->added = NULL;
    if (status == TW_OK)
        TW_T(tw_sparse_narrow)(&shared->sparse, &own->sparse, kept);
    return status;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct shared *shared = state;
    struct own *own = own_state;
    (void)rank;
    (void)inbox;
    if (phase == 0) {
        tw_status status = take(shared, own, x);
        if (status != TW_OK)
            return status;
        charge_local(&shared->sparse.problem, work);
    }
    tw_sparse_request(&shared->sparse, &own->sparse, phase, request);
    return TW_OK;
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    (void)own_state;
    if (choose(shared, x, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_sparse_left)(&shared->sparse, x, shared->trial, shared->sparse.kept);
}

static double delta(const struct tw_problem *problem)
{
    struct tw_sparse_way way = way_of(problem);
    return tw_sparse_delta(&way, tw_parts_least_share(problem, way.scope, way.ratio));
}

const struct tw_compressor TW_T(tw_compressor_topk) = {
    .member = {.name = "topk",
               .summary = "each rank's k largest values with their indices, all-gathered",
               .source =
                   "Aji and Heafield 2017, arXiv 1704.05021; Lin et al. 2018, arXiv 1712.01887",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .whole = whole,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .local = local,
    .digest = tw_sparse_digest,
    .mean = TW_T(tw_sparse_mean),
    .own = TW_T(tw_sparse_own),
    .support = tw_sparse_support,
    .try_alone = try_alone,
    .delta = delta,
    .add = add,
};
