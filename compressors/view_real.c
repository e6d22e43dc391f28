/* Moving the kept units of ARC-Top-K's views. Values travel unit by unit (rows), or row by row with
 * the kept columns side by side, so that memory is walked forwards in both. */
#include "view.h"

#include <string.h>
#include "base/vec.h"

void TW_T(tw_view_pack)(const struct tw_view *view, const uint32_t *chosen, const tw_real *x,
                        tw_real *values)
{
    const tw_real *from = x + view->start;
    if (view->kind == TW_VIEW_COLUMNS) {
        for (uint64_t i = 0; i < view->width; i++)
            for (uint64_t c = 0; c < view->kept; c++)
                *values++ = from[i * view->units + chosen[c]];
        return;
    }
    for (uint64_t c = 0; c < view->kept; c++, values += view->width) {
        uint64_t width = tw_view_width(view, chosen[c]);
        TW_T(tw_vec_copy)(values, from + chosen[c] * view->width, width);
        for (uint64_t i = width; i < view->width; i++)
            values[i] = 0;
    }
}

void TW_T(tw_view_add)(const struct tw_view *view, const uint32_t *chosen, tw_real factor,
                       const tw_real *values, tw_real *y)
{
    tw_real *into = y + view->start;
    if (view->kind == TW_VIEW_COLUMNS) {
        for (uint64_t i = 0; i < view->width; i++)
            for (uint64_t c = 0; c < view->kept; c++)
                into[i * view->units + chosen[c]] += factor * *values++;
        return;
    }
    for (uint64_t c = 0; c < view->kept; c++, values += view->width) {
        uint64_t width = tw_view_width(view, chosen[c]);
        TW_T(tw_vec_axpy)(into + chosen[c] * view->width, factor, values, width);
    }
}

void TW_T(tw_view_put)(const struct tw_view *view, const uint32_t *chosen, tw_real ranks,
                       const tw_real *values, tw_real *y)
{
    tw_real *into = y + view->start;
    if (view->kind == TW_VIEW_COLUMNS) {
        for (uint64_t i = 0; i < view->width; i++)
            for (uint64_t c = 0; c < view->kept; c++)
                into[i * view->units + chosen[c]] = *values++ / ranks;
        return;
    }
    for (uint64_t c = 0; c < view->kept; c++, values += view->width) {
        tw_real *unit = into + chosen[c] * view->width;
        uint64_t width = tw_view_width(view, chosen[c]);
        for (uint64_t i = 0; i < width; i++)
            unit[i] = values[i] / ranks;
    }
}

static double dropped_columns(const struct tw_view *view, const uint32_t *chosen, const tw_real *x)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < view->width; i++) {
        uint64_t next = 0;
        for (uint64_t j = 0; j < view->units; j++) {
            double value = (double)x[i * view->units + j];
            if (next < view->kept && chosen[next] == j)
                next++;
            else
                sum += value * value;
        }
    }
    return sum;
}

double TW_T(tw_view_dropped_norm2)(const struct tw_view *view, const uint32_t *chosen,
                                   const tw_real *x)
{
    const tw_real *from = x + view->start;
    double sum = 0.0;
    uint64_t next = 0;
    if (view->kind == TW_VIEW_COLUMNS)
        return dropped_columns(view, chosen, from);
    for (uint64_t j = 0; j < view->units; j++) {
        if (next < view->kept && chosen[next] == j)
            next++;
        else
            sum += TW_T(tw_vec_norm2)(from + j * view->width, tw_view_width(view, j));
    }
    return sum;
}
