/* ARC-Top-K: rows chosen by the energy of the *average* gradient, seen through a random sketch, so
 * that all ranks keep the same rows and an all-reduce of them is enough.
 *
 *     V ~ N(0,1), n×r, the same on all ranks, fresh every step (from the seed: nothing is sent)
 *     P = Σ_ranks X_rank V                     all-reduce of m·r values
 *     I = the K rows of largest ‖P[j,:]‖², ties to the lower row
 *     mean = (1/N) Σ_ranks X_rank[I,:]         all-reduce of K·n values, no indices
 *
 * Source: "An All-Reduce Compatible Top-K Compressor for Communication-Efficient Distributed
 * Learning", arXiv 2510.26709, and the code its authors released (AllreduceTopK).
 * Wire: 4·(m·r + K·n) bytes per rank, 4·m·r + 2·K·n with values=fp16 or bf16 (ours: the values are
 * rounded, the sketch, which orders rows, is not; no indices travel, so none are coded). Cost:
 * m·n·r multiply-adds, n·r normals, O(m) to choose.
 *
 * Paper and released code differ; both are options, the default named first here:
 *     rounding: K = ⌈μm⌉ (paper) or ⌊μm⌋, at least 1 (released hooks)
 *     vectors:  one-dimensional tensors dense in the values message; or whole: all-reduced in
 *               the sketch phase, and their global top ⌊μn⌋ sent again (released hook: 1 + μ
 *               times dense); or cut into blocks like a matrix under rows=blocks (ours)
 *     scale:    none (released) or sqrt, P = XV/√r (paper): the choice of rows is the same
 *     fuse:     all sketches of a bucket in one all-reduce, or one per tensor (released)
 *     rows:     output (a row of the tensor's own shape), input (a column: the transposed
 *               view), or blocks of `columns` values of the flat tensor, the last one shorter
 *               (filled up with zeros in the values message)
 *
 * With exact row norms ‖mean − x̄‖² ≤ (1 − K/m)‖x̄‖² always holds. With a finite sketch it does not
 * (ten rows, nine of them equal, are enough), so delta() claims nothing: measure it. A rank's own
 * C(x_rank) can be as bad as 0 when the ranks' rows cancel.
 * The sketch is summed in the working precision; scores are added in double. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/vec.h"
#include "callbacks.h"
#include "select_real.h"
#include "sketch_real.h"
#include "arc_plan.h"
#include "half_real.h"
#include "sum.h"

#define SKETCH_MOST 4096
#define NORMALS_AT_ONCE 256

static const char *const rows_names[] = {"output", "input", "blocks", NULL};
static const char *const rounding_names[] = {"ceil", "floor", NULL};
static const char *const vectors_names[] = {"dense", "whole", "blocks", NULL};
static const char *const scale_names[] = {"none", "sqrt", NULL};
static const char *const fuse_names[] = {"yes", "no", NULL};
enum { SCALE_NONE, SCALE_SQRT };

#define FIELD(name) offsetof(struct tw_arc_params, name)
static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, FIELD(ratio), NULL, 0.0, 1.0, 1, NULL, "share of rows",
     "share of rows kept (mu)"},
    {"sketch", TW_OPTION_COUNT, FIELD(sketch), "4", 1, SKETCH_MOST, 0, NULL, "columns",
     "columns r of the random matrix"},
    {"rows", TW_OPTION_CHOICE, FIELD(rows), "output", 0, 0, 0, rows_names, "",
     "what is kept whole: a row (output feature), a column (input feature), or a block"},
    {"columns", TW_OPTION_COUNT, FIELD(columns), "0", 0, 4294967295.0, 0, NULL, "values",
     "values of a block; for rows=blocks only"},
    {"rounding", TW_OPTION_CHOICE, FIELD(rounding), "ceil", 0, 0, 0, rounding_names, "",
     "K = ceil(mu * m), or max(1, floor(mu * m))"},
    {"vectors", TW_OPTION_CHOICE, FIELD(vectors), "dense", 0, 0, 0, vectors_names, "",
     "one-dimensional tensors: dense; whole (twice, as released); blocks (cut as rows=blocks)"},
    {"scale", TW_OPTION_CHOICE, FIELD(scale), "none", 0, 0, 0, scale_names, "",
     "sqrt: the sketch is divided by the root of its columns"},
    {"fuse", TW_OPTION_CHOICE, FIELD(fuse), "yes", 0, 0, 0, fuse_names, "",
     "one sketch all-reduce per bucket (yes), or one per tensor (no)"},
    TW_CODEC_VALUES_ROW(struct tw_arc_params),
};

struct shared {
    struct tw_problem problem;
    struct tw_view *views;
    tw_real *random; /* V of every view: r columns of `width` values */
    uint32_t *chosen, *trial;
    uint32_t *indices; /* support, filled when asked for */
    double *scores;
    void *scratch;
    const tw_real *sum; /* of the values, borrowed from the answer, or wide */
    tw_real *wide;      /* sums of rounded values */
};

struct rank_state {
    const tw_real *x;
    tw_real *sketch, *values;
    uint16_t *halves; /* values as they travel, when they are rounded */
};

