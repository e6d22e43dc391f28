/* Shapes of ARC-Top-K's views: counting only. */
#include "view.h"

static void cut_into(struct tw_view *view, enum tw_view_kind kind, uint64_t units, uint64_t width)
{
    view->kind = kind;
    view->units = units;
    view->width = width;
    view->last = kind == TW_VIEW_COLUMNS ? width : view->size - (units - 1) * width;
}

/* A view without kept count and places yet. An empty tensor is a dense one of 0 values. */
static struct tw_view shape_of(const struct tw_arc_params *params, const struct tw_tensor *tensor)
{
    struct tw_view view = {
        .start = tensor->offset, .size = tw_tensor_size(tensor), .tensor = tensor->id};
    uint64_t block = params->columns;
    if (view.size == 0)
        cut_into(&view, TW_VIEW_DENSE, 1, 0);
    else if (tensor->vector && params->vectors == TW_ARC_DENSE)
        cut_into(&view, TW_VIEW_DENSE, 1, view.size);
    else if (tensor->vector && params->vectors == TW_ARC_WHOLE)
        cut_into(&view, TW_VIEW_WHOLE, view.size, 1);
    else if (tensor->vector || params->rows == TW_ARC_BLOCKS)
        cut_into(&view, TW_VIEW_ROWS, (view.size + block - 1) / block, block);
    else if (params->rows == TW_ARC_INPUT)
        cut_into(&view, TW_VIEW_COLUMNS, tensor->columns, tensor->rows);
    else
        cut_into(&view, TW_VIEW_ROWS, tensor->rows, tensor->columns);
    return view;
}

/* The released way with vectors keeps ⌊ρn⌋ of their values whatever the rounding of rows. */
static uint64_t kept_of(const struct tw_arc_params *params, const struct tw_view *view)
{
    if (view->kind == TW_VIEW_DENSE)
        return 1;
    if (view->kind == TW_VIEW_WHOLE || params->rounding == 1)
        return tw_count_floor(params->ratio, view->units);
    return tw_count_ceil(params->ratio, view->units);
}

struct tw_view tw_view_next(const struct tw_arc_params *params, const struct tw_tensor *tensor,
                            struct tw_view_totals *totals)
{
    struct tw_view view = shape_of(params, tensor);
    int scored = view.kind == TW_VIEW_ROWS || view.kind == TW_VIEW_COLUMNS;
    view.kept = kept_of(params, &view);
    view.random = scored ? view.width * params->sketch : 0;
    view.sketch = scored ? view.units * params->sketch : 0;
    if (view.kind == TW_VIEW_WHOLE)
        view.sketch = view.size;
    view.values = view.kept * view.width;
    view.random_at = totals->random;
    view.sketch_at = totals->sketch;
    view.values_at = totals->values;
    view.chosen_at = totals->chosen;
    totals->random += view.random;
    totals->sketch += view.sketch;
    totals->values += view.values;
    totals->chosen += view.kept;
    totals->sketched += view.sketch > 0;
    if (scored && view.units > totals->most_units)
        totals->most_units = view.units;
    return view;
}

uint64_t tw_view_indices(const struct tw_view *view, const uint32_t *chosen, uint32_t *out)
{
    uint64_t count = 0;
    uint32_t start = (uint32_t)view->start;
    if (view->kind == TW_VIEW_COLUMNS) {
        for (uint64_t i = 0; i < view->width; i++)
            for (uint64_t c = 0; c < view->kept; c++)
                out[count++] = start + (uint32_t)(i * view->units) + chosen[c];
        return count;
    }
    for (uint64_t c = 0; c < view->kept; c++) {
        uint64_t width = tw_view_width(view, chosen[c]);
        for (uint64_t i = 0; i < width; i++)
            out[count++] = start + (uint32_t)(chosen[c] * view->width + i);
    }
    return count;
}
