/* rTop-k: k values drawn at random from the r of largest magnitude.
 *
 *     C(x)_U = x_U, else 0;  U a uniform k-subset of the r largest |x_i|;  r = min(d, ⌊pool·k⌋)
 *     E‖C(x)−x‖² = ‖x‖² − (k/r)‖x_top-r‖²  ≤  (1 − k/d)‖x‖²
 *
 * Source: Barnes, Inan, Isik and Ozgur, "rTop-k: A Statistical Estimation Approach to Distributed
 * SGD", arXiv 2005.10761. Values are sent unscaled; error feedback makes up for what is missing.
 * U is drawn for every rank and step by itself, so the supports differ and an all-gather is needed.
 * pool=1 is Top-K; a pool that reaches d is Rand-K with a support per rank.
 * pool's default 4 is ours, not the paper's: with N ranks a value of the pool is sent N/pool times
 * a step on average, so 4 is the widest pool of which four ranks, our smallest cluster, send every
 * value about once a step; a wider one gives energy away, a narrower one falls back on Top-K's
 * bias. Wire: k·(4 + 4) bytes per rank, and the codes of Top-K. Cost: one selection and one draw,
 * O(d). */
#include <math.h>
#include <stddef.h>
#include "base/rng.h"
#include "callbacks.h"
#include "select_real.h"
#include "sparse_real.h"

struct params {
    double ratio, pool;
    int scope, index, values;
};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values sent: k = max(1, floor(ratio * d))"},
    {"pool", TW_OPTION_REAL, offsetof(struct params, pool), "4", 1.0, 1e18, 0, NULL, "times k",
     "values that k are drawn from: r = min(d, floor(pool * k)); 1 is Top-K"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0, tw_scope_names,
     "", "whether k is kept of every tensor or of the bucket as a whole"},
    TW_SPARSE_OPTION_ROWS(struct params),
};

struct shared {
    struct tw_sparse_shared sparse;
    uint32_t step;
    uint32_t *trial;  /* indices of try_alone */
    uint32_t *pool;   /* the r largest */
    uint32_t *bitmap; /* scratch of the draw, zero between draws */
    void *scratch;
};

struct rank_state {
    struct tw_sparse_rank sparse;
    int rank;
};

static struct tw_sparse_way way_of(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return (struct tw_sparse_way){.scope = (enum tw_scope)params->scope,
                                  .ratio = params->ratio,
                                  .index = (enum tw_index)params->index,
                                  .value = (enum tw_value)params->values};
}

static uint64_t pool_size(const struct tw_problem *problem, const struct tw_part *part)
{
    const struct params *params = problem->params;
    double wanted = params->pool * (double)part->kept + 1e-9;
    return wanted < (double)part->size ? (uint64_t)wanted : part->size;
}

/* r <= d in some part at least: k of more values than there are is not what was asked for. */
static tw_status suits(const struct tw_problem *model, struct tw_err *err)
{
    const struct params *params = model->params;
    double most = 0;
    for (int i = 0; i < tw_parts_count(model, way_of(model).scope); i++) {
        struct tw_part part = tw_part_at(model, way_of(model).scope, params->ratio, i);
        double times = part.kept > 0 ? (double)part.size / (double)part.kept : 0;
        most = times > most ? times : most;
    }
    if (most <= 0 || params->pool <= most * (1 + 1e-9))
        return TW_OK;
    tw_err_set(err, TW_RANGE,
               "pool=\"%g\" times the values kept, at ratio %g, is more than every tensor has",
               params->pool, params->ratio);
    return tw_err_hint(
        err, TW_RANGE,
        "pool must be from 1 to %.6g for these tensors (default 4); at the latter it "
        "is Rand-K",
        most);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    struct tw_sparse_way way = way_of(problem);
    uint64_t largest = 0;
    size_t scratch_B = 0;
    tw_arena_take(arena, 1, sizeof *shared);
    tw_sparse_carve(problem, &way, arena, &shared->sparse);
    shared->trial = tw_arena_take(arena, shared->sparse.kept, sizeof *shared->trial);
    for (int i = 0; i < tw_parts_count(problem, way.scope); i++) {
        struct tw_part part = tw_part_at(problem, way.scope, way.ratio, i);
        uint64_t pool = pool_size(problem, &part);
        size_t need = TW_T(tw_select_scratch_B)(part.size, pool);
        scratch_B = need > scratch_B ? need : scratch_B;
        largest = pool > largest ? pool : largest;
    }
    shared->pool = tw_arena_take(arena, largest, sizeof *shared->pool);
    shared->bitmap = tw_arena_take(arena, (largest + 31) / 32, sizeof *shared->bitmap);
    shared->scratch = tw_arena_take(arena, scratch_B, 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    struct tw_sparse_way way = way_of(problem);
    tw_arena_take(arena, 1, sizeof *own);
    tw_sparse_carve_rank(problem, &way, arena, &own->sparse);
}

TW_CARVED_SIZES(struct shared, struct rank_state)

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    carve(problem, &arena, state);
}