static const struct tw_arc_params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

/* How the values message travels; the sketch is never rounded. */
static enum tw_value value_of(const struct tw_problem *problem, int values)
{
    return values ? (enum tw_value)params_of(problem)->values : TW_VALUE_OWN;
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    struct tw_view_totals totals = tw_arc_totals(problem);
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->views = tw_arena_take(arena, (uint64_t)problem->tensor_count, sizeof *shared->views);
    shared->random = tw_arena_take(arena, totals.random, sizeof *shared->random);
    shared->chosen = tw_arena_take(arena, totals.chosen, sizeof *shared->chosen);
    shared->trial = tw_arena_take(arena, totals.chosen, sizeof *shared->trial);
    shared->indices = tw_arena_take(arena, totals.values, sizeof *shared->indices);
    shared->scores = tw_arena_take(arena, totals.most_units, sizeof *shared->scores);
    shared->scratch = tw_arena_take(arena, tw_arc_scratch_B(problem), 1);
    shared->wide = tw_arena_take(arena, tw_codec_rounded(value_of(problem, 1), totals.values),
                                 sizeof *shared->wide);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    struct tw_view_totals totals = tw_arc_totals(problem);
    tw_arena_take(arena, 1, sizeof *own);
    own->sketch = tw_arena_take(arena, totals.sketch, sizeof *own->sketch);
    own->values = tw_arena_take(arena, totals.values, sizeof *own->values);
    own->halves = tw_arena_take(arena, tw_codec_rounded(value_of(problem, 1), totals.values),
                                sizeof *own->halves);
}

TW_CARVED_SIZES(struct shared, struct rank_state)

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    struct shared *shared = state;
    struct tw_view_totals totals = {0};
    carve(problem, &arena, shared);
    for (int t = 0; t < problem->tensor_count; t++)
        shared->views[t] = tw_view_next(params_of(problem), &problem->tensors[t], &totals);
    for (uint64_t i = 0; i < totals.chosen; i++)
        shared->chosen[i] = 0; /* dense views keep their only unit, number 0, for ever */
}

TW_CARVED_OPEN_RANK

/* V of every view, drawn row by row (entry (i, c) is draw i·r + c) and kept column by column. */
static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    const struct tw_arc_params *params = params_of(problem);
    uint64_t r = params->sketch;
    tw_real factor = params->scale == SCALE_SQRT ? (tw_real)(1.0 / sqrt((double)r)) : 1;
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        struct tw_stream_key key = {problem->seed, problem->repetition, TW_RANK_ALL,
                                    step,          view->tensor,        TW_PURPOSE_SKETCH};
        tw_real *v = shared->random + view->random_at;
        struct tw_stream stream;
        double drawn[NORMALS_AT_ONCE];
        tw_stream_open(&stream, &key);
        for (uint64_t i = 0; i < view->random; i++) {
            if (i % NORMALS_AT_ONCE == 0)
                tw_stream_normals(&stream, drawn,
                                  view->random - i < NORMALS_AT_ONCE ? view->random - i
                                                                     : NORMALS_AT_ONCE);
            v[i % r * view->width + i / r] = factor * (tw_real)drawn[i % NORMALS_AT_ONCE];
        }
    }
}

static void sketch(const struct shared *shared, const struct tw_view *view, const tw_real *x,
                   tw_real *p)
{
    const tw_real *v = shared->random + view->random_at;
    int r = (int)params_of(&shared->problem)->sketch;
    if (view->kind == TW_VIEW_WHOLE)
        TW_T(tw_vec_copy)(p, x + view->start, view->size);
    else if (view->kind == TW_VIEW_COLUMNS)
        TW_T(tw_sketch_columns)(x + view->start, view->units, view->width, v, r, p);
    else
        TW_T(tw_sketch_rows)(x + view->start, view->units, view->width, view->last, v, r, p);
}

/* The units of largest energy in the sketch p. TW_INPUT when it is not finite. */
static tw_status choose(struct shared *shared, const struct tw_view *view, const tw_real *p,
                        uint32_t *chosen)
{
    int r = (int)params_of(&shared->problem)->sketch;
    if (view->kind == TW_VIEW_WHOLE)
        return TW_T(tw_select)(p, view->units, view->kept, shared->scratch, chosen);
    if (!TW_T(tw_sketch_scores)(p, view->units, r, shared->scores))
        return TW_INPUT;
    return tw_select_f64(shared->scores, view->units, view->kept, shared->scratch, chosen);
}

/* Whether a phase is the last, that of the values; else the views [first, end) it sketches. */
struct span {
    int values, first, end;
};

static struct span span_of(const struct shared *shared, int phase)
{
    int tensors = shared->problem.tensor_count, sketched = -1;
    if (phase == tw_arc_phases(&shared->problem) - 1)
        return (struct span){1, 0, tensors};
    if (params_of(&shared->problem)->fuse == TW_ARC_FUSE_YES)
        return (struct span){0, 0, tensors};
    for (int t = 0; t < tensors; t++) {
        sketched += shared->views[t].sketch > 0;
        if (sketched == phase)
            return (struct span){0, t, t + 1};
    }
    return (struct span){0, tensors, tensors};
}

