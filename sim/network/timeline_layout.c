/* An exchange of a trace as a layout: who contributes how much, and who gets it. */
#include <stdlib.h>
#include "timeline_plan.h"

/* Block b of a GATHER is what rank b gives, of a REDUCE_SCATTER what rank b gets. */
static tw_status starts_by_rank(struct tw_layout *layout, const struct tw_item *item)
{
    uint64_t *starts = calloc((size_t)layout->ranks + 1, sizeof *starts);
    if (!starts)
        return TW_MEMORY;
    for (int r = 0; r < layout->ranks; r++)
        starts[r + 1] = starts[r] + (item->counts ? item->counts[r] : item->count);
    layout->starts = starts;
    layout->count = starts[layout->ranks];
    return TW_OK;
}

/* Block r·ranks + q is what rank r sends to rank q: by the item's counts, else every rank cuts its
 * count evenly, the first blocks one element longer. */
static tw_status starts_by_pair(struct tw_layout *layout, const struct tw_item *item)
{
    size_t ranks = (size_t)layout->ranks;
    uint64_t base = item->count / ranks, longer = item->count % ranks;
    layout->count = item->count * ranks;
    if (!item->counts && longer == 0)
        return TW_OK; /* the even cut into ranks² blocks is the same */
    uint64_t *starts = calloc(ranks * ranks + 1, sizeof *starts);
    if (!starts)
        return TW_MEMORY;
    for (size_t b = 0; b < ranks * ranks; b++)
        starts[b + 1] = starts[b] + (item->counts ? item->counts[b] : base + (b % ranks < longer));
    layout->starts = starts;
    layout->count = starts[ranks * ranks];
    return TW_OK;
}

/* Blocks are the partials of the schedule that the data plane merged by. */
static tw_status starts_by_partial(struct tw_layout *layout, const struct tw_item *item)
{
    size_t blocks = tw_item_entries(item, layout->ranks);
    layout->count = item->count * blocks;
    if (!item->counts)
        return TW_OK; /* all alike */
    uint64_t *starts = calloc(blocks + 1, sizeof *starts);
    if (!starts)
        return TW_MEMORY;
    for (size_t b = 0; b < blocks; b++)
        starts[b + 1] = starts[b] + item->counts[b];
    layout->starts = starts;
    layout->count = starts[blocks];
    return TW_OK;
}

tw_status tw_item_layout(const struct tw_item *item, int ranks, int node_ranks,
                         struct tw_layout *layout, struct tw_err *err)
{
    const char *operation = tw_request_name(item->kind);
    tw_status status = TW_OK;
    *layout = (struct tw_layout){.kind = item->kind,
                                 .element = item->element,
                                 .element_B = tw_element_B(item->element),
                                 .ranks = ranks,
                                 .count = item->count,
                                 .node_ranks = node_ranks};
    if (item->kind == TW_MERGE && !item->merge)
        return tw_err_set(err, TW_REFUSED, "no schedule carries %s", operation);
    if (item->counts && item->kind != TW_GATHER && item->kind != TW_REDUCE_SCATTER &&
        item->kind != TW_ALL_TO_ALL && item->kind != TW_MERGE)
        return tw_err_set(err, TW_CORRUPT, "an %s of unequal counts", operation);
    if (item->kind == TW_BROADCAST)
        layout->root = item->root;
    if (item->kind == TW_MERGE)
        status = starts_by_partial(layout, item);
    else if (item->kind == TW_ALL_TO_ALL)
        status = starts_by_pair(layout, item);
    else if (item->kind == TW_GATHER || item->counts)
        status = starts_by_rank(layout, item);
    return status ? tw_err_set(err, status, "no memory for a step of %d ranks", ranks) : TW_OK;
}
