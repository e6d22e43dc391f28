/* A trace written by hand, so that tests of sim/network need no training, and a plain pricing. */
#ifndef TW_TEST_NETWORK_TRACE_H
#define TW_TEST_NETWORK_TRACE_H

#include <check.h>
#include "network_case.h"

/* A trace of one record repeated, written by hand so that nothing else is tested here. */
struct written {
    struct tw_item items[16];
    struct tw_record record;
    uint32_t *step_record;
    struct tw_trace trace;
};

static inline void written_open(struct written *w, int ranks, uint32_t steps)
{
    memset(w, 0, sizeof *w);
    w->step_record = calloc(steps, sizeof *w->step_record);
    ck_assert_ptr_nonnull(w->step_record);
    w->record.items = w->items;
    w->trace = (struct tw_trace){.ranks = ranks,
                                 .island = 1,
                                 .buckets = 1,
                                 .records = &w->record,
                                 .record_count = 1,
                                 .steps = steps,
                                 .step_record = w->step_record};
}

static inline void add_work(struct written *w, enum tw_stage stage, int rank, uint64_t elements)
{
    w->items[w->record.count++] = (struct tw_item){
        .type = TW_ITEM_WORK, .stage = stage, .rank = rank, .work = {TW_KERNEL_ADD, elements, 0}};
}

static inline struct tw_item *add_exchange(struct written *w, enum tw_request_kind kind,
                                           uint64_t count)
{
    struct tw_item *item = &w->items[w->record.count++];
    *item = (struct tw_item){
        .type = TW_ITEM_EXCHANGE, .kind = kind, .element = TW_ELEMENT_F32, .count = count};
    return item;
}

/* "add" takes 1 ns per element and nothing else is known; γ = .1 ns per byte. */
/* Not inlined, so that a caller's frame holds one device, which is large, and not two. */
__attribute__((noinline, unused)) static struct tw_device adder(void)
{
    struct tw_device device = {.id = "adder", .combine_sB = 1e-10};
    device.kernels[TW_KERNEL_ADD] =
        (struct tw_kernel_cost){.points = 1, .elements = {1}, .element_s = {1e-9}};
    return device;
}

static inline struct tw_pricing pricing_of(const char *executor, int nodes,
                                           const struct tw_device *device)
{
    return (struct tw_pricing){.platform = {.nodes = nodes,
                                            .ranks_per_node = 1,
                                            .bandwidth_Bps = 1.25e9,
                                            .latency_s = 25e-6},
                               .executor = tw_executor_find(executor),
                               .device = device};
}

#endif
