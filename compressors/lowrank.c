/* Members that send thin factors: shapes and work. */
#include "lowrank.h"

#include "sketch_real.h"

const char *const tw_lowrank_warm_names[] = {"yes", "no", NULL};

static int is_low(const struct tw_lowrank_params *params, const struct tw_tensor *tensor)
{
    double sides = (double)tensor->rows + (double)tensor->columns;
    return !tensor->vector &&
           sides * (double)params->rank * params->rate < (double)tw_tensor_size(tensor);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

struct tw_lowrank_view tw_lowrank_next(const struct tw_problem *problem, int tensor,
                                       struct tw_lowrank_totals *totals)
{
    const struct tw_lowrank_params *params = tw_lowrank_params_of(problem);
    const struct tw_tensor *from = &problem->tensors[tensor];
    struct tw_lowrank_view view = {.start = from->offset,
                                   .rows = from->rows,
                                   .columns = from->columns,
                                   .size = tw_tensor_size(from),
                                   .low = is_low(params, from),
                                   .tensor = from->id};
    if (!view.low) {
        view.dense_at = totals->dense;
        totals->dense += view.size;
        return view;
    }
    view.left_at = totals->left;
    view.right_at = totals->right;
    totals->left += params->rank * view.rows;
    totals->right += params->rank * view.columns;
    totals->most_side = larger(totals->most_side, params->rank * larger(view.rows, view.columns));
    totals->low++;
    return view;
}

struct tw_lowrank_totals tw_lowrank_totals(const struct tw_problem *problem)
{
    struct tw_lowrank_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++)
        tw_lowrank_next(problem, t, &totals);
    return totals;
}

void tw_lowrank_views(const struct tw_problem *problem, struct tw_lowrank_view *views)
{
    struct tw_lowrank_totals walked = {0};
    for (int t = 0; t < problem->tensor_count; t++)
        views[t] = tw_lowrank_next(problem, t, &walked);
}

double tw_lowrank_delta(const struct tw_problem *problem)
{
    return tw_lowrank_totals(problem).low > 0 ? -1.0 : 1.0;
}

/* The largest rank at which a matrix is still factored: r < m·n / ((m + n)·rate); 0: none. */
static uint64_t most_rank(const struct tw_lowrank_params *params, const struct tw_tensor *tensor)
{
    struct tw_lowrank_params with = *params;
    double sides = (double)tensor->rows + (double)tensor->columns;
    with.rank = (uint64_t)((double)tw_tensor_size(tensor) / (sides * params->rate)) + 1;
    while (with.rank > 0 && !is_low(&with, tensor))
        with.rank--;
    return with.rank;
}

tw_status tw_lowrank_suits(const struct tw_problem *model, struct tw_err *err)
{
    const struct tw_lowrank_params *params = tw_lowrank_params_of(model);
    const struct tw_tensor *best = NULL;
    uint64_t most = 0;
    for (int t = 0; t < model->tensor_count; t++) {
        const struct tw_tensor *tensor = &model->tensors[t];
        if (tensor->vector || tw_tensor_size(tensor) == 0)
            continue;
        uint64_t rank = most_rank(params, tensor);
        best = !best || rank > most ? tensor : best;
        most = larger(most, rank);
    }
    if (!best && model->dimension > 1) {
        tw_err_set(err, TW_RANGE, "no tensor is a matrix: all would stay dense");
        return tw_err_hint(err, TW_RANGE, "factors need tensors of two dimensions");
    }
    if (!best || params->rank <= most)
        return TW_OK;
    tw_err_set(err, TW_RANGE,
               "rank=\"%llu\" is too large for every matrix, and all would stay dense: with rate "
               "%g, one of %llu x %llu gains up to rank %llu",
               (unsigned long long)params->rank, params->rate, (unsigned long long)best->rows,
               (unsigned long long)best->columns, (unsigned long long)most);
    if (most == 0)
        return tw_err_hint(err, TW_RANGE, "rate must be lower (from 1, default 2)");
    return tw_err_hint(err, TW_RANGE, "rank must be from 1 to %llu for these tensors (default 1)",
                       (unsigned long long)most);
}

static void charge(const struct tw_problem *problem, enum tw_kernel kernel, struct tw_work *work)
{
    struct tw_lowrank_totals totals = {0};
    uint64_t r = tw_lowrank_params_of(problem)->rank;
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_lowrank_view view = tw_lowrank_next(problem, t, &totals);
        uint64_t elements = kernel == TW_KERNEL_EXPAND
                                ? (r > 1 ? 1 + r : 3) * view.size /* memory bounds r = 1 */
                                : tw_sketch_elements(view.size, r);
        if (view.low)
            tw_work_add(work, kernel, elements, 0);
    }
}

void tw_lowrank_charge_left(const struct tw_problem *problem, struct tw_work *work)
{
    charge(problem, TW_KERNEL_SKETCH, work);
}

void tw_lowrank_charge_right(const struct tw_problem *problem, struct tw_work *work)
{
    charge(problem, TW_KERNEL_SKETCH_TRANSPOSED, work);
}

void tw_lowrank_charge_dense(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_COPY, tw_lowrank_totals(problem).dense, 0);
}

void tw_lowrank_charge_expand(const struct tw_problem *problem, struct tw_work *work)
{
    charge(problem, TW_KERNEL_EXPAND, work);
    tw_work_add(work, TW_KERNEL_ADD, tw_lowrank_totals(problem).dense, 0);
}

void tw_lowrank_charge_mean(const struct tw_problem *problem, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ZERO, problem->dimension, 0);
    tw_lowrank_charge_expand(problem, work);
}
