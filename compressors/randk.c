/* Rand-K: k indices drawn at random, the same on every rank, so that an all-reduce of the values
 * is enough and no index travels.
 *
 *     C(x)_I = c·x_I, else 0;  I uniform among the k-subsets, fresh every step;  k = max(1, ⌊ρd⌋)
 *     scale=none: c = 1,   E‖C(x)−x‖² = (1 − k/d)‖x‖²
 *     scale=unbiased: c = d/k,   E C(x) = x,   E‖C(x)−x‖² = (d/k − 1)‖x‖²
 *
 * Source: Stich, Cordonnier and Jaggi, "Sparsified SGD with Memory", NeurIPS 2018 (arXiv
 * 1809.07599); shared seeds as in Konecny et al., arXiv 1610.05492.
 * The draw is without replacement and keyed by (seed, repetition, step, tensor): nothing is sent to
 * agree on it. Published code that draws with replacement keeps fewer than k different values.
 * Wire: 4·k bytes per rank, 2·k with values=fp16 or bf16 (rounded to nearest even, too large ones
 * to the largest, so that own and error feedback see what was sent; sums rounded once, in fp16
 * perhaps to infinity). No indices travel, so there is no option index. Cost: O(k log k) or O(d)
 * for the draw, O(k) for the values. The traits in the table are those of scale=none; with
 * scale=unbiased, delta() says −1 and omega() gives d/k − 1, and with rounded values −1. Numbers
 * that are not finite pass through. */
#include "base/rng.h"
#include "callbacks.h"
#include "common_real.h"
#include "half_real.h"
#include "parts.h"

#include <stddef.h>

enum scale { SCALE_NONE, SCALE_UNBIASED };

struct params {
    double ratio;
    int scope, scale, values;
};

static const char *const scale_names[] = {"none", "unbiased", NULL};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values kept: k = max(1, floor(ratio * d))"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0, tw_scope_names,
     "", "whether k is drawn of every tensor or of the bucket as a whole"},
    {"scale", TW_OPTION_CHOICE, offsetof(struct params, scale), "none", 0, 0, 0, scale_names, "",
     "none: kept values as they are; unbiased: times d/k"},
    TW_CODEC_VALUES_ROW(struct params),
};

struct shared {
    struct tw_common_shared common;
    uint32_t *bitmap; /* scratch of the draw, zero between draws */
};

struct rank_state {
    struct tw_common_rank common;
};

static const struct params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

static enum tw_value value_of(const struct tw_problem *problem)
{
    return (enum tw_value)params_of(problem)->values;
}

static struct tw_part part_at(const struct tw_problem *problem, int i)
{
    const struct params *params = params_of(problem);
    return tw_part_at(problem, (enum tw_scope)params->scope, params->ratio, i);
}

static int part_count(const struct tw_problem *problem)
{
    return tw_parts_count(problem, (enum tw_scope)params_of(problem)->scope);
}

static uint64_t kept_of(const struct tw_problem *problem)
{
    const struct params *params = params_of(problem);
    return tw_parts_kept(problem, (enum tw_scope)params->scope, params->ratio);
}

static tw_real factor_of(const struct tw_problem *problem, const struct tw_part *part)
{
    if (params_of(problem)->scale == SCALE_NONE || part->kept == 0)
        return 1;
    return (tw_real)((double)part->size / (double)part->kept);
}

static void carve(const struct tw_problem *problem, struct tw_arena *arena, struct shared *shared)
{
    uint64_t largest = 0;
    for (int i = 0; i < part_count(problem); i++) {
        uint64_t size = part_at(problem, i).size;
        largest = size > largest ? size : largest;
    }
    tw_arena_take(arena, 1, sizeof *shared);
    tw_common_carve(problem, kept_of(problem), value_of(problem), arena, &shared->common);
    shared->bitmap = tw_arena_take(arena, (largest + 31) / 32, sizeof *shared->bitmap);
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    tw_arena_take(arena, 1, sizeof *own);
    tw_common_carve_rank(problem, kept_of(problem), value_of(problem), arena, &own->common);
}

TW_CARVED_SIZES(struct shared, struct rank_state)

static void open_shared(const struct tw_problem *problem, void *state)
{
    struct tw_arena arena = {state, 0};
    carve(problem, &arena, state);
}

