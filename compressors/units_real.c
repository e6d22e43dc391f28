/* Members that keep whole units: the arithmetic. */
#include "units_real.h"
#include "half_real.h"

#include "base/vec.h"
#include "select_real.h"
#include "sum.h"

/* Columns: rows of the matrix are added one after the other. */
void TW_T(tw_units_norms)(const struct tw_view *view, const tw_real *x, double *scores)
{
    const tw_real *from = x + view->start;
    if (view->kind != TW_VIEW_COLUMNS) {
        for (uint64_t j = 0; j < view->units; j++)
            scores[j] = TW_T(tw_vec_norm2)(from + j * view->width, tw_view_width(view, j));
        return;
    }
    for (uint64_t j = 0; j < view->units; j++)
        scores[j] = 0.0;
    for (uint64_t i = 0; i < view->width; i++, from += view->units)
        for (uint64_t j = 0; j < view->units; j++)
            scores[j] += (double)from[j] * (double)from[j];
}

tw_status TW_T(tw_units_choose_own)(struct tw_units_shared *shared, const tw_real *x,
                                    uint32_t *chosen)
{
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        if (!tw_units_is_scored(view))
            continue;
        TW_T(tw_units_norms)(view, x, shared->scores);
        tw_status status = tw_select_f64(shared->scores, view->units, view->kept, shared->scratch,
                                         chosen + view->chosen_at);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

void TW_T(tw_units_pack)(const struct tw_units_shared *shared, struct tw_units_rank *rank,
                         const uint32_t *chosen, const tw_real *x, struct tw_work *work)
{
    tw_real *values = rank->values;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        TW_T(tw_view_pack)(view, chosen + view->chosen_at, x, values + view->values_at);
        tw_arc_charge_pack(view, work);
    }
}

void TW_T(tw_units_request)(const struct tw_units_shared *shared, struct tw_units_rank *rank,
                            struct tw_request *request, struct tw_work *work)
{
    enum tw_value value = tw_units_value(&shared->problem);
    uint64_t n = shared->totals.values;
    *request = tw_sum_request(tw_codec_value_element(value, shared->problem.precision), n,
                              TW_T(tw_half_message)(value, rank->values, n, rank->halves));
    tw_codec_charge(value, n, work);
}

tw_status TW_T(tw_units_take)(struct tw_units_shared *shared, const struct tw_answer *answer,
                              struct tw_work *work)
{
    enum tw_value value = tw_units_value(&shared->problem);
    uint64_t n = shared->totals.values;
    if (!tw_sum_is_answer(answer, tw_codec_value_element(value, shared->problem.precision), n))
        return TW_CORRUPT;
    shared->sum = TW_T(tw_half_answer)(value, answer->data, n, shared->wide);
    tw_codec_charge(value, n, work);
    return TW_OK;
}

void TW_T(tw_units_mean)(void *state, void *out, struct tw_work *work)
{
    const struct tw_units_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    const tw_real *sum = shared->sum;
    TW_T(tw_vec_zero)(out, problem->dimension);
    tw_work_add(work, TW_KERNEL_ZERO, problem->dimension, 0);
    for (int t = 0; t < problem->tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        TW_T(tw_view_put)
        (view, shared->chosen + view->chosen_at, (tw_real)problem->ranks, sum + view->values_at,
         out);
        tw_arc_charge_unpack(view, work);
    }
}

void TW_T(tw_units_own)(void *state, void *own_state, int rank, double scale, void *y,
                        struct tw_work *work)
{
    const struct tw_units_shared *shared = state;
    const struct tw_units_rank *own = own_state;
    const tw_real *values = own->values;
    (void)rank;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        TW_T(tw_view_add)
        (view, shared->chosen + view->chosen_at, (tw_real)scale, values + view->values_at, y);
        tw_arc_charge_unpack(view, work);
    }
}

double TW_T(tw_units_left)(const struct tw_units_shared *shared, const uint32_t *chosen,
                           const tw_real *x)
{
    enum tw_value value = tw_units_value(&shared->problem);
    double sum = 0.0;
    for (int t = 0; t < shared->problem.tensor_count; t++) {
        const struct tw_view *view = &shared->views[t];
        sum += TW_T(tw_view_dropped_norm2)(view, chosen + view->chosen_at, x);
        if (value == TW_VALUE_OWN)
            continue;
        uint64_t n = tw_view_indices(view, chosen + view->chosen_at, shared->indices);
        for (uint64_t i = 0; i < n; i++)
            sum += TW_T(tw_half_lost2)(value, x[shared->indices[i]]);
    }
    return sum;
}
