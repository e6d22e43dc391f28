/* Quantised reduce-scatter and all-gather: values travel as small integers to the owner of their
 * slice, are added there in full precision, and come back as small integers: two roundings however
 * many ranks there are, where a ring that rounds at every hop has N − 1 more.
 *
 *     C₁, C₂: blocks of b values as whole numbers −R … R times M/R, M = max |x| of the block
 *     owner q of values q·s … (q+1)·s − 1, s = ⌈d/N⌉:   S = Σ_i C₁(x_i),   mean = C₂(S)/N
 *     int8: R = 127 · int4: R = 7, to nearest, ties to even
 *
 * Source: qgZ of Wang et al., "ZeRO++" (arXiv 2306.10209): all-to-all of block-quantised gradients,
 * sums in full precision; Jia et al., "SDP4Bit" (arXiv 2410.15526): 8 bits for the first stage, 4
 * for the second, the defaults here. There the first stage stays inside a node and the second runs
 * between nodes: here which links a stage uses is the schedule's affair (`island` adds a
 * stage inside, dense or, with `inside`, in integers: the two levels of the papers).
 * Wire: N·M₁ bytes into the all-to-all, M₁ = B·⌈s/b⌉ + ⌈w₁·s/8⌉, of which one N-th stays at home;
 * M₂, the same with w₂, into the all-gather. Slices are filled up with zeros to equal size, N − 1
 * values at most, and blocks cross tensors. Cost: O(d) on every rank for each stage.
 *
 * Error feedback is exact: what C₁ takes stays with the rank, what C₂ takes stays with the owner,
 *     own_i = C₁(x_i), but on rank i's slice C₂(S) − (S − C₁(x_i)),
 * so the mean is the average of own. The papers have no memory (qgZ), or compress differences
 * of weights (SDP4Bit); the owner's part is the server error of 1-bit Adam (arXiv 2102.02888).
 * One rank alone: ‖C(x)−x‖² ≤ b/4·(1/R₁ + 1/R₂)²·‖x‖². With more, an owner's error is of the sum's
 * size, not of its own x: nothing is claimed. Departures: the all-gather of the second stage makes
 * the sharded sums of the papers whole on every rank; no Hadamard rotation (SDP4Bit has one; see
 * `cast`); M travels, not M/R. Not finite: TW_INPUT. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/vec.h"
#include "callbacks.h"
#include "split_real.h"
#include "stage_real.h"

struct params {
    int first, second;
    uint64_t block;
};

static const char *const value_names[] = {"int8", "int4", NULL};

static const struct tw_option options[] = {
    {"first", TW_OPTION_CHOICE, offsetof(struct params, first), "int8", 0, 0, 0, value_names, "",
     "type on the wire to the owners"},
    {"second", TW_OPTION_CHOICE, offsetof(struct params, second), "int4", 0, 0, 0, value_names, "",
     "type on the wire from the owners"},
    {"block", TW_OPTION_COUNT, offsetof(struct params, block), "256", 1, 1e9, 0, NULL, "values",
     "values that share a scale; blocks end with their slice"},
};

struct shared {
    struct tw_problem problem;
    struct tw_stage first, second;
    uint64_t *counts; /* N times the first stage's message */
    uint16_t *codes;  /* of a tile */
    tw_real *values;  /* of a slice */
    double *wide;     /* of a tile */
    unsigned char *trial;
    const unsigned char *means; /* second stage's messages, borrowed from the answer */
};

struct rank_state {
    unsigned char *sent, *given; /* first and second stage */
    tw_real *sums;               /* S on the rank's slice */
};

static struct tw_stage stage_of(const struct tw_problem *problem, int second)
{
    const struct params *params = problem->params;
    uint64_t ranks = (uint64_t)problem->ranks;
    uint64_t slice = (problem->dimension + ranks - 1) / ranks;
    int narrow = second ? params->second : params->first;
    return tw_stage_of(slice, params->block, narrow ? 4 : 8, sizeof(tw_real));
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    tw_arena_take(arena, 1, sizeof *shared);
    shared->problem = *problem;
    shared->first = stage_of(problem, 0);
    shared->second = stage_of(problem, 1);
    uint64_t slice = shared->first.slice;
    uint64_t first_B = shared->first.message_B, second_B = shared->second.message_B;
    shared->counts = tw_arena_take(arena, (uint64_t)problem->ranks, sizeof *shared->counts);
    shared->codes = tw_arena_take(arena, TW_STAGE_TILE, sizeof *shared->codes);
    shared->values = tw_arena_take(arena, slice, sizeof *shared->values);
    shared->wide = tw_arena_take(arena, TW_STAGE_TILE, sizeof *shared->wide);
    shared->trial = tw_arena_take(arena, first_B > second_B ? first_B : second_B, 1);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    struct tw_stage first = stage_of(problem, 0), second = stage_of(problem, 1);
    tw_arena_take(arena, 1, sizeof *own);
    own->sent = tw_arena_take(arena, (uint64_t)problem->ranks * first.message_B, 1);
    own->given = tw_arena_take(arena, second.message_B, 1);
    own->sums = tw_arena_take(arena, first.slice, sizeof *own->sums);
}

