/* What the tests and benchmarks of sim/network share: one collective as a job. */
#ifndef TW_TEST_NETWORK_CASE_H
#define TW_TEST_NETWORK_CASE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "network/network.h"

/* One collective on a platform; pointers left NULL are "all alike" and "all enter at 0". */
struct network_case {
    struct tw_platform platform;
    struct tw_network network;
    const struct tw_algorithm *algorithm;
    enum tw_element element;
    uint64_t count;         /* elements of an allreduce, or of every rank of an allgather */
    const uint64_t *counts; /* of every rank of an allgather */
    const double *entry_s;
    double gamma_sB;
};

static inline struct network_case network_case_of(const char *operation, const char *name,
                                                  int nodes, uint64_t count)
{
    struct network_case c = {.platform = {.nodes = nodes,
                                          .ranks_per_node = 1,
                                          .bandwidth_Bps = 1.25e9,
                                          .latency_s = 25e-6},
                             .element = TW_ELEMENT_F32,
                             .count = count};
    c.algorithm = tw_algorithm_find((enum tw_request_kind)tw_request_by_name(operation), name);
    return c;
}

/* The case's layout, ready; starts has ranks + 1 entries. 0: the schedule does not fit. */
static inline int network_case_layout(const struct network_case *c, struct tw_layout *layout,
                                      uint64_t *starts, struct tw_err *err)
{
    int ranks = tw_platform_ranks(&c->platform);
    *layout = (struct tw_layout){.kind = c->algorithm->kind,
                                 .element = c->element,
                                 .element_B = tw_element_B(c->element),
                                 .ranks = ranks,
                                 .count = c->count,
                                 .node_ranks = tw_platform_node_ranks(&c->platform)};
    if (layout->kind == TW_GATHER) {
        starts[0] = 0;
        for (int r = 0; r < ranks; r++)
            starts[r + 1] = starts[r] + (c->counts ? c->counts[r] : c->count);
        layout->starts = starts;
        layout->count = starts[ranks];
    }
    return tw_layout_for(c->algorithm, layout, err) == TW_OK;
}

/* Runs `executor` (accepts, then price) on the case. end_s gets one entry per rank. */
static inline tw_status network_case_price(const struct network_case *c, const char *executor,
                                           double *end_s, struct tw_err *err)
{
    const struct tw_executor *with = tw_executor_find(executor);
    size_t ranks = (size_t)tw_platform_ranks(&c->platform);
    double *zero = calloc(ranks, sizeof *zero);
    uint64_t *starts = calloc(ranks + 1, sizeof *starts);
    struct tw_action_item item = {.algorithm = c->algorithm};
    tw_status status = TW_MEMORY;
    if (!zero || !starts || !with || !c->algorithm)
        goto done;
    if (!network_case_layout(c, &item.layout, starts, err)) {
        status = err->status;
        goto done;
    }
    struct tw_step_job job = {.platform = &c->platform,
                              .network = &c->network,
                              .items = &item,
                              .count = 1,
                              .entry_s = c->entry_s ? c->entry_s : zero,
                              .gamma_sB = c->gamma_sB};
    status = with->accepts(&job, err);
    if (!status)
        status = with->price(&job, end_s, err);
done:
    free(zero);
    free(starts);
    return status;
}

static inline double network_case_last(const double *end_s, int ranks)
{
    double last_s = 0;
    for (int r = 0; r < ranks; r++)
        last_s = end_s[r] > last_s ? end_s[r] : last_s;
    return last_s;
}

/* The closed forms, exact without contention (α = 2·lat, β = 1/bw). n elements in p blocks, the
 * first n mod p one longer, empty blocks cost α: b = ⌈n/p⌉ elements' bytes decide each ring step.
 * Recursive doubling folds p − 2^⌊log2 p⌋ ranks before and after: Rabenseifner, Thakur, IPDPS 2004.
 */
static inline double closed_form(const struct network_case *c)
{
    int p = tw_platform_ranks(&c->platform), floor_log2 = 0, ceil_log2 = 0;
    double alpha_s = 2 * c->platform.latency_s, beta_sB = 1 / c->platform.bandwidth_Bps;
    double element_B = tw_element_B(c->element), whole_B = (double)c->count * element_B;
    while (2 << floor_log2 <= p)
        floor_log2++;
    while (1 << ceil_log2 < p)
        ceil_log2++;
    if (c->algorithm == tw_algorithm_find(TW_SUM, "ring")) {
        double block_B = ceil((double)c->count / p) * element_B;
        return 2.0 * (p - 1) * (alpha_s + block_B * beta_sB);
    }
    if (c->algorithm == tw_algorithm_find(TW_SUM, "recursive_doubling"))
        return (floor_log2 + (floor_log2 == ceil_log2 ? 0 : 2)) * (alpha_s + whole_B * beta_sB);
    if (c->algorithm == tw_algorithm_find(TW_SUM, "binomial"))
        return 2.0 * ceil_log2 * (alpha_s + whole_B * beta_sB);
    if (c->algorithm == tw_algorithm_find(TW_GATHER, "ring"))
        return (p - 1) * (alpha_s + whole_B * beta_sB);
    return NAN;
}

#endif
