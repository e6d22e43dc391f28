/* What the tests of overlapped steps share: three buckets, a pricing, and what was seen of ranks.
 */
#ifndef TW_TEST_NETWORK_OVERLAP_H
#define TW_TEST_NETWORK_OVERLAP_H

#include "network/timeline_plan.h"
#include "unit/network_trace.h"

#define RANKS_MAX 8
#define BUCKETS 3
#define MS 1e-3

static const char *const executors[] = {"simgrid", "maxplus"};

struct seen {
    int ranks, wrong;
    struct tw_rank_times last[RANKS_MAX];
};

/* Keeps the last step and counts ranks whose shares are not the step. */
static inline void watch(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
                         const struct tw_step_times *mean)
{
    struct seen *seen = context;
    (void)step;
    seen->ranks = count;
    memcpy(seen->last, ranks, (size_t)count * sizeof *ranks);
    for (int r = 0; r < count; r++) {
        double sum =
            ranks[r].compute_s + ranks[r].compress_s + ranks[r].exposed_s + ranks[r].wait_s;
        seen->wrong += !(fabs(sum - mean->step_time_s) <= 1e-12);
        seen->wrong += !(ranks[r].exposed_s <= ranks[r].transfer_s + 1e-12);
    }
}

static inline double price(const struct tw_pricing *pricing, const struct written *w,
                           struct seen *seen)
{
    struct tw_priced priced;
    struct tw_err err = {0};
    *seen = (struct seen){0};
    tw_status status = tw_price_trace(pricing, &w->trace, watch, seen, &priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    ck_assert_int_eq(seen->wrong, 0);
    double step_s = priced.steps[priced.step_count - 1].step_time_s;
    tw_priced_free(&priced);
    return step_s;
}

static struct tw_trace_tensor tensors[] = {
    {"a.weight", 100, 2}, {"b.weight", 100, 1}, {"c.weight", 60, 0}, {"c.bias", 40, 0}};

static inline void in_bucket(struct written *w, int bucket, int from)
{
    for (int i = from; i < w->record.count; i++)
        w->items[i].bucket = bucket;
}

/* Compress, one all-reduce of `count` values, decode: in every bucket, then an update. */
static inline void three_buckets(struct written *w, int ranks, uint32_t steps, uint64_t compress,
                                 uint64_t count, uint64_t decode)
{
    written_open(w, ranks, steps);
    w->trace.buckets = BUCKETS;
    w->trace.tensors = tensors;
    w->trace.tensor_count = 4;
    for (int b = 0; b < BUCKETS; b++) {
        int from = w->record.count;
        add_work(w, TW_STAGE_METHOD, -1, compress);
        add_exchange(w, TW_SUM, count);
        add_work(w, TW_STAGE_METHOD, -1, decode);
        in_bucket(w, b, from);
    }
    add_work(w, TW_STAGE_UPDATE, -1, 500000);
    in_bucket(w, -1, w->record.count - 1);
}

static inline struct tw_pricing overlapping(const char *executor, int ranks,
                                            const struct tw_device *device)
{
    struct tw_pricing pricing = pricing_of(executor, ranks, device);
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "recursive_doubling");
    pricing.forward_s = 1 * MS;
    pricing.backward_s = 3 * MS;
    pricing.overlap.on = 1;
    return pricing;
}

#endif
