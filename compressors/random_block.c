/* Random rows or blocks: whole units drawn at random, the same on every rank, all-reduced.
 *
 *     C(x)_I = x_I, else 0;  I: K of a tensor's m units, uniform, fresh every step
 *     E‖C(x)−x‖² = (1 − K/m)‖x‖²
 *
 * Source: Xie, Zheng, Koyejo, Gupta, Li and Lin, "CSER: Communication-efficient SGD with Error
 * Reset", NeurIPS 2020 (arXiv 2007.13221): globally random block sparsification. Their draw is over
 * all blocks of a tensor too; ratio and rounding are ours, those of ARC-Top-K, of which this is the
 * control: the same units, chosen blindly.
 * Wire: B·K·n bytes per rank (B = 2 with values=fp16 or bf16: rounded, and sums rounded once), a
 * kept short block filled up with zeros. Cost: O(K·n), memory walked forwards. Numbers that are not
 * finite pass through. */
#include <stddef.h>
#include "base/rng.h"
#include "callbacks.h"
#include "units_real.h"

static const struct tw_option options[] = {
    TW_UNITS_OPTION_ROWS,
    TW_CODEC_VALUES_ROW(struct tw_units_params),
};

static void charge_draw(const struct tw_problem *problem, struct tw_work *work)
{
    struct tw_arc_params shape = tw_units_shape(problem);
    struct tw_view_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(&shape, &problem->tensors[t], &totals);
        if (tw_units_is_scored(&view))
            tw_work_add(work, TW_KERNEL_SUBSET, view.units, view.kept);
    }
}

static tw_status plan(const struct tw_problem *problem, struct tw_plan *out)
{
    tw_status status = tw_units_plan(problem, 0, out);
    if (status == TW_OK)
        charge_draw(problem, &out->phases[0].local);
    return status;
}

static void begin(void *state, uint32_t step)
{
    struct tw_units_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        struct tw_stream_key key = {problem->seed, problem->repetition, TW_RANK_ALL,
                                    step,          view->tensor,        TW_PURPOSE_INDICES};
        struct tw_stream stream;
        if (!tw_units_is_scored(view))
            continue;
        tw_stream_open(&stream, &key);
        tw_stream_subset(&stream, (uint32_t)view->units, (uint32_t)view->kept, shared->bitmap,
                         shared->chosen + view->chosen_at);
    }
}

static tw_status local(void *state, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work)
{
    const struct tw_units_shared *shared = state;
    struct tw_units_rank *own = own_state;
    (void)rank, (void)phase, (void)inbox;
    TW_T(tw_units_pack)(shared, own, shared->chosen, x, work);
    TW_T(tw_units_request)(shared, own, request, work);
    charge_draw(&shared->problem, work);
    return TW_OK;
}

static tw_status digest(void *state, int phase, const struct tw_answer *answer,
                        struct tw_work *work)
{
    (void)phase;
    return TW_T(tw_units_take)(state, answer, work);
}

static double try_alone(void *state, void *own_state, const void *x)
{
    const struct tw_units_shared *shared = state;
    (void)own_state;
    return TW_T(tw_units_left)(shared, shared->chosen, x);
}

static double delta(const struct tw_problem *problem)
{
    return tw_codec_value_delta(tw_units_value(problem), tw_units_least_share(problem));
}

const struct tw_compressor TW_T(tw_compressor_random_block) = {
    .member = {.name = "random_block",
               .summary = "random rows or blocks shared by seed, all-reduced",
               .source = "Xie et al. 2020, arXiv 2007.13221",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_units_params),
               .traits = TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_SUM},
    .precision = TW_THIS_PRECISION,
    .check = tw_units_check,
    .suits = tw_units_suits,
    .sizes = tw_units_sizes,
    .open = tw_units_open,
    .open_rank = tw_units_open_rank,
    .phases = tw_callback_one_phase,
    .plan = plan,
    .begin = begin,
    .local = local,
    .digest = digest,
    .mean = TW_T(tw_units_mean),
    .own = TW_T(tw_units_own),
    .support = tw_units_support,
    .try_alone = try_alone,
    .delta = delta,
};
