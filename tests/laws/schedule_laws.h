/* The table of closed forms, one row for every member of sim/collective/list.def. */
#ifndef TW_TESTS_SCHEDULE_LAWS_H
#define TW_TESTS_SCHEDULE_LAWS_H

#include "laws/schedule_forms_merge.h"
#include "laws/schedule_forms_more.h"

static const struct law laws[] = {
    {TW_SUM, "ring", ring_sum_traffic, ring_sum_seconds, ALWAYS, NULL},
    {TW_SUM, "recursive_doubling", doubling_traffic, doubling_seconds, ALWAYS, NULL},
    {TW_SUM, "binomial", binomial_traffic, binomial_seconds, ALWAYS, NULL},
    {TW_GATHER, "ring", ring_gather_traffic, ring_gather_seconds, ALWAYS, NULL},
    {TW_SUM, "rabenseifner", rabenseifner_traffic, rabenseifner_seconds, ALWAYS, NULL},
    {TW_REDUCE_SCATTER, "ring", scatter_traffic, scatter_seconds, ALWAYS, NULL},
    {TW_REDUCE_SCATTER, "halving", halving_traffic, halving_seconds, EQUAL, NULL},
    {TW_REDUCE_SCATTER, "pairwise", scatter_traffic, scatter_seconds, ALWAYS, NULL},
    {TW_GATHER, "bruck", gather_bruck_traffic, gather_logarithmic_seconds, EQUAL, NULL},
    {TW_GATHER, "recursive_doubling", gather_doubling_traffic, gather_logarithmic_seconds, EQUAL,
     powers_of_two},
    {TW_GATHER, "neighbor_exchange", neighbor_traffic, neighbor_seconds, EQUAL, even_numbers},
    {TW_SUM, "segmented_ring", segmented_traffic, segmented_seconds, ALWAYS, NULL},
    {TW_SUM, "torus2d", torus_traffic, torus_seconds, ALWAYS, composite_numbers},
    {TW_SUM, "hierarchical", hierarchical_traffic, hierarchical_seconds, ALWAYS, NULL},
    {TW_SUM, "parameter_server", server_traffic, server_seconds, ALWAYS, NULL},
    {TW_SUM, "sharded_server", sharded_traffic, sharded_seconds, ALWAYS, NULL},
    {TW_SUM, "double_binary_tree", tree_traffic, tree_seconds, ALWAYS, NULL},
    {TW_ALL_TO_ALL, "pairwise", exchange_traffic, exchange_seconds, EQUAL, NULL},
    {TW_ALL_TO_ALL, "bruck", bruck_traffic, bruck_seconds, EQUAL, NULL},
    {TW_BROADCAST, "binomial", spread_traffic, spread_seconds, ALWAYS, NULL},
    {TW_BROADCAST, "scatter_allgather", deal_traffic, deal_seconds, ALWAYS, NULL},
    {TW_MERGE, "tree", merge_tree_traffic, merge_tree_seconds, EQUAL, NULL},
    {TW_MERGE, "recursive_doubling", merge_doubling_traffic, merge_doubling_seconds, EQUAL, NULL},
};

#endif
