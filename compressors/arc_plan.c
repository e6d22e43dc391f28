/* ARC-Top-K as far as shapes tell: legality, phases, messages and work. The same functions charge a
 * plan and a real run. */
#include "arc_plan.h"
#include "codec.h"
#include "select_real.h"
#include "sketch_real.h"

#define LINE 16 /* values; half of them in fp64, which is not told apart */

static const struct tw_arc_params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

tw_status tw_arc_check(const struct tw_problem *problem, struct tw_err *err)
{
    const struct tw_arc_params *params = params_of(problem);
    int blocks = params->rows == TW_ARC_BLOCKS;
    if (problem->dimension > UINT32_MAX)
        return tw_err_set(err, TW_RANGE, "a bucket of %llu values is too large for 32-bit indices",
                          (unsigned long long)problem->dimension);
    if (blocks && params->columns == 0)
        return tw_err_set(err, TW_RANGE, "rows=\"blocks\" needs columns, the values of a block");
    if (!blocks && params->columns > 0)
        return tw_err_set(err, TW_RANGE, "columns is only for rows=\"blocks\"");
    if (!blocks && params->vectors == TW_ARC_CUT)
        return tw_err_set(err, TW_RANGE, "vectors=\"blocks\" needs rows=\"blocks\" and columns");
    return TW_OK;
}

tw_status tw_arc_blocks_suit(const struct tw_problem *model, struct tw_err *err)
{
    const struct tw_arc_params *params = params_of(model);
    struct tw_view_totals totals = {0};
    uint64_t largest = 0, whole = 0;
    int cut = 0;
    for (int t = 0; t < model->tensor_count; t++) {
        struct tw_view view = tw_view_next(params, &model->tensors[t], &totals);
        cut += view.kind != TW_VIEW_DENSE;
        if (view.kind == TW_VIEW_DENSE && view.size > whole)
            whole = view.size;
        if (view.kind == TW_VIEW_ROWS && view.size > largest)
            largest = view.size;
    }
    if (cut == 0 && whole > 1) {
        tw_err_set(err, TW_RANGE,
                   "vectors=\"dense\", and no tensor is a matrix: all would be sent whole");
        return tw_err_hint(err, TW_RANGE,
                           "rows=\"blocks\" columns=\"…\" vectors=\"blocks\" cuts vectors");
    }
    if (params->rows != TW_ARC_BLOCKS || largest < 2 || params->columns < largest)
        return TW_OK;
    tw_err_set(err, TW_RANGE,
               "columns=\"%llu\" makes one block of every tensor, and all would be sent whole: the "
               "largest that is cut has %llu values",
               (unsigned long long)params->columns, (unsigned long long)largest);
    return tw_err_hint(err, TW_RANGE, "columns must be from 1 to %llu for these tensors",
                       (unsigned long long)(largest - 1));
}

tw_status tw_arc_suits(const struct tw_problem *model, struct tw_err *err)
{
    const struct tw_arc_params *params = params_of(model);
    struct tw_view_totals totals = {0};
    uint64_t widest = 0;
    tw_status status = tw_arc_blocks_suit(model, err);
    if (status != TW_OK)
        return status;
    for (int t = 0; t < model->tensor_count; t++) {
        struct tw_view view = tw_view_next(params, &model->tensors[t], &totals);
        if ((view.kind == TW_VIEW_ROWS || view.kind == TW_VIEW_COLUMNS) && view.width > widest)
            widest = view.width;
    }
    if (widest < 2 || params->sketch < widest)
        return TW_OK;
    tw_err_set(err, TW_RANGE,
               "sketch=\"%llu\" is not below the values of any row, and sketches alone would be as "
               "large as the tensors: the longest has %llu",
               (unsigned long long)params->sketch, (unsigned long long)widest);
    return tw_err_hint(err, TW_RANGE, "sketch must be from 1 to %llu for these tensors (default 4)",
                       (unsigned long long)(widest - 1));
}

struct tw_view_totals tw_arc_totals(const struct tw_problem *problem)
{
    struct tw_view_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++)
        tw_view_next(params_of(problem), &problem->tensors[t], &totals);
    return totals;
}

static int sketch_phases(const struct tw_problem *problem, const struct tw_view_totals *totals)
{
    if (params_of(problem)->fuse == TW_ARC_FUSE_NO)
        return totals->sketched;
    return totals->sketched > 0;
}

int tw_arc_phases(const struct tw_problem *problem)
{
    struct tw_view_totals totals = tw_arc_totals(problem);
    return sketch_phases(problem, &totals) + 1;
}