TW_CARVED_OPEN_RANK

static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    uint64_t kept = kept_of(problem);
    for (int i = 0; i < part_count(problem); i++) {
        struct tw_part part = part_at(problem, i);
        tw_work_add(work, TW_KERNEL_SUBSET, part.size, part.kept);
    }
    tw_work_add(work, TW_KERNEL_PACK, kept, kept);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    if (tw_plan_open(out, 1) != TW_OK)
        return TW_MEMORY;
    charge_local(problem, &out->phases[0].local);
    tw_common_plan(problem, kept_of(problem), value_of(problem), &out->phases[0], out);
    return TW_OK;
}

static void begin(void *state, uint32_t step)
{
    struct shared *shared = state;
    const struct tw_problem *problem = &shared->common.problem;
    uint32_t *indices = shared->common.indices;
    for (int i = 0; i < part_count(problem); i++) {
        struct tw_part part = part_at(problem, i);
        struct tw_stream_key key = {problem->seed, problem->repetition, TW_RANK_ALL,
                                    step,          part.tensor,         TW_PURPOSE_INDICES};
        struct tw_stream stream;
        tw_stream_open(&stream, &key);
        tw_stream_subset(&stream, (uint32_t)part.size, (uint32_t)part.kept, shared->bitmap,
                         indices);
        for (uint64_t n = 0; n < part.kept; n++)
            indices[n] += (uint32_t)part.start;
        indices += part.kept;
    }
}

static void take(const struct shared *shared, const tw_real *x, tw_real *values)
{
    const struct tw_problem *problem = &shared->common.problem;
    const uint32_t *indices = shared->common.indices;
    for (int i = 0; i < part_count(problem); i++) {
        struct tw_part part = part_at(problem, i);
        tw_real factor = factor_of(problem, &part);
        for (uint64_t n = 0; n < part.kept; n++)
            *values++ = factor * x[*indices++];
    }
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
    take(shared, x, own->common.values);
    charge_local(&shared->common.problem, work);
    TW_T(tw_common_request)(&shared->common, &own->common, request, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase;
    return TW_T(tw_common_take)(&shared->common, answer, work);
}

/* Dropped values leave x², kept ones (c − 1)²x². */
static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->common.problem;
    const uint32_t *indices = shared->common.indices;
    const tw_real *values = x;
    double sum = TW_T(tw_dropped_norm2)(x, problem->dimension, indices, shared->common.kept);
    (void)own_state;
    for (int i = 0; i < part_count(problem); i++) {
        struct tw_part part = part_at(problem, i);
        tw_real factor = factor_of(problem, &part);
        for (uint64_t n = 0; n < part.kept; n++, indices++) {
            tw_real sent = TW_T(tw_half_sent)(value_of(problem), factor * values[*indices]);
            double error = (double)sent - (double)values[*indices];
            sum += error * error;
        }
    }
    return sum;
}

static double least_share(const struct tw_problem *problem)
{
    const struct params *params = params_of(problem);
    return tw_parts_least_share(problem, (enum tw_scope)params->scope, params->ratio);
}

static double delta(const struct tw_problem *problem)
{
    double share = least_share(problem);
    int unscaled = params_of(problem)->scale == SCALE_NONE || share == 1.0;
    return tw_codec_value_delta(value_of(problem), unscaled ? share : -1.0);
}

static double omega(const struct tw_problem *problem)
{
    double share = least_share(problem);
    if (value_of(problem) != TW_VALUE_OWN)
        return -1.0;
    return params_of(problem)->scale == SCALE_UNBIASED || share == 1.0 ? 1.0 / share - 1.0 : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_randk) = {
    .member = {.name = "randk",
               .summary = "k random values at indices shared by seed, all-reduced",
               .source = "Stich, Cordonnier and Jaggi 2018, arXiv 1809.07599",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = tw_parts_check,
    .sizes = sizes,
    .open = open_shared,
    .open_rank = open_rank,
    .phases = tw_callback_one_phase,
    .plan = plan,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = TW_T(tw_common_mean),
    .own = TW_T(tw_common_own),
    .support = tw_common_support,
    .try_alone = try_alone,
    .delta = delta,
    .omega = omega,
};