static void open_rank(const struct tw_problem *problem, void *state, void *own_state, int rank)
{
    struct tw_arena arena = {own_state, 0};
    struct rank_state *own = own_state;
    (void)state;
    carve_rank(problem, &arena, own);
    own->rank = rank;
}

static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    struct tw_sparse_way way = way_of(problem);
    for (int i = 0; i < tw_parts_count(problem, way.scope); i++) {
        struct tw_part part = tw_part_at(problem, way.scope, way.ratio, i);
        uint64_t pool = pool_size(problem, &part);
        tw_work_add(work, TW_KERNEL_SELECT, part.size, pool);
        tw_work_add(work, TW_KERNEL_SUBSET, pool, part.kept);
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

static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    shared->step = step;
}

/* k of the pool's r places, then the values' places in the bucket; both lists ascend. */
static void draw(struct shared *shared, int rank, const struct tw_part *part, uint64_t pool,
                 uint32_t *indices)
{
    const struct tw_problem *problem = &shared->sparse.problem;
    struct tw_stream_key key = {problem->seed, problem->repetition, (uint32_t)rank,
                                shared->step,  part->tensor,        TW_PURPOSE_INDICES};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    tw_stream_subset(&stream, (uint32_t)pool, (uint32_t)part->kept, shared->bitmap, indices);
    for (uint64_t n = 0; n < part->kept; n++)
        indices[n] = (uint32_t)part->start + shared->pool[indices[n]];
}

static tw_status choose(struct shared *shared, int rank, const tw_real *x, uint32_t *indices)
{
    const struct tw_sparse_shared *sparse = &shared->sparse;
    for (int i = 0; i < tw_parts_count(&sparse->problem, sparse->way.scope); i++) {
        struct tw_part part = tw_part_at(&sparse->problem, sparse->way.scope, sparse->way.ratio, i);
        uint64_t pool = pool_size(&sparse->problem, &part);
        tw_status status =
            TW_T(tw_select)(x + part.start, part.size, pool, shared->scratch, shared->pool);
        if (status != TW_OK)
            return status;
        draw(shared, rank, &part, pool, indices);
        indices += part.kept;
    }
    return TW_OK;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    struct shared *shared = state;
    struct rank_state *own = own_state;
    (void)inbox;
    tw_status status = choose(shared, rank, x, own->sparse.indices);
    if (status != TW_OK)
        return status;
    TW_T(tw_sparse_fill)(&shared->sparse, &own->sparse, x, shared->sparse.kept);
    charge_local(&shared->sparse.problem, work);
    tw_sparse_request(&shared->sparse, &own->sparse, phase, request);
    return TW_OK;
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    const struct rank_state *own = own_state;
    if (choose(shared, own->rank, x, shared->trial) != TW_OK)
        return NAN;
    return TW_T(tw_sparse_left)(&shared->sparse, x, shared->trial, shared->sparse.kept);
}

static double delta(const struct tw_problem *problem)
{
    struct tw_sparse_way way = way_of(problem);
    return tw_sparse_delta(&way, tw_parts_least_share(problem, way.scope, way.ratio));
}

const struct tw_compressor TW_T(tw_compressor_rtopk) = {
    .member = {.name = "rtopk",
               .summary = "k values drawn from each rank's r largest, all-gathered",
               .source = "Barnes, Inan, Isik and Ozgur 2020, arXiv 2005.10761",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .suits = suits,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = tw_callback_one_phase,
    .plan = plan,
    .begin = begin,
    .local = local,
    .digest = tw_sparse_digest,
    .mean = TW_T(tw_sparse_mean),
    .own = TW_T(tw_sparse_own),
    .support = tw_sparse_support,
    .try_alone = try_alone,
    .delta = delta,
};