void tw_arc_charge_sketch(const struct tw_arc_params *params, const struct tw_view *view,
                          struct tw_work *work)
{
    if (view->kind == TW_VIEW_WHOLE) {
        tw_work_add(work, TW_KERNEL_COPY, view->size, 0);
        return;
    }
    tw_work_add(work, TW_KERNEL_NORMAL, view->random, 0);
    enum tw_kernel kernel =
        view->kind == TW_VIEW_COLUMNS ? TW_KERNEL_SKETCH_TRANSPOSED : TW_KERNEL_SKETCH;
    tw_work_add(work, kernel, tw_sketch_elements(view->size, params->sketch), 0);
}

void tw_arc_charge_choice(const struct tw_view *view, struct tw_work *work)
{
    if (view->kind != TW_VIEW_WHOLE)
        tw_work_add(work, TW_KERNEL_NORM, view->sketch, 0);
    tw_work_add(work, TW_KERNEL_SELECT, view->units, view->kept);
}

static int is_contiguous(const struct tw_view *view)
{
    return view->kind == TW_VIEW_ROWS || view->kind == TW_VIEW_DENSE;
}

/* Kept columns lie scattered; where they are denser than one in a cache line of LINE values, lines
 * are what is gathered, and the values of a line come with it. */
static int share_lines(const struct tw_view *view)
{
    return view->values > view->size / LINE;
}

void tw_arc_charge_pack(const struct tw_view *view, struct tw_work *work)
{
    uint64_t lines = view->size / LINE;
    if (is_contiguous(view) || share_lines(view))
        tw_work_add(work, TW_KERNEL_COPY, view->values, 0);
    if (!is_contiguous(view) && share_lines(view))
        tw_work_add(work, TW_KERNEL_PACK, lines, lines);
    else if (!is_contiguous(view))
        tw_work_add(work, TW_KERNEL_PACK, view->values, view->values);
}

void tw_arc_charge_unpack(const struct tw_view *view, struct tw_work *work)
{
    if (is_contiguous(view))
        tw_work_add(work, TW_KERNEL_ADD, view->values, 0);
    else
        tw_work_add(work, TW_KERNEL_SCATTER, view->values,
                    share_lines(view) ? view->size / LINE : view->values);
}

tw_status tw_arc_plan(const struct tw_problem *problem, struct tw_plan *out)
{
    const struct tw_arc_params *params = params_of(problem);
    struct tw_view_totals totals = tw_arc_totals(problem), walked = {0};
    enum tw_element element = problem->precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32;
    int last = sketch_phases(problem, &totals), sketched = 0;
    if (tw_plan_open(out, last + 1) != TW_OK)
        return TW_MEMORY;
    for (int p = 0; p <= last; p++) {
        out->phases[p].kind = TW_SUM;
        out->phases[p].element = element;
        out->phases[p].combine = TW_COMBINE_SUM;
    }
    tw_work_add(&out->mean, TW_KERNEL_ZERO, problem->dimension, 0);
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(params, &problem->tensors[t], &walked);
        if (view.sketch > 0) {
            int p = params->fuse == TW_ARC_FUSE_NO ? sketched++ : 0;
            out->phases[p].count += view.sketch;
            tw_arc_charge_sketch(params, &view, &out->phases[p].local);
            tw_arc_charge_choice(&view, &out->phases[p].digest);
        }
        tw_arc_charge_pack(&view, &out->phases[last].local);
        tw_arc_charge_unpack(&view, &out->mean);
        tw_arc_charge_unpack(&view, &out->own);
    }
    enum tw_value value = (enum tw_value)params->values;
    out->phases[last].element = tw_codec_value_element(value, problem->precision);
    out->phases[last].count = totals.values;
    tw_codec_charge(value, totals.values, &out->phases[last].local);
    tw_codec_charge(value, totals.values, &out->phases[last].digest);
    return TW_OK;
}

size_t tw_arc_scratch_B(const struct tw_problem *problem)
{
    struct tw_view_totals totals = {0};
    size_t most = 0;
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(params_of(problem), &problem->tensors[t], &totals);
        /* scores are doubles; a vector's own selection needs no more */
        size_t need = view.sketch > 0 ? tw_select_scratch_B_f64(view.units, view.kept) : 0;
        most = need > most ? need : most;
    }
    return most;
}

/* Only the identity is proven. */
double tw_arc_delta(const struct tw_problem *problem)
{
    struct tw_view_totals totals = {0};
    for (int t = 0; t < problem->tensor_count; t++) {
        struct tw_view view = tw_view_next(params_of(problem), &problem->tensors[t], &totals);
        if (view.kept < view.units)
            return -1.0;
    }
    return tw_codec_value_delta((enum tw_value)params_of(problem)->values, 1.0);
}
