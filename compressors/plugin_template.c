/* A plug-in to begin from: a compressor built outside the tree, loaded by a scenario with
 * <compressor plugin="./stride.so" stride="8"/>. Stride: every s-th value, beginning one further
 * each step; the same indices on every rank.
 *
 *     C(x)_i = x_i for i mod s = t mod s, else 0      (t: the step)
 *
 * Source: none, it is an example. Wire: B·⌈d/s⌉ bytes per rank. Cost: O(d/s).
 * It is built twice, once for each precision, and linked into one object:
 *
 *     F="-O3 -fPIC -ffp-contract=off $(pkg-config --cflags thinwire-compressors)"
 *     cc $F -DTW_PRECISION=32 -c stride.c -o stride32.o
 *     cc $F -DTW_PRECISION=64 -c stride.c -o stride64.o
 *     cc -shared -o stride.so stride32.o stride64.o
 *
 * What it calls of the library (tw_work_add here) is the host's: no library is linked in. */
#include <stddef.h>
#include <string.h>
#include <thinwire/compressors.h>

struct params {
    uint64_t stride;
};

static const struct tw_option options[] = {
    {"stride", TW_OPTION_COUNT, offsetof(struct params, stride), "4", 1, 1e9, 0, NULL, "values",
     "one of so many values is kept"},
};

/* Replicated state: one block from the caller, zeroed. Arrays behind it are carved by an arena. */
struct shared {
    struct tw_problem problem;
    uint64_t stride, first;
    uint32_t *indices;
    const tw_real *sum; /* borrowed from the answer until the transport's next exchange */
};

struct rank_state {
    tw_real *values;
};

static uint64_t stride_of(const struct tw_problem *problem)
{
    return ((const struct params *)problem->params)->stride;
}

/* The message always has ⌈d/s⌉ values, filled up with 0, so that plan() needs no step. */
static uint64_t count_of(const struct tw_problem *problem)
{
    uint64_t stride = stride_of(problem);
    return (problem->dimension + stride - 1) / stride;
}

/* Called with base NULL to count bytes, and with the block to hand out pieces. */
static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->stride = stride_of(problem);
    shared->indices = tw_arena_take(arena, count_of(problem), sizeof *shared->indices);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    tw_arena_take(arena, 1, sizeof *own);
    own->values = tw_arena_take(arena, count_of(problem), sizeof *own->values);
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

/* Work is charged by the same functions in plan() and in a run: then they cannot differ. */
static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_PACK, count_of(problem), count_of(problem));
}

static void charge_mean(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_COPY, problem->dimension, 0);
    tw_work_add(work, TW_KERNEL_SCATTER, count_of(problem), count_of(problem));
}

static void charge_own(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, count_of(problem), count_of(problem));
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    if (tw_plan_open(out, 1) != TW_OK)
        return TW_MEMORY;
    out->phases[0].kind = TW_SUM;
    out->phases[0].element = TW_REAL_ELEMENT;
    out->phases[0].count = count_of(problem);
    charge_local(problem, &out->phases[0].local);
    charge_mean(problem, &out->mean);
    charge_own(problem, &out->own);
    return TW_OK;
}

static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    shared->first = step % shared->stride;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    const tw_real *values = x;
    uint64_t n = 0, count = count_of(&shared->problem);
    (void)rank, (void)phase, (void)inbox;
    for (uint64_t i = shared->first; i < shared->problem.dimension; i += shared->stride)
        own->values[n++] = values[i];
    while (n < count)
        own->values[n++] = 0;
    *request = (struct tw_request){
        .kind = TW_SUM, .element = TW_REAL_ELEMENT, .count = count, .data = own->values};
    charge_local(&shared->problem, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase, (void)work;
    if (answer->kind != TW_SUM || answer->element != TW_REAL_ELEMENT ||
        answer->count != count_of(&shared->problem))
        return TW_CORRUPT;
    shared->sum = answer->data;
    return TW_OK;
}

/* The transport's sum is rounded once; here it is divided, never multiplied by 1/N. */
static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    tw_real *into = out, ranks = (tw_real)shared->problem.ranks;
    uint64_t n = 0;
    memset(into, 0, shared->problem.dimension * sizeof *into);
    for (uint64_t i = shared->first; i < shared->problem.dimension; i += shared->stride)
        into[i] = shared->sum[n++] / ranks;
    charge_mean(&shared->problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    uint64_t n = 0;
    (void)rank;
    for (uint64_t i = shared->first; i < shared->problem.dimension; i += shared->stride)
        into[i] += factor * mine->values[n++];
    charge_own(&shared->problem, work);
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    struct shared *shared = state;
    uint64_t n = 0;
    (void)own_state, (void)rank;
    for (uint64_t i = shared->first; i < shared->problem.dimension; i += shared->stride)
        shared->indices[n++] = (uint32_t)i;
    *out = (struct tw_support){0, n, shared->indices};
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const tw_real *values = x;
    double sum = 0.0;
    (void)own_state;
    for (uint64_t i = 0; i < shared->problem.dimension; i++)
        if (i % shared->stride != shared->first)
            sum += (double)values[i] * (double)values[i];
    return sum;
}

TW_PLUGIN_OPS(stride) = {
    .member = {.name = "stride",
               .summary = "every s-th value, all-reduced",
               .source = "",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
};

TW_PLUGIN_TABLE(stride)
