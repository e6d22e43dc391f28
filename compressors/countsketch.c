/* Count-Sketch: a small table of signed sums in which the ranks' vectors add up, and the k values
 * that look largest in the sum of all tables.
 *
 *     T_i[ρ][h_ρ(j)] += s_ρ(j)·x_i[j]        every row ρ, every j; h a bucket, s a sign, by hash
 *     T = Σ_i T_i                             all-reduce of rows·c values, no indices
 *     e[j] = median over ρ of s_ρ(j)·T[ρ][h_ρ(j)];   I = the k largest |e[j]|, ties to the lower
 *     mean[j] = e[j]/N for j in I, else 0
 *
 * c = max(1, ⌊width·d⌋), k = max(1, ⌊kept·d⌋), of the bucket as a whole.
 * Source: Charikar, Chen and Farach-Colton, "Finding frequent items in data streams", ICALP 2002;
 * Rothchild et al., "FetchSGD", ICML 2020 (arXiv 2007.07682); sketched SGD: Ivkin et al., NeurIPS
 * 2019 (arXiv 1903.04488). Wire: 4·rows·c bytes per rank. Cost: rows·d hashes and additions into
 * the table, the same to read it, O(d) to choose.
 *
 * One row's estimate is x[j] plus the signed values that share its bucket: without bias over the
 * hashes, with variance at most ‖x‖²/c. The median over an odd number of rows is the entry of one
 * row, m(j); which one depends on T, but given I and m everything is linear. So the rank's own
 * share of the mean is C(x_i)[j] = s_m(j)·T_i[m][h_m(j)], the mean is the average of C(x_i), and
 * error feedback of any kind is exact. C(x) may be farther from x than 0 is (values that collide
 * count twice), so no δ is proven, and it is no projection.
 *
 * Departures from the papers: momentum and error are not kept inside the sketch but by the feedback
 * rule, in full vectors on every rank; options are shares of d instead of absolute sizes (defaults:
 * FetchSGD's 5 × 500 000 and k = 50 000 for a ResNet9 of 6.5 million values); hashes are not
 * four-wise independent polynomials but a 32-bit mixer keyed by (seed, repetition, row), fixed for
 * the run, as in the papers. A row's hash of j gives its sign by the lowest bit and its bucket by
 * the upper 31. Tables that are not finite are refused (TW_INPUT). */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/rounding.h"
#include "base/vec.h"
#include "select_real.h"

#include "compressor.h"

#define ROWS_MOST 15

struct params {
    uint64_t rows;
    double width, kept;
};

static const struct tw_option options[] = {
    {"rows", TW_OPTION_COUNT, offsetof(struct params, rows), "5", 1, ROWS_MOST, 0, NULL, "rows",
     "rows of the table, an odd number"},
    {"width", TW_OPTION_REAL, offsetof(struct params, width), "0.08", 0.0, 1e6, 1, NULL,
     "share of values", "columns of the table: max(1, floor(width * d))"},
    {"kept", TW_OPTION_REAL, offsetof(struct params, kept), "0.008", 0.0, 1.0, 1, NULL,
     "share of values", "values taken out of the table: k = max(1, floor(kept * d))"},
};

struct shared {
    struct tw_problem problem;
    struct tw_rounding hash[ROWS_MOST];
    uint64_t columns, kept;
    const tw_real *table; /* the sum, borrowed from the answer */
    uint32_t *indices;
    unsigned char *medians; /* of the kept values: the row of the median */
    tw_real *estimates;     /* of every value */
    tw_real *trial_table;
    uint32_t *trial;
    void *scratch;
};

