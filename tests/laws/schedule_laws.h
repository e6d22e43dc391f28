/* The table of closed forms, one row for every member of sim/collective/list.def. */
#ifndef TW_TESTS_SCHEDULE_LAWS_H
#define TW_TESTS_SCHEDULE_LAWS_H

#include "laws/schedule_forms.h"

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
};

#endif
