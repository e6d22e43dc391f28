/* SimGrid's cluster topologies: whether their parameters describe exactly the nodes asked for.
 * SimGrid itself ends the process when they do not. Formats as in SimGrid's documentation of
 * <cluster>: TORUS "4,4,4"; FAT_TREE "levels;down;up;links"; DRAGONFLY "groups,links;chassis,links;
 * routers,links;nodes". */
#include "bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX 16
#define LISTS_MAX 4

struct lists {
    int numbers[LISTS_MAX][NUMBERS_MAX];
    int counts[LISTS_MAX];
    int count;
};

/* "4;2,2;1,2;1,1" into lists of positive whole numbers; 0: not of that form. */
static int parse(const char *text, struct lists *lists)
{
    *lists = (struct lists){.count = 1};
    for (;;) {
        int list = lists->count - 1;
        char *end = NULL;
        if (*text < '0' || *text > '9' || lists->counts[list] == NUMBERS_MAX)
            return 0;
        long number = strtol(text, &end, 10);
        if (number < 1 || number > 1 << 20)
            return 0;
        lists->numbers[list][lists->counts[list]++] = (int)number;
        if (*end == '\0')
            return 1;
        if (*end == ';' && lists->count == LISTS_MAX)
            return 0;
        if (*end == ';')
            lists->count++;
        else if (*end != ',')
            return 0;
        text = end + 1;
    }
}

/* Product of the first `count` numbers of a list, times before; 0 when it is out of all reason. */
static long product(const struct lists *lists, int list, int count, long before)
{
    for (int i = 0; i < count; i++) {
        if (before > (1L << 40))
            return 0;
        before *= lists->numbers[list][i];
    }
    return before;
}

static long torus_nodes(const struct lists *lists)
{
    return lists->count == 1 ? product(lists, 0, lists->counts[0], 1) : -1;
}

static long fat_tree_nodes(const struct lists *lists)
{
    if (lists->count != 4 || lists->counts[0] != 1)
        return -1;
    int levels = lists->numbers[0][0];
    for (int list = 1; list < 4; list++)
        if (lists->counts[list] != levels)
            return -1;
    return product(lists, 1, levels, 1);
}

static long dragonfly_nodes(const struct lists *lists)
{
    if (lists->count != 4 || lists->counts[3] != 1)
        return -1;
    for (int list = 0; list < 3; list++)
        if (lists->counts[list] != 2)
            return -1;
    long nodes = product(lists, 0, 1, 1);
    nodes = product(lists, 1, 1, nodes);
    nodes = product(lists, 2, 1, nodes);
    return product(lists, 3, 1, nodes);
}

tw_status tw_topology_dragonfly(uint64_t groups, uint64_t routers, struct tw_err *err)
{
    if (groups <= routers)
        return TW_OK;
    tw_err_set(err, TW_INPUT, "%llu groups, but %llu routers in a chassis",
               (unsigned long long)groups, (unsigned long long)routers);
    return tw_err_hint(err, TW_INPUT,
                       "SimGrid's way to group g leaves a group by router g of its first chassis: "
                       "as many routers as groups, or more");
}

tw_status tw_topology_check(const char *topology, const char *parameters, int nodes,
                            struct tw_err *err)
{
    static const struct {
        const char *name, *example;
        long (*nodes)(const struct lists *lists);
    } shapes[] = {{"TORUS", "4,4,4", torus_nodes},
                  {"FAT_TREE", "2;4,4;1,2;1,1", fat_tree_nodes},
                  {"DRAGONFLY", "4,3;4,1;4,1;4", dragonfly_nodes}};
    struct lists lists = {0};
    if (strcmp(topology, "FLAT") == 0)
        return parameters ? tw_err_set(err, TW_INPUT, "topology FLAT takes no topo_parameters")
                          : TW_OK;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(shapes[i].name, topology) != 0)
            continue;
        long room = parameters && parse(parameters, &lists) ? shapes[i].nodes(&lists) : -1;
        if (room == nodes)
            return shapes[i].nodes == dragonfly_nodes
                       ? tw_topology_dragonfly((uint64_t)lists.numbers[0][0],
                                               (uint64_t)lists.numbers[2][0], err)
                       : TW_OK;
        if (room < 0)
            tw_err_set(err, TW_INPUT, "'%s' are not topo_parameters of %s",
                       parameters ? parameters : "", topology);
        else
            tw_err_set(err, TW_INPUT, "topo_parameters '%s' make %ld nodes, not %d", parameters,
                       room, nodes);
        return tw_err_hint(err, TW_INPUT, "%s is written like topo_parameters=\"%s\"", topology,
                           shapes[i].example);
    }
    return tw_err_set(err, TW_UNKNOWN, "topology '%s' is unknown", topology);
}