TW_CARVED_SIZES(struct shared, struct rank_state)

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    struct shared *shared = state;
    carve(problem, &arena, shared);
    for (int q = 0; q < problem->ranks; q++)
        shared->counts[q] = shared->first.message_B;
}

TW_CARVED_OPEN_RANK

static int phases(const struct tw_problem *problem)
{
    (void)problem;
    return 2;
}

/* ---- work: values with their fill, the same on every rank ---- */

static void charge_code(uint64_t values, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_QUANTISE, values, 0);
}

/* Messages are judged, which is a read of them, and decoded. */
static void charge_decode(uint64_t values, int judges, struct tw_work *work)
{
    if (judges)
        tw_work_add(work, TW_KERNEL_CAST, values, 0);
    tw_work_add(work, TW_KERNEL_DEQUANTISE, values, 0);
}

static void charge_reduce(uint64_t slice, uint64_t ranks, struct tw_work *work)
{
    charge_decode(ranks * slice, 1, work);
    charge_code(slice, work);
}

static void charge_mean(uint64_t slice, uint64_t ranks, struct tw_work *work)
{
    charge_decode(ranks * slice, 1, work);
}

static void charge_own(uint64_t slice, uint64_t ranks, struct tw_work *work)
{
    charge_decode((ranks + 1) * slice, 0, work);
    tw_work_add(work, TW_KERNEL_ADD, slice, 0);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    struct tw_stage first = stage_of(problem, 0), second = stage_of(problem, 1);
    uint64_t ranks = (uint64_t)problem->ranks, slice = first.slice;
    if (tw_plan_open(out, 2) != TW_OK)
        return TW_MEMORY;
    out->phases[0].kind = TW_ALL_TO_ALL;
    out->phases[0].element = out->phases[1].element = TW_ELEMENT_BYTE;
    out->phases[0].count = ranks * first.message_B;
    charge_code(ranks * slice, &out->phases[0].local);
    out->phases[1].kind = TW_GATHER;
    out->phases[1].count = second.message_B;
    charge_reduce(slice, ranks, &out->phases[1].local);
    charge_mean(slice, ranks, &out->mean);
    charge_own(slice, ranks, &out->own);
    return TW_OK;
}

/* ---- phases ---- */

/* One message of the stage from every rank. */
static int are_messages(const struct shared *shared, const struct tw_stage *stage,
                        enum tw_request_kind kind, const struct tw_answer *answer)
{
    if (!answer || !tw_split_is_whole(&shared->problem, kind, answer))
        return 0;
    for (int r = 0; r < answer->ranks; r++) {
        const unsigned char *message = (const unsigned char *)answer->data + answer->starts[r];
        if (answer->starts[r + 1] - answer->starts[r] != stage->message_B ||
            !TW_T(tw_stage_is_message)(stage, shared->codes, message))
            return 0;
    }
    return 1;
}

/* Values of slice q; behind the bucket's end there are none. */
static uint64_t values_in(const struct shared *shared, int q)
{
    uint64_t d = shared->problem.dimension, start = (uint64_t)q * shared->first.slice;
    uint64_t left = start < d ? d - start : 0;
    return left < shared->first.slice ? left : shared->first.slice;
}

/* Slice q of x; filled up with zeros in shared->values where it ends behind the bucket. */
static const tw_real *take_slice(const struct shared *shared, const tw_real *x, int q)
{
    uint64_t slice = shared->first.slice, n = values_in(shared, q);
    if (n == slice)
        return x + (uint64_t)q * slice;
    if (n > 0)
        TW_T(tw_vec_copy)(shared->values, x + (uint64_t)q * slice, n);
    TW_T(tw_vec_zero)(shared->values + n, slice - n);
    return shared->values;
}

static tw_status send(const struct shared *shared, const struct rank_state *own, const tw_real *x,
                      struct tw_request *request, struct tw_work *work)
{
    uint64_t message_B = shared->first.message_B;
    int ranks = shared->problem.ranks;
    for (int q = 0; q < ranks; q++) {
        tw_status status =
            TW_T(tw_stage_encode)(&shared->first, shared->codes, take_slice(shared, x, q),
                                  own->sent + (uint64_t)q * message_B);
        if (status != TW_OK)
            return status;
    }
    charge_code((uint64_t)ranks * shared->first.slice, work);
    *request = (struct tw_request){.kind = TW_ALL_TO_ALL,
                                   .element = TW_ELEMENT_BYTE,
                                   .data = own->sent,
                                   .counts = shared->counts};
    return TW_OK;
}