/* Values of the answer of a span's phase. */
static uint64_t count_of(const struct shared *shared, struct span span)
{
    uint64_t count = 0;
    for (int t = span.first; t < span.end; t++)
        count += span.values ? shared->views[t].values : shared->views[t].sketch;
    return count;
}

static void fill(const struct shared *shared, struct rank_state *own, struct span span,
                 struct tw_work *work)
{
    for (int t = span.first; t < span.end; t++) {
        const struct tw_view *view = &shared->views[t];
        if (span.values) {
            const uint32_t *chosen = shared->chosen + view->chosen_at;
            TW_T(tw_view_pack)(view, chosen, own->x, own->values + view->values_at);
            tw_arc_charge_pack(view, work);
        } else if (view->sketch > 0) {
            sketch(shared, view, own->x, own->sketch + view->sketch_at);
            tw_arc_charge_sketch(params_of(&shared->problem), view, work);
        }
    }
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    struct span span = span_of(shared, phase);
    (void)rank;
    (void)inbox;
    own->x = x;
    fill(shared, own, span, work);
    enum tw_value value = value_of(&shared->problem, span.values);
    uint64_t count = count_of(shared, span);
    *request = tw_sum_request(
        tw_codec_value_element(value, shared->problem.precision), count,
        span.values ? TW_T(tw_half_message)(value, own->values, count, own->halves) : own->values);
    tw_codec_charge(value, count, work);
    if (!span.values && span.first < span.end)
        request->data = own->sketch + shared->views[span.first].sketch_at;
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    struct span span = span_of(shared, phase);
    enum tw_value value = value_of(&shared->problem, span.values);
    if (!tw_sum_is_answer(answer, tw_codec_value_element(value, shared->problem.precision),
                          count_of(shared, span)))
        return TW_CORRUPT;
    shared->sum = TW_T(tw_half_answer)(value, answer->data, answer->count, shared->wide);
    tw_codec_charge(value, answer->count, work);
    tw_status status = TW_OK;
    for (int t = span.first; !span.values && t < span.end && status == TW_OK; t++) {
        const struct tw_view *view = &shared->views[t];
        if (view->sketch == 0)
            continue;
        status = choose(shared, view,
                        shared->sum + (view->sketch_at - shared->views[span.first].sketch_at),
                        shared->chosen + view->chosen_at);
        tw_arc_charge_choice(view, work);
    }
    return status;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    TW_T(tw_vec_zero)(out, problem->dimension);
    tw_work_add(work, TW_KERNEL_ZERO, problem->dimension, 0);
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        const uint32_t *chosen = shared->chosen + view->chosen_at;
        const tw_real *values = shared->sum + view->values_at;
        TW_T(tw_view_put)(view, chosen, (tw_real)problem->ranks, values, out);
        tw_arc_charge_unpack(view, work);
    }
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    (void)rank;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        const uint32_t *chosen = shared->chosen + view->chosen_at;
        const tw_real *values = mine->values + view->values_at;
        TW_T(tw_view_add)(view, chosen, (tw_real)scale, values, y);
        tw_arc_charge_unpack(view, work);
    }
}

static void support(void *state, void *own_state, int rank, struct tw_support *out)
{
    struct shared *shared = state;
    uint64_t count = 0;
    (void)own_state;
    (void)rank;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        count += tw_view_indices(view, shared->chosen + view->chosen_at, shared->indices + count);
    }
    *out = (struct tw_support){0, count, shared->indices};
}

static double try_alone(void *state, void *own_state, const void *x)
{
    struct shared *shared = state;
    struct rank_state *own = own_state;
    double sum = 0.0;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        uint32_t *chosen = shared->trial + view->chosen_at;
        if (view->sketch > 0) {
            sketch(shared, view, x, own->sketch + view->sketch_at);
            if (choose(shared, view, own->sketch + view->sketch_at, chosen) != TW_OK)
                return NAN;
        }
        sum += TW_T(tw_view_dropped_norm2)(view, chosen, x);
        uint64_t n = tw_view_indices(view, chosen, shared->indices);
        for (uint64_t i = 0; value_of(&shared->problem, 1) && i < n; i++)
            sum += TW_T(tw_half_lost2)(value_of(&shared->problem, 1),
                                       ((const tw_real *)x)[shared->indices[i]]);
    }
    return sum;
}

const struct tw_compressor TW_T(tw_compressor_arctopk) = {
    .member = {.name = "arctopk",
               .summary = "rows of most energy in the average by a shared sketch, all-reduced",
               .source = "An All-Reduce Compatible Top-K Compressor, 2025, arXiv 2510.26709",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_arc_params),
               .traits = TW_LINEAR | TW_SHARED_SUPPORT | TW_NEEDS_MATRIX | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = tw_arc_check,
    .suits = tw_arc_suits,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = tw_arc_phases,
    .plan = tw_arc_plan,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = support,
    .try_alone = try_alone,
    .delta = tw_arc_delta,
};
