/* See choice_events.h. */
#include "choice_events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "action.h"
#include "fabric.h"

struct tw_choice {
    enum tw_request_kind kind;
    int ranks, node_ranks, root, size_class;
    unsigned element_B;
    struct tw_comm comm;
    const struct tw_algorithm *algorithm;
};

/* Attributes of a cluster that leave every rank's ways as they are. */
static int is_harmless(const struct tw_pair *pair)
{
    static const char *const names[] = {"loopback_bw", "loopback_lat", "core", "speed",
                                        "wattage_per_state"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(pair->name, names[i]) == 0)
            return 1;
    return (strcmp(pair->name, "topology") == 0 && strcmp(pair->value, "FLAT") == 0) ||
           (strcmp(pair->name, "sharing_policy") == 0 && strcmp(pair->value, "SPLITDUPLEX") == 0);
}

int tw_choice_shares_links(const struct tw_platform *platform, const struct tw_comm *comm)
{
    if (tw_comm_inside_nodes(comm, platform->ranks_per_node))
        return 0;
    if (platform->file || platform->fabric || (platform->ranks_per_node > 1 && platform->nodes > 1))
        return 1;
    for (int i = 0; i < platform->attribute_count; i++)
        if (!is_harmless(&platform->attributes[i]))
            return 1;
    return 0;
}

static struct tw_choice class_of(const struct tw_comm *comm, const struct tw_layout *layout)
{
    double bytes = (double)layout->count * layout->element_B;
    return (struct tw_choice){.kind = layout->kind,
                              .ranks = layout->ranks,
                              .node_ranks = layout->node_ranks,
                              .root = layout->root,
                              .size_class = bytes < 1 ? -1 : (int)floor(4 * log2(bytes)),
                              .element_B = layout->element_B,
                              .comm = *comm};
}

static int is_class(const struct tw_choice *a, const struct tw_choice *b)
{
    return a->kind == b->kind && a->ranks == b->ranks && a->node_ranks == b->node_ranks &&
           a->root == b->root && a->size_class == b->size_class && a->element_B == b->element_B &&
           a->comm.groups == b->comm.groups && a->comm.size == b->comm.size &&
           a->comm.group_stride == b->comm.group_stride &&
           a->comm.rank_stride == b->comm.rank_stride;
}

/* When the last rank is done; INFINITY where it cannot be run. rows_s: 2 · ranks, zeros first. */
static tw_status simulate(const struct tw_pricing *pricing, struct tw_action_item *item,
                          double *rows_s, double *last_s, struct tw_err *err)
{
    const struct tw_executor *simgrid = tw_executor_find("simgrid");
    struct tw_platform platform = pricing->platform;
    struct tw_err refused = {0};
    int ranks = tw_platform_ranks(&platform);
    platform.dynamics = NULL;
    struct tw_step_job job = {.platform = &platform,
                              .network = &pricing->network,
                              .items = item,
                              .count = 1,
                              .entry_s = rows_s,
                              .gamma_sB = pricing->device ? pricing->device->combine_sB : 0};
    *last_s = INFINITY;
    if (tw_layout_for(item->algorithm, &item->layout, &refused) ||
        !tw_algorithm_competes(item->algorithm, &item->layout) || simgrid->accepts(&job, &refused))
        return TW_OK;
    double *end_s = rows_s + ranks;
    tw_status status = simgrid->price(&job, end_s, &refused);
    if (status == TW_MEMORY || status == TW_IO || status == TW_TIMEOUT)
        return tw_err_set(err, status, "choosing among schedules: %s", refused.text);
    if (status)
        return TW_OK;
    *last_s = 0;
    for (int r = 0; r < ranks; r++)
        *last_s = fmax(*last_s, end_s[r]);
    return TW_OK;
}

/* What was chosen so far comes first, so that it stays where another is no better. */
static tw_status simulate_all(const struct tw_pricing *pricing, const struct tw_comm *comm,
                              const struct tw_layout *layout, const struct tw_algorithm **algorithm,
                              struct tw_err *err)
{
    size_t ranks = (size_t)tw_platform_ranks(&pricing->platform);
    double *rows_s = calloc(ranks, 2 * sizeof *rows_s), least_s = INFINITY, last_s;
    const struct tw_algorithm *first = *algorithm;
    tw_status status = TW_OK;
    if (!rows_s)
        return tw_err_set(err, TW_MEMORY, "no memory for choosing among schedules");
    for (int i = -1; i < tw_algorithm_count() && !status; i++) {
        const struct tw_algorithm *next = i < 0 ? first : tw_algorithm_at(i);
        struct tw_action_item item = {
            .algorithm = next, .layout = *layout, .comm = *comm, .bucket = -1};
        if (next->kind != layout->kind || (i >= 0 && next == first))
            continue;
        status = simulate(pricing, &item, rows_s, &last_s, err);
        if (status || !(last_s < least_s * (1 - 1e-9) || (isinf(least_s) && last_s < least_s)))
            continue;
        *algorithm = next;
        least_s = last_s;
    }
    free(rows_s);
    return status;
}

static tw_status remember(struct tw_choices *choices, const struct tw_choice *choice,
                          struct tw_err *err)
{
    if (choices->count == choices->room) {
        int room = choices->room ? 2 * choices->room : 16;
        struct tw_choice *known = realloc(choices->known, (size_t)room * sizeof *known);
        if (!known)
            return tw_err_set(err, TW_MEMORY, "no memory for %d choices of schedules", room);
        choices->known = known;
        choices->room = room;
    }
    choices->known[choices->count++] = *choice;
    return TW_OK;
}

tw_status tw_choices_simulate(struct tw_choices *choices, const struct tw_pricing *pricing,
                              const struct tw_comm *comm, const struct tw_layout *layout,
                              const struct tw_algorithm **algorithm, struct tw_err *err)
{
    struct tw_choice choice = class_of(comm, layout);
    for (int i = 0; i < choices->count; i++) {
        struct tw_layout mine = *layout;
        if (!is_class(&choices->known[i], &choice))
            continue;
        /* Its neighbours in size may be cut in another way. */
        if (tw_layout_for(choices->known[i].algorithm, &mine, NULL) == TW_OK)
            *algorithm = choices->known[i].algorithm;
        return TW_OK;
    }
    tw_status status = simulate_all(pricing, comm, layout, algorithm, err);
    choice.algorithm = *algorithm;
    return status ? status : remember(choices, &choice, err);
}

void tw_choices_close(struct tw_choices *choices)
{
    free(choices->known);
    *choices = (struct tw_choices){0};
}