static tw_status reduce(const struct shared *shared, const struct rank_state *own,
                        const struct tw_answer *inbox, struct tw_request *request,
                        struct tw_work *work)
{
    uint64_t slice = shared->first.slice;
    if (!are_messages(shared, &shared->first, TW_ALL_TO_ALL, inbox))
        return TW_CORRUPT;
    for (uint64_t first = 0, n; first < slice; first += n) {
        n = slice - first < TW_STAGE_TILE ? slice - first : TW_STAGE_TILE;
        memset(shared->wide, 0, n * sizeof *shared->wide);
        for (int r = 0; r < inbox->ranks; r++) {
            TW_T(tw_stage_decode)
            (&shared->first, shared->codes, (const unsigned char *)inbox->data + inbox->starts[r],
             first, shared->values);
            TW_T(tw_stage_add)(shared->wide, shared->values, n);
        }
        TW_T(tw_stage_round)(own->sums + first, shared->wide, n);
    }
    charge_reduce(slice, (uint64_t)inbox->ranks, work);
    *request = (struct tw_request){.kind = TW_GATHER,
                                   .element = TW_ELEMENT_BYTE,
                                   .count = shared->second.message_B,
                                   .data = own->given};
    return TW_T(tw_stage_encode)(&shared->second, shared->codes, own->sums, own->given);
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    (void)rank;
    return phase == 0 ? send(state, own_state, x, request, work)
                      : reduce(state, own_state, inbox, request, work);
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase;
    (void)work;
    if (!are_messages(shared, &shared->second, TW_GATHER, answer))
        return TW_CORRUPT;
    shared->means = answer->data;
    return TW_OK;
}

/* Values of slice q from `first` on that a tile decodes and the bucket has. */
static uint64_t tile_of(const struct shared *shared, const struct tw_stage *stage,
                        const unsigned char *message, int q, uint64_t first)
{
    uint64_t n = TW_T(tw_stage_decode)(stage, shared->codes, message, first, shared->values);
    uint64_t left = values_in(shared, q) - first;
    return n < left ? n : left;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    int ranks = shared->problem.ranks;
    uint64_t slice = shared->first.slice;
    for (int q = 0; q < ranks; q++) {
        const unsigned char *message = shared->means + (uint64_t)q * shared->second.message_B;
        tw_real *into = (tw_real *)out + (uint64_t)q * slice;
        for (uint64_t first = 0; first < values_in(shared, q); first += TW_STAGE_TILE) {
            uint64_t n = tile_of(shared, &shared->second, message, q, first);
            TW_T(tw_stage_divide)(into + first, shared->values, (tw_real)ranks, n);
        }
    }
    charge_mean(slice, (uint64_t)ranks, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    int ranks = shared->problem.ranks;
    uint64_t slice = shared->first.slice;
    for (int q = 0; q < ranks; q++) {
        const unsigned char *sent = mine->sent + (uint64_t)q * shared->first.message_B;
        tw_real *into = (tw_real *)y + (uint64_t)q * slice;
        for (uint64_t first = 0; first < values_in(shared, q); first += TW_STAGE_TILE) {
            uint64_t n = tile_of(shared, &shared->first, sent, q, first);
            if (q != rank) {
                TW_T(tw_vec_axpy)(into + first, (tw_real)scale, shared->values, n);
                continue;
            }
            memset(shared->wide, 0, n * sizeof *shared->wide);
            TW_T(tw_stage_add)(shared->wide, shared->values, n);
            tile_of(shared, &shared->second, mine->given, q, first);
            TW_T(tw_stage_add_owned)
            (into + first, (tw_real)scale, shared->values, mine->sums + first, shared->wide, n);
        }
    }
    charge_own(slice, (uint64_t)ranks, work);
}

/* C₂(C₁(x)), in the slices of this problem. */
static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    double sum = 0.0;
    (void)own_state;
    for (int q = 0; q < shared->problem.ranks; q++) {
        const tw_real *from = (const tw_real *)x + (uint64_t)q * shared->first.slice;
        if (TW_T(tw_stage_encode)(&shared->first, shared->codes, take_slice(shared, x, q),
                                  shared->trial) != TW_OK)
            return NAN;
        TW_T(tw_stage_decode_all)(&shared->first, shared->codes, shared->trial, shared->values);
        if (TW_T(tw_stage_encode)(&shared->second, shared->codes, shared->values, shared->trial) !=
            TW_OK)
            return NAN;
        TW_T(tw_stage_decode_all)(&shared->second, shared->codes, shared->trial, shared->values);
        sum += TW_T(tw_vec_distance2)(from, shared->values, values_in(shared, q));
    }
    return sum;
}

static double delta(const struct tw_problem *problem)
{
    struct tw_stage first = stage_of(problem, 0), second = stage_of(problem, 1);
    double b = (double)(first.slice < first.block ? first.slice : first.block);
    double steps = 1.0 / first.range + 1.0 / second.range;
    double bound = 1.0 - b / 4.0 * steps * steps;
    return problem->ranks == 1 && bound > 0.0 ? bound : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_quant_reduce) = {
    .member = {.name = "quant_reduce",
               .summary = "int8 or int4 to slice owners, added there, int8 or int4 back",
               .source = "Wang et al., ZeRO++, arXiv 2306.10209; Jia et al., SDP4Bit, 2410.15526",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_AVERAGES_OWN,
               .requests = 1U << TW_ALL_TO_ALL | 1U << TW_GATHER},
    .precision = TW_THIS_PRECISION,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = phases,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = tw_callback_support_all,
    .try_alone = try_alone,
    .delta = delta,
};
