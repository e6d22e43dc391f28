/* How ranks of an island handle what the island reduces, exchanges and spreads.
 *
 *             inside            between                                 inside
 *   SHARE     reduce-scatter    rank j with the ranks j of all others   all-gather
 *             n → n/g each      1/g of every message                    n/g each → n
 *   LEADER    all-reduce        rank 0 with the ranks 0 of all others   broadcast
 *             n                 whole messages                          n
 *
 * Quantised (an element BYTE), SHARE reduces by an all-to-all of n bytes, and LEADER does not.
 * g = ranks of an island. SHARE is the way of hierarchical all-reduces (Jia et al.,
 * arXiv:1807.11205; Cho et al., BlueConnect, MLSys 2019): every rank has its own part of the way
 * between nodes. The data plane compresses an island's vector as a whole; a rank that has but its
 * share would choose within it. What that rank sends is taken to be an even share of what the
 * island sends, and its kernels' work an even share too. */
#include <stdlib.h>
#include "action.h"
#include "fabric.h"
#include "platform.h"
#include "timeline_islands.h"
#include "timeline_plan.h"

struct tw_islands tw_islands_of(const struct tw_pricing *pricing, int ranks, int island)
{
    enum tw_island_mode mode = pricing->island_mode;
    if (mode == TW_ISLAND_AUTO)
        mode = tw_platform_link_per_rank(&pricing->platform) ? TW_ISLAND_SHARE : TW_ISLAND_LEADER;
    return (struct tw_islands){ranks, island, mode};
}

struct tw_comm tw_islands_comm(const struct tw_islands *islands, int inside)
{
    int island = islands->island, groups = islands->ranks / island;
    if (island == 1)
        return (struct tw_comm){0};
    if (inside)
        return (struct tw_comm){
            .groups = groups, .size = island, .group_stride = island, .rank_stride = 1};
    return (struct tw_comm){.groups = islands->mode == TW_ISLAND_SHARE ? island : 1,
                            .size = groups,
                            .group_stride = 1,
                            .rank_stride = island};
}

int tw_islands_node_ranks(const struct tw_islands *islands, const struct tw_platform *platform,
                          int inside)
{
    int node_ranks = tw_platform_node_ranks(platform), island = islands->island;
    if (island == 1)
        return node_ranks;
    if (inside)
        return node_ranks < island && island % node_ranks == 0 ? node_ranks : 1;
    return node_ranks > island && node_ranks % island == 0 ? node_ranks / island : 1;
}

static uint64_t share_of(uint64_t count, const struct tw_islands *islands, int local)
{
    uint64_t island = (uint64_t)islands->island;
    return count / island + ((uint64_t)local < count % island);
}

int tw_islands_work(const struct tw_islands *islands, const struct tw_item *item, int local,
                    struct tw_work_item *work)
{
    *work = item->work;
    if (islands->island == 1 || item->stage != TW_STAGE_METHOD || item->bucket < 0)
        return 1;
    if (islands->mode == TW_ISLAND_LEADER)
        return local == 0;
    work->elements = share_of(work->elements, islands, local);
    work->selected = share_of(work->selected, islands, local);
    return 1;
}

void tw_islands_alpha_beta(const struct tw_islands *islands, const struct tw_platform *platform,
                           int inside, double *alpha_s, double *beta_sB)
{
    struct tw_comm comm = tw_islands_comm(islands, inside);
    double bandwidth_Bps = 0;
    const struct tw_fabric *fabric = platform->fabric;
    if (inside && tw_platform_has_host_per_rank(platform) &&
        tw_comm_inside_nodes(&comm, platform->ranks_per_node)) {
        *alpha_s = 2 * fabric->nvlink_s;
        *beta_sB = 1 / fabric->nvlink_Bps;
    } else if (inside && tw_comm_inside_nodes(&comm, platform->ranks_per_node) &&
               tw_platform_loopback(platform, alpha_s, &bandwidth_Bps))
        *beta_sB = 1 / bandwidth_Bps;
    else
        tw_platform_alpha_beta(platform, alpha_s, beta_sB);
}

static tw_status no_memory(const struct tw_islands *islands, struct tw_err *err)
{
    return tw_err_set(err, TW_MEMORY, "no memory for a step of %d ranks", islands->ranks);
}

