/* No compression: the dense gradient, summed by an all-reduce in the working precision or in two
 * bytes.
 *
 *     C(x) = x            mean = (1/N) · round(Σ_ranks x)           value=fp32
 *     C(x) = bf16(x)      mean = (1/N) · bf16(Σ_ranks bf16(x))      value=bf16, ties to even
 *     C(x) = fp16(x)      mean = (1/N) · fp16(Σ_ranks fp16(x))      value=fp16, ties to even
 *
 * The sum is taken in double in the order of the ranks and rounded once, whatever schedule carries
 * it: a real bf16 or fp16 ring rounds at every hop and is a little worse. value=fp32 is the
 * precision of the workload: with precision fp64 the values travel as 8 bytes.
 *
 * Wire: 4·d bytes per rank, 2·d in bf16 and fp16. δ = 1 and ω = 0; in bf16 the relative error of a
 * normal number is at most 2^-8 (8 bits of significand), so δ = 1 − 2^-16, and the traits UNBIASED
 * and LINEAR hold only nearly. fp16 has 11 bits, but a range of 2^-24 … 65504: a value or a sum
 * from 65520 on becomes infinity (the update is then not finite and the run is reported as
 * diverged), half of 2^-24 and less becomes 0, so no δ is proven. Gradients are not scaled and sums
 * are not divided before they travel: frameworks that do (by a loss scale, or by N) reach that
 * limit later. Cost: O(d). Numbers that are not finite pass through. */
#include "callbacks.h"
#include "compressor.h"
#include "base/isa.h"
#include "base/vec.h"
#include "half_real.h"
#include "sum.h"

#include <stddef.h>

enum value { VALUE_OWN, VALUE_BF16, VALUE_FP16 };

struct params {
    int value;
};

static const char *const value_names[] = {"fp32", "bf16", "fp16", NULL};

static const struct tw_option options[] = {
    {"value", TW_OPTION_CHOICE, offsetof(struct params, value), "fp32", 0, 0, 0, value_names, "",
     "type on the wire: the workload's precision (fp32), or 2 bytes"},
};

struct shared {
    struct tw_problem problem;
    const void *sum; /* borrowed from the answer */
};

struct rank_state {
    const tw_real *x;
    uint16_t *halves;
};

static enum tw_value value_of(const struct tw_problem *problem)
{
    static const enum tw_value values[] = {TW_VALUE_OWN, TW_VALUE_BF16, TW_VALUE_FP16};
    return values[((const struct params *)problem->params)->value];
}

static int is_half(const struct tw_problem *problem)
{
    return value_of(problem) != TW_VALUE_OWN;
}

static void carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                       struct rank_state *own)
{
    tw_arena_take(arena, 1, sizeof *own);
    own->halves = tw_arena_take(arena, is_half(problem) ? problem->dimension : 0, 2);
}

static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B)
{
    struct tw_arena each = {NULL, 0};
    struct rank_state own;
    carve_rank(problem, &each, &own);
    *shared_B = sizeof(struct shared);
    *rank_B = each.used;
}

TW_CARVED_OPEN_RANK

static enum tw_element element_of(const struct tw_problem *problem)
{
    return tw_codec_value_element(value_of(problem), problem->precision);
}

static void charge_local(const struct tw_problem *problem, struct tw_work *work)
{
    if (is_half(problem))
        tw_work_add(work, TW_KERNEL_CAST, problem->dimension, 0);
}

static void charge_mean(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, is_half(problem) ? TW_KERNEL_CAST : TW_KERNEL_COPY, problem->dimension, 0);
}

static void charge_own(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, problem->dimension, 0);
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    if (tw_plan_open(out, 1) != TW_OK)
        return TW_MEMORY;
    tw_sum_plan(&out->phases[0], element_of(problem), problem->dimension);
    charge_local(problem, &out->phases[0].local);
    charge_mean(problem, &out->mean);
    charge_own(problem, &out->own);
    return TW_OK;
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct shared *shared = state;
    struct rank_state *own = own_state;
    const struct tw_problem *problem = &shared->problem;
    (void)rank;
    (void)phase;
    (void)inbox;
    own->x = x;
    *request = tw_sum_request(element_of(problem), problem->dimension, x);
    if (is_half(problem)) {
        TW_T(tw_half_down)(value_of(problem), x, problem->dimension, own->halves);
        request->data = own->halves;
    }
    charge_local(problem, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    struct shared *shared = state;
    (void)phase;
    (void)work;
    if (!tw_sum_is_answer(answer, element_of(&shared->problem), shared->problem.dimension))
        return TW_CORRUPT;
    shared->sum = answer->data;
    return TW_OK;
}

TW_DISPATCHED(static, void, divide, (const tw_real *sum, uint64_t n, tw_real ranks, tw_real *out),
              (sum, n, ranks, out))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = sum[i] / ranks;
}

static void mean(void *state, void *out, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    if (is_half(problem))
        TW_T(tw_half_average)
    (value_of(problem), shared->sum, problem->dimension, (tw_real)problem->ranks, out);
    else divide(shared->sum, problem->dimension, (tw_real)problem->ranks, out);
    charge_mean(problem, work);
}

static void own(void *state, void *own_state, int rank, double scale, void *y, struct tw_work *work)
{
    const struct shared *shared = state;
    const struct rank_state *mine = own_state;
    const struct tw_problem *problem = &shared->problem;
    tw_real factor = (tw_real)scale, *into = y;
    (void)rank;
    if (is_half(problem)) {
        for (uint64_t i = 0; i < problem->dimension; i++)
            into[i] += factor * TW_T(tw_half_to)(value_of(problem), mine->halves[i]);
    } else {
        TW_T(tw_vec_axpy)(into, factor, mine->x, problem->dimension);
    }
    charge_own(problem, work);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct shared *shared = state;
    const tw_real *values = x;
    double sum = 0.0;
    (void)own_state;
    for (uint64_t i = 0; is_half(&shared->problem) && i < shared->problem.dimension; i++) {
        enum tw_value type = value_of(&shared->problem);
        uint16_t half = TW_T(tw_half_from)(type, values[i]);
        double error = (double)TW_T(tw_half_to)(type, half) - (double)values[i];
        sum += error * error;
    }
    return sum;
}

static double delta(const struct tw_problem *problem)
{
    if (value_of(problem) == TW_VALUE_FP16)
        return -1.0;
    return is_half(problem) ? 1.0 - 0x1p-16 : 1.0;
}

static double omega(const struct tw_problem *problem)
{
    return is_half(problem) ? -1.0 : 0.0;
}

const struct tw_compressor TW_T(tw_compressor_none) = {
    .member = {.name = "none",
               .summary = "the dense gradient, summed in fp32, bf16 or fp16",
               .source = "",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_UNBIASED | TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT |
                         TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .sizes = sizes,
    .open = tw_callback_open_problem,
    .open_rank = open_rank,
    .phases = tw_callback_one_phase,
    .plan = plan,
    .local = local,
    .digest = digest,
    .mean = mean,
    .own = own,
    .support = tw_callback_support_all,
    .try_alone = try_alone,
    .delta = delta,
    .omega = omega,
};
