/* Which schedule carries a layout: by the scenario's name, or the cheapest of the list (auto). */
#include "schedule.h"

#include <inttypes.h>

static tw_status check_starts(const struct tw_layout *layout, struct tw_err *err)
{
    if (!layout->starts || layout->starts[0] != 0)
        return tw_err_set(err, TW_INTERNAL, "a gathering layout needs starts that begin at 0");
    for (int r = 0; r < layout->ranks; r++)
        if (layout->starts[r + 1] < layout->starts[r])
            return tw_err_set(err, TW_INTERNAL, "starts of a layout descend at rank %d", r);
    if (layout->starts[layout->ranks] != layout->count)
        return tw_err_set(err, TW_INTERNAL,
                          "starts of a layout end at %" PRIu64 ", its count is %" PRIu64,
                          layout->starts[layout->ranks], layout->count);
    return TW_OK;
}

tw_status tw_layout_for(const struct tw_algorithm *algorithm, struct tw_layout *layout,
                        struct tw_err *err)
{
    if (algorithm->kind != layout->kind)
        return tw_err_set(err, TW_REFUSED, "%s \"%s\" cannot carry %s",
                          tw_request_name(algorithm->kind), algorithm->member.name,
                          tw_request_name(layout->kind));
    if (layout->ranks < 1)
        return tw_err_set(err, TW_INTERNAL, "a layout of %d ranks", layout->ranks);
    if (layout->kind == TW_GATHER) {
        tw_status status = check_starts(layout, err);
        if (status != TW_OK)
            return status;
    }
    if (algorithm->fits && !algorithm->fits(layout))
        return tw_err_set(err, TW_REFUSED, "%s \"%s\" cannot run %" PRIu64 " elements on %d ranks",
                          tw_request_name(algorithm->kind), algorithm->member.name, layout->count,
                          layout->ranks);
    layout->blocks = algorithm->blocks(layout->ranks, layout->count);
    return TW_OK;
}

const struct tw_algorithm *tw_algorithm_choose(const struct tw_layout *layout, double alpha_s,
                                               double beta_sB, double gamma_sB)
{
    const struct tw_algorithm *chosen = NULL;
    double least_s = 0;
    for (int i = 0; i < tw_algorithm_count(); i++) {
        const struct tw_algorithm *algorithm = tw_algorithm_at(i);
        struct tw_layout mine = *layout;
        if (tw_layout_for(algorithm, &mine, NULL) != TW_OK)
            continue;
        double cost_s = algorithm->cost(&mine, alpha_s, beta_sB, gamma_sB);
        if (chosen && cost_s >= least_s)
            continue;
        chosen = algorithm;
        least_s = cost_s;
    }
    return chosen;
}
