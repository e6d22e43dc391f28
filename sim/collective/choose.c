/* Which schedule carries a layout: by the scenario's name, or the cheapest of the list (auto). */
#include "schedule.h"

#include <inttypes.h>

/* Entries of starts, but for the last: 0 where the kind is always cut evenly. */
static uint64_t blocks_given(const struct tw_layout *layout)
{
    uint64_t ranks = (uint64_t)layout->ranks;
    switch (layout->kind) {
    case TW_GATHER:
    case TW_REDUCE_SCATTER:
        return ranks;
    case TW_ALL_TO_ALL:
        return ranks * ranks;
    default:
        return 0;
    }
}

static tw_status check_starts(const struct tw_layout *layout, uint64_t blocks, struct tw_err *err)
{
    const uint64_t *starts = layout->starts;
    if (!starts && layout->kind != TW_GATHER)
        return TW_OK;
    if (!starts || starts[0] != 0)
        return tw_err_set(err, TW_INTERNAL, "a layout of %s needs starts that begin at 0",
                          tw_request_name(layout->kind));
    for (uint64_t b = 0; b < blocks; b++)
        if (starts[b + 1] < starts[b])
            return tw_err_set(err, TW_INTERNAL, "starts of a layout descend at block %" PRIu64, b);
    if (starts[blocks] != layout->count)
        return tw_err_set(err, TW_INTERNAL,
                          "starts of a layout end at %" PRIu64 ", its count is %" PRIu64,
                          starts[blocks], layout->count);
    return TW_OK;
}

static tw_status check_layout(const struct tw_layout *layout, struct tw_err *err)
{
    if (layout->ranks < 1)
        return tw_err_set(err, TW_INTERNAL, "a layout of %d ranks", layout->ranks);
    uint64_t given = blocks_given(layout);
    if (given > UINT32_MAX)
        return tw_err_set(err, TW_REFUSED, "%s of %d ranks has more blocks than can be named",
                          tw_request_name(layout->kind), layout->ranks);
    if (layout->kind == TW_BROADCAST && (layout->root < 0 || layout->root >= layout->ranks))
        return tw_err_set(err, TW_INTERNAL, "a broadcast from rank %d of %d", layout->root,
                          layout->ranks);
    return given ? check_starts(layout, given, err) : TW_OK;
}

/* The least segment that fits, in elements; 0: it is not for the segments that it does not. */
static uint64_t least_segment(const struct tw_algorithm *algorithm, const struct tw_layout *layout)
{
    struct tw_layout mine = *layout;
    uint64_t low = layout->segment, high = layout->count;
    mine.segment = high;
    if (!low || low >= high || !algorithm->fits(&mine))
        return 0;
    while (high - low > 1) { /* high fits, low does not */
        mine.segment = low + (high - low) / 2;
        if (algorithm->fits(&mine))
            high = mine.segment;
        else
            low = mine.segment;
    }
    return high;
}

static tw_status does_not_fit(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                              struct tw_err *err)
{
    uint64_t least = least_segment(algorithm, layout);
    const char *operation = tw_request_name(algorithm->kind), *name = algorithm->member.name;
    if (!least)
        return tw_err_set(err, TW_REFUSED, "%s \"%s\" cannot run %" PRIu64 " elements on %d ranks",
                          operation, name, layout->count, layout->ranks);
    (void)tw_err_set(err, TW_REFUSED,
                     "%s \"%s\" cannot send %" PRIu64 " B on %d ranks in segments of %" PRIu64 " B",
                     operation, name, layout->count * layout->element_B, layout->ranks,
                     layout->segment * layout->element_B);
    return tw_err_hint(err, TW_REFUSED, "segment: at least %" PRIu64 "B here, or leave it out",
                       least * layout->element_B);
}

tw_status tw_layout_for(const struct tw_algorithm *algorithm, struct tw_layout *layout,
                        struct tw_err *err)
{
    if (algorithm->kind != layout->kind)
        return tw_err_set(err, TW_REFUSED, "%s \"%s\" cannot carry %s",
                          tw_request_name(algorithm->kind), algorithm->member.name,
                          tw_request_name(layout->kind));
    tw_status status = check_layout(layout, err);
    if (status != TW_OK)
        return status;
    if (algorithm->fits && !algorithm->fits(layout))
        return does_not_fit(algorithm, layout, err);
    layout->blocks = algorithm->blocks(layout);
    return layout->kind == TW_MERGE ? check_starts(layout, layout->blocks, err) : TW_OK;
}

/* Max-plus prices one port and one lane only, many messages into one rank at once are incast, which
 * no flow model prices well, and an asymptote may promise too much. */
int tw_algorithm_competes(const struct tw_algorithm *algorithm, const struct tw_layout *layout)
{
    return algorithm->one_port && algorithm->lanes(layout) == 1 &&
           algorithm->cost_kind != TW_COST_ASYMPTOTE;
}

const struct tw_algorithm *tw_algorithm_merge_auto(void)
{
    return tw_algorithm_find(TW_MERGE, "recursive_doubling");
}

const struct tw_algorithm *tw_algorithm_choose(const struct tw_layout *layout, double alpha_s,
                                               double beta_sB, double gamma_sB)
{
    const struct tw_algorithm *chosen = NULL;
    double least_s = 0;
    if (layout->kind == TW_MERGE)
        return tw_algorithm_merge_auto();
    for (int i = 0; i < tw_algorithm_count(); i++) {
        const struct tw_algorithm *algorithm = tw_algorithm_at(i);
        struct tw_layout mine = *layout;
        if (tw_layout_for(algorithm, &mine, NULL) != TW_OK ||
            !tw_algorithm_competes(algorithm, &mine))
            continue;
        double cost_s = algorithm->cost(&mine, alpha_s, beta_sB, gamma_sB);
        /* Equal but for rounding is equal: the list's order decides, not the last bit. */
        if (chosen && cost_s >= least_s * (1 - 1e-12))
            continue;
        chosen = algorithm;
        least_s = cost_s;
    }
    return chosen;
}