struct rank_state {
    tw_real *table;
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static uint64_t columns_of(const struct tw_problem *problem)
{
    double columns = params_of(problem)->width * (double)problem->dimension + 1e-9;
    if (problem->dimension == 0)
        return 0;
    return columns < 1.0 ? 1 : (uint64_t)columns;
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    return tw_count_floor(params_of(problem)->kept, problem->dimension);
}

static uint64_t cells_of(const struct tw_problem *problem)
{
    return params_of(problem)->rows * columns_of(problem);
}

/* The median of an even number of rows is the mean of two: no row's own. */
static tw_status check(const struct tw_problem *problem, struct tw_err *err)
{
    uint64_t rows = params_of(problem)->rows;
    if (rows % 2 == 0)
        return tw_err_set(err, TW_RANGE,
                          "rows must be odd, so that the median is one of them: %llu",
                          (unsigned long long)rows);
    if (problem->dimension > UINT32_MAX || columns_of(problem) > INT32_MAX)
        return tw_err_set(err, TW_RANGE,
                          "a bucket of %llu values and a table of %llu columns are too large for "
                          "32-bit hashes",
                          (unsigned long long)problem->dimension,
                          (unsigned long long)columns_of(problem));
    return TW_OK;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    uint64_t d = problem->dimension, kept = kept_of(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->columns = columns_of(problem);
    shared->kept = kept;
    shared->indices = tw_arena_take(arena, kept, sizeof *shared->indices);
    shared->medians = tw_arena_take(arena, kept, sizeof *shared->medians);
    shared->estimates = tw_arena_take(arena, d, sizeof(tw_real));
    shared->trial_table = tw_arena_take(arena, cells_of(problem), sizeof(tw_real));
    shared->trial = tw_arena_take(arena, kept, sizeof *shared->trial);
    shared->scratch = tw_arena_take(arena, TW_T(tw_select_scratch_B)(d, kept), 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    tw_arena_take(arena, 1, sizeof *own);
    own->table = tw_arena_take(arena, cells_of(problem), sizeof(tw_real));
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
    for (uint32_t row = 0; row < params_of(problem)->rows; row++) {
        struct tw_stream_key key = {problem->seed, problem->repetition, TW_RANK_ALL, TW_STEP_NONE,
                                    row,           TW_PURPOSE_SKETCH};
        shared->hash[row] = tw_rounding_open(&key);
    }
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
    return 1;
}

/* A hash and an addition into the table are a value scattered; one read is a value gathered. */
static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t touched = params_of(problem)->rows * problem->dimension;
    tw_work_add(work, TW_KERNEL_COPY, cells_of(problem), 0);
    tw_work_add(work, TW_KERNEL_SCATTER, touched, touched);
}

static void charge_digest(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t touched = params_of(problem)->rows * problem->dimension;
    tw_work_add(work, TW_KERNEL_PACK, touched, touched);
    tw_work_add(work, TW_KERNEL_SELECT, problem->dimension, kept_of(problem));
}

static void charge_mean(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_COPY, problem->dimension, 0);
    tw_work_add(work, TW_KERNEL_SCATTER, kept_of(problem), kept_of(problem));
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
    out->phases[0].kind = TW_SUM;
    out->phases[0].element = TW_REAL_ELEMENT;
    out->phases[0].combine = TW_COMBINE_SUM;
    out->phases[0].count = cells_of(problem);
    charge_local(problem, &out->phases[0].local);
    charge_digest(problem, &out->phases[0].digest);
    charge_mean(problem, &out->mean);
    charge_own(problem, &out->own);
    return TW_OK;
}

/* Bucket of a hash: its upper 31 bits as a fraction of the columns. */
static inline uint64_t bucket_of(uint32_t hash, uint64_t columns)
{
    return ((uint64_t)(hash >> 1) * columns) >> 31;
}

static inline tw_real signed_by(uint32_t hash, tw_real value)
{
    return hash & 1U ? -value : value;
}

/* The table of x, row by row, values in ascending order. */
static void fill(const struct shared *shared, const tw_real *x, tw_real *table)
{
    uint64_t columns = shared->columns, d = shared->problem.dimension;
    TW_T(tw_vec_zero)(table, cells_of(&shared->problem));
    for (uint64_t row = 0; row < params_of(&shared->problem)->rows; row++) {
        struct tw_rounding key = shared->hash[row];
        tw_real *cells = table + row * columns;
        for (uint64_t j = 0; j < d; j++) {
            uint32_t hash = tw_rounding_bits(key, (uint32_t)j);
            cells[bucket_of(hash, columns)] += signed_by(hash, x[j]);
        }
    }
}

/* What a row of a table says of value j. */
static tw_real entry(const struct shared *shared, const tw_real *table, uint64_t row, uint64_t j)
{
    uint32_t hash = tw_rounding_bits(shared->hash[row], (uint32_t)j);
    return signed_by(hash, table[row * shared->columns + bucket_of(hash, shared->columns)]);
}

/* The row of the median, by insertion; of equal entries the lower row counts as the smaller. */
static unsigned median(const struct shared *shared, const tw_real *table, uint64_t j, tw_real *out)
{
    tw_real sorted[ROWS_MOST] = {0};
    unsigned order[ROWS_MOST] = {0}, rows = (unsigned)params_of(&shared->problem)->rows;
    for (unsigned row = 0; row < rows; row++) {
        tw_real value = entry(shared, table, row, j);
        unsigned at = row;
        for (; at > 0 && sorted[at - 1] > value; at--) {
            sorted[at] = sorted[at - 1];
            order[at] = order[at - 1];
        }
        sorted[at] = value;
        order[at] = row;
    }
    *out = sorted[rows / 2];
    return order[rows / 2];
}

/* Estimates of all values, and the k largest of them. TW_INPUT for a table that is not finite. */
static tw_status choose(struct shared *shared, const tw_real *table, uint32_t *indices)
{
    uint64_t d = shared->problem.dimension;
    if (!TW_T(tw_vec_finite)(table, cells_of(&shared->problem)))
        return TW_INPUT;
    for (uint64_t j = 0; j < d; j++)
        median(shared, table, j, &shared->estimates[j]);
    return TW_T(tw_select)(shared->estimates, d, shared->kept, shared->scratch, indices);
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    (void)rank;
    (void)phase;
    (void)inbox;
    fill(shared, x, own->table);
    charge_local(&shared->problem, work);
    *request = (struct tw_request){.kind = TW_SUM,
                                   .element = TW_REAL_ELEMENT,
                                   .combine = TW_COMBINE_SUM,
                                   .count = cells_of(&shared->problem),
                                   .data = own->table};
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase;
    if (answer->kind != TW_SUM || answer->element != TW_REAL_ELEMENT ||
        answer->count != cells_of(&shared->problem))
        return TW_CORRUPT;
    shared->table = answer->data;
    charge_digest(&shared->problem, work);
    tw_status status = choose(shared, shared->table, shared->indices);
    tw_real value;
    for (uint64_t n = 0; status == TW_OK && n < shared->kept; n++)
        shared->medians[n] =
            (unsigned char)median(shared, shared->table, shared->indices[n], &value);
    return status;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    tw_real *into = out, ranks = (tw_real)shared->problem.ranks;
    TW_T(tw_vec_zero)(into, shared->problem.dimension);
    for (uint64_t n = 0; n < shared->kept; n++) {
        uint32_t j = shared->indices[n];
        into[j] = entry(shared, shared->table, shared->medians[n], j) / ranks;
    }
    charge_mean(&shared->problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t n = 0; n < shared->kept; n++) {
        uint32_t j = shared->indices[n];
        into[j] += factor * entry(shared, mine->table, shared->medians[n], j);
    }
    charge_own(&shared->problem, work);
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct shared *shared = state;
    (void)own_state;
    (void)rank;
    *out = (struct tw_support){0, shared->kept, shared->indices};
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    const tw_real *values = x;
    double sum = 0.0;
    uint64_t next = 0;
    (void)own_state;
    fill(shared, values, shared->trial_table);
    if (choose(shared, shared->trial_table, shared->trial) != TW_OK)
        return NAN;
    for (uint64_t j = 0; j < shared->problem.dimension; j++) {
        int kept = next < shared->kept && shared->trial[next] == j;
        double off = (double)values[j] - (kept ? (double)shared->estimates[j] : 0.0);
        next += (uint64_t)kept;
        sum += off * off;
    }
    return sum;
}

const struct tw_compressor TW_T(tw_compressor_countsketch) = {
    .member = {.name = "countsketch",
               .summary = "the largest values as seen in a table of signed sums, all-reduced",
               .source = "Rothchild et al., FetchSGD, 2020, arXiv 2007.07682",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
};
