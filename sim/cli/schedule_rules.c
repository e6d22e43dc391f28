/* Questions about presets and segments that need no sizes. What depends on the size of a request is
 * asked again when the trace is priced. */
#include "schedule_rules.h"
#include "../network/platform.h"

#include "../collective/table.h"

/* Sizes tried: powers of two of 4-byte elements up to this one, which is 4 GiB. */
enum { LARGEST_LOG2 = 30 };

static struct tw_layout layout_of(const struct tw_pricing *pricing,
                                  const struct tw_islands *islands, enum tw_request_kind kind,
                                  uint64_t count)
{
    return (struct tw_layout){.kind = kind,
                              .element_B = 4,
                              .ranks = islands->ranks / islands->island,
                              .count = count,
                              .table = pricing->tables[kind],
                              .node_ranks = tw_islands_node_ranks(islands, &pricing->platform, 0)};
}

static struct tw_islands islands_of(const struct tw_pricing *pricing, int island)
{
    return tw_islands_of(pricing, tw_platform_ranks(&pricing->platform), island);
}

struct tw_action_item tw_schedule_rules_item(const struct tw_pricing *pricing, int island,
                                             enum tw_request_kind kind)
{
    struct tw_islands islands = islands_of(pricing, island);
    return (struct tw_action_item){
        .algorithm = pricing->algorithms[kind],
        .comm = tw_islands_comm(&islands, 0),
        .layout = layout_of(pricing, &islands, kind, (uint64_t)(islands.ranks / island))};
}

/* Rings are priced wherever their ranks are: what is refused is where these are. */
tw_status tw_schedule_rules_islands(const struct tw_pricing *pricing, int island,
                                    struct tw_err *err)
{
    struct tw_islands islands = islands_of(pricing, island);
    const struct tw_algorithm *ring = tw_algorithm_find(TW_SUM, "ring");
    struct tw_action_item items[2] = {{0}};
    int count = 0;
    for (int inside = 0; inside < 2; inside++) {
        int ranks = inside ? island : islands.ranks / island;
        if (ranks == 1)
            continue;
        items[count] = (struct tw_action_item){
            .algorithm = ring,
            .comm = tw_islands_comm(&islands, inside),
            .layout = {.kind = TW_SUM, .element_B = 4, .ranks = ranks, .count = (uint64_t)ranks}};
        items[count].layout.blocks = ring->blocks(&items[count].layout);
        count++;
    }
    struct tw_step_job job = {.platform = &pricing->platform,
                              .network = &pricing->network,
                              .items = items,
                              .count = count};
    return count ? pricing->executor->accepts(&job, err) : TW_OK;
}

/* Whether it is cut otherwise when segments are short. */
static int is_pipelined(const struct tw_algorithm *algorithm, struct tw_layout layout)
{
    layout.count = 64 * (uint64_t)layout.ranks;
    layout.segment = layout.count;
    if (algorithm->fits && !algorithm->fits(&layout))
        return 1; /* that is said elsewhere */
    uint32_t whole = algorithm->blocks(&layout);
    layout.segment = 1;
    return algorithm->blocks(&layout) != whole;
}

/* Among the sizes tried: whether the preset chooses anything, and anything pipelined. */
static void try_preset(const struct tw_pricing *pricing, const struct tw_islands *islands,
                       enum tw_request_kind kind, int *chooses, int *pipelines)
{
    enum tw_preset preset = (enum tw_preset)(pricing->presets[kind] - 1);
    struct tw_preset_wires wires = tw_platform_wires(&pricing->platform);
    for (int i = 0; i <= LARGEST_LOG2; i++) {
        struct tw_layout layout = layout_of(pricing, islands, kind, UINT64_C(1) << i);
        const struct tw_algorithm *algorithm = tw_algorithm_choose_preset(preset, &layout, &wires);
        *chooses |= algorithm != NULL;
        *pipelines |= algorithm && is_pipelined(algorithm, layout);
    }
}

tw_status tw_schedule_rules_check(const struct tw_pricing *pricing, int island,
                                  enum tw_request_kind kind, struct tw_err *err)
{
    struct tw_islands islands = islands_of(pricing, island);
    const struct tw_algorithm *named = pricing->algorithms[kind];
    int preset = pricing->presets[kind], chooses = 0, pipelines = 0;
    if (islands.ranks == island)
        return TW_OK; /* nothing is exchanged */
    if (pricing->server && kind == TW_SUM) {
        tw_status status = tw_platform_check(&pricing->platform, err);
        if (status)
            return status;
    }
    if (pricing->tables[kind]) {
        tw_status status = tw_table_verify(pricing->tables[kind], err);
        if (status)
            return status;
    }
    if (preset) {
        try_preset(pricing, &islands, kind, &chooses, &pipelines);
        if (!chooses)
            return tw_err_set(err, TW_REFUSED,
                              "preset %s chooses nothing for %s that is built here",
                              tw_preset_name((enum tw_preset)(preset - 1)), tw_request_name(kind));
    } else if (named)
        pipelines = is_pipelined(named, layout_of(pricing, &islands, kind, 1));
    if (!pricing->segment_B[kind] || pipelines)
        return TW_OK;
    tw_err_set(err, TW_REFUSED, "segment: %s %s does not send in segments", tw_request_name(kind),
               preset  ? tw_preset_name((enum tw_preset)(preset - 1))
               : named ? named->member.name
                       : "auto");
    return tw_err_hint(err, TW_REFUSED, "segmented_ring and double_binary_tree do");
}