/* REDUCE_INSIDE and SPREAD_INSIDE: the same in every island. */
static tw_status lay_out_inside(const struct tw_islands *islands,
                                const struct tw_platform *platform, const struct tw_item *item,
                                struct tw_action_item *action, struct tw_err *err)
{
    int reduces = item->type == TW_ITEM_REDUCE_INSIDE, island = islands->island;
    int quantised = reduces && item->element == TW_ELEMENT_BYTE;
    struct tw_item dense = {.element = item->element, .count = item->count};
    if (quantised && islands->mode == TW_ISLAND_LEADER)
        return tw_err_hint(err,
                           tw_err_set(err, TW_REFUSED,
                                      "islands whose ranks send integers to be added have no "
                                      "leader"),
                           "island_mode=\"share\"");
    if (quantised)
        dense.kind = TW_ALL_TO_ALL;
    else if (islands->mode == TW_ISLAND_LEADER)
        dense.kind = reduces ? TW_SUM : TW_BROADCAST;
    else
        dense.kind = reduces ? TW_REDUCE_SCATTER : TW_GATHER;
    if (dense.kind == TW_GATHER) {
        dense.counts = calloc((size_t)island, sizeof *dense.counts);
        if (!dense.counts)
            return no_memory(islands, err);
        for (int l = 0; l < island; l++)
            dense.counts[l] = share_of(item->count, islands, l);
    }
    tw_status status = tw_item_layout(&dense, island, tw_islands_node_ranks(islands, platform, 1),
                                      &action->layout, err);
    free(dense.counts);
    return status;
}

/* Whether all ranks of an island have the same share of every count. */
static int equal_shares(const struct tw_islands *islands, const struct tw_item *item,
                        size_t entries)
{
    uint64_t island = (uint64_t)islands->island;
    for (size_t i = 0; i < entries && item->counts; i++)
        if (item->counts[i] % island)
            return 0;
    return item->counts || item->count % island == 0;
}

static tw_status lay_out_share(const struct tw_islands *islands, const struct tw_item *item,
                               size_t entries, int local, int node_ranks, struct tw_layout *layout,
                               struct tw_err *err)
{
    struct tw_item share = *item;
    share.count = share_of(item->count, islands, local);
    share.counts = NULL;
    if (item->counts) {
        share.counts = calloc(entries, sizeof *share.counts);
        if (!share.counts)
            return no_memory(islands, err);
        for (size_t i = 0; i < entries; i++)
            share.counts[i] = share_of(item->counts[i], islands, local);
    }
    tw_status status =
        tw_item_layout(&share, islands->ranks / islands->island, node_ranks, layout, err);
    free(share.counts);
    return status;
}

static tw_status lay_out_shares(const struct tw_islands *islands,
                                const struct tw_platform *platform, const struct tw_item *item,
                                struct tw_action_item *action, struct tw_err *err)
{
    int node_ranks = tw_islands_node_ranks(islands, platform, 0);
    size_t entries = tw_item_entries(item, islands->ranks / islands->island);
    if (equal_shares(islands, item, entries))
        return lay_out_share(islands, item, entries, 0, node_ranks, &action->layout, err);
    struct tw_layout *layouts = calloc((size_t)islands->island, sizeof *layouts);
    if (!layouts)
        return no_memory(islands, err);
    action->layouts = layouts;
    tw_status status = TW_OK;
    for (int l = 0; l < islands->island && !status; l++)
        status = lay_out_share(islands, item, entries, l, node_ranks, &layouts[l], err);
    action->layout = layouts[0];
    return status;
}

tw_status tw_islands_lay_out(const struct tw_islands *islands, const struct tw_platform *platform,
                             const struct tw_item *item, struct tw_action_item *action,
                             struct tw_err *err)
{
    int inside = item->type != TW_ITEM_EXCHANGE;
    action->comm = tw_islands_comm(islands, inside);
    if (inside)
        return lay_out_inside(islands, platform, item, action, err);
    if (islands->island > 1 && islands->mode == TW_ISLAND_SHARE)
        return lay_out_shares(islands, platform, item, action, err);
    return tw_item_layout(item, islands->ranks / islands->island,
                          tw_islands_node_ranks(islands, platform, 0), &action->layout, err);
}

void tw_islands_free(struct tw_action_item *action)
{
    if (!action->layouts) {
        free((uint64_t *)action->layout.starts);
        return;
    }
    for (int g = 0; g < tw_comm_groups(&action->comm); g++)
        free((uint64_t *)action->layouts[g].starts);
    free((struct tw_layout *)action->layouts);
    action->layouts = NULL;
}
