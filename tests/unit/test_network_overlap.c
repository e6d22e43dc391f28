/* links: tw_network */
/* A step that overlaps: timelines drawn by hand, accounts, and what must hold whatever the step. */
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
static void watch(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
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

static double price(const struct tw_pricing *pricing, const struct written *w, struct seen *seen)
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

static void in_bucket(struct written *w, int bucket, int from)
{
    for (int i = from; i < w->record.count; i++)
        w->items[i].bucket = bucket;
}

/* Compress, one all-reduce of `count` values, decode: in every bucket, then an update. */
static void three_buckets(struct written *w, int ranks, uint32_t steps, uint64_t compress,
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

static struct tw_pricing overlapping(const char *executor, int ranks,
                                     const struct tw_device *device)
{
    struct tw_pricing pricing = pricing_of(executor, ranks, device);
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "recursive_doubling");
    pricing.forward_s = 1 * MS;
    pricing.backward_s = 3 * MS;
    pricing.overlap.on = 1;
    return pricing;
}

static void expect_shares(const struct seen *seen, double compute_ms, double compress_ms,
                          double transfer_ms, double exposed_ms, double wait_ms)
{
    for (int r = 0; r < seen->ranks; r++) {
        const struct tw_rank_times *t = &seen->last[r];
        double off = fabs(t->compute_s - compute_ms * MS) + fabs(t->compress_s - compress_ms * MS) +
                     fabs(t->transfer_s - transfer_ms * MS) + fabs(t->exposed_s - exposed_ms * MS) +
                     fabs(t->wait_s - wait_ms * MS);
        ck_assert_msg(off < 1e-12, "rank %d: %.6f %.6f %.6f %.6f %.6f ms", r, t->compute_s / MS,
                      t->compress_s / MS, t->transfer_s / MS, t->exposed_s / MS, t->wait_s / MS);
    }
}

/* Two ranks; forward 1 ms, backward 1 ms per bucket (three buckets of 100 values), compression .2,
 * decoding .1, update .5 ms; an all-reduce of 1 MB is .05 + .8 ms, and γ = 0.
 *   compute   F 0–1  B0 1–2  B1 2–3             B2 3–4                            U 5.15–5.65
 *   kernels          C0 2–2.2  C1 3–3.2 D0 3.2–3.3  C2 4–4.2 D1 4.2–4.3   D2 5.05–5.15
 *   network          X0 2.2–3.05    X1 3.2–4.05           X2 4.2–5.05
 * Compute 4 + .5; kernels outside of it C2, D1, D2 = .4; network outside of both 4.3–5.05 = .75. */
START_TEST(beside)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    device.combine_sB = 0;
    three_buckets(&w, 2, 3, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 5.65 * MS, 1e-12);
    expect_shares(&seen, 4.5, .4, 3 * .85, .75, 0);
    free(w.step_record);
}
END_TEST

/* The same with kernels in line:
 *   compute   F 0–1 B0 1–2 C0 2–2.2 B1 2.2–3.2 C1 3.2–3.4 B2 3.4–4.4 C2 4.4–4.6
 *             D0 4.6–4.7, D1 4.7–4.8, D2 5.45–5.55, U 5.55–6.05
 *   network   X0 2.2–3.05, X1 3.4–4.25, X2 4.6–5.45
 * Only 4.8–5.45 = .65 is exposed. */
START_TEST(in_line)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    device.combine_sB = 0;
    pricing.overlap.inline_ = 1;
    three_buckets(&w, 2, 1, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 6.05 * MS, 1e-12);
    expect_shares(&seen, 4.5, .9, 3 * .85, .65, 0);
    free(w.step_record);
}
END_TEST

/* Twice as slow behind the first bucket: B0 1–2, B1 2–4, B2 4–6; C2 6–6.2, X2 6.2–7.05,
 * D2 7.05–7.15 and U until 7.65 ms. Three micro-batches: two times forward and backward before, 8
 * ms. */
START_TEST(slowdown_and_micro_batches)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    device.combine_sB = 0;
    three_buckets(&w, 2, 1, 200000, 250000, 100000);
    pricing.overlap.slowdown = 2;
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 7.65 * MS, 1e-12);
    pricing.accumulate = 3;
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 15.65 * MS, 1e-12);
    /* Blocking: 3 · 4 ms, three times .2 + .85 + .1, and .5. */
    pricing.overlap = (struct tw_overlap){0};
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), (12 + 3 * 1.15 + .5) * MS, 1e-12);
    free(w.step_record);
}
END_TEST

/* Two exchanges per bucket (ARC): C .2, X .85, M .1, X' .85, D nothing. Forward 1 ms, no backward:
 *   kernels  C0 1–1.2             M0 2.05–2.15  C1 2.15–2.35              M1 3.85–3.95 …
 *   network  X0 1.2–2.05  X0' 2.15–3   X1 3–3.85   X1' 3.95–4.8   X2 4.8–5.65  X2' 5.75–6.6
 * Bucket after bucket: X1 waits for X0', whatever is ready. Update until 7.1 ms. */
START_TEST(two_phases)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    device.combine_sB = 0;
    pricing.backward_s = 0;
    written_open(&w, 2, 1);
    w.trace.buckets = BUCKETS;
    w.trace.tensors = tensors;
    w.trace.tensor_count = 4;
    for (int b = 0; b < BUCKETS; b++) {
        int from = w.record.count;
        add_work(&w, TW_STAGE_METHOD, -1, 200000);
        add_exchange(&w, TW_SUM, 250000);
        add_work(&w, TW_STAGE_METHOD, -1, 100000);
        add_exchange(&w, TW_SUM, 250000);
        in_bucket(&w, b, from);
    }
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 6.6 * MS, 1e-12);
    /* Without compute behind the forward: kernels C0 .2, M0 .1 are alone; C1, C2, M1, M2 too, but
     * C1 and C2 run beside exchanges and count first: .2 · 3 + .1 · 3. */
    expect_shares(&seen, 1, .9, 6 * .85, 6.6 - 1 - .9, 0);
    free(w.step_record);
}
END_TEST

/* Rank 1 computes at half speed: its first bucket is made at 4 ms (F 0–2, B0 2–4), C0 4–4.4. Rank 0
 * posts X0 at 2.2, so it waits beside its own backward: nothing of that is idle. Rank 1: B2 until
 * 8, C2 8–8.4, X2 8.4–9.25, D2 .2, U 1: 10.45 ms. Rank 0: compute 4.5, kernels outside of it (C2
 * 4–4.2, D0 behind X0 at 5.25; D1 behind X1 = 6.4–7.25; D2 9.25): .2 + .1 + .1 + .1; network
 * outside of both: X0 4.4–5.25, X1 6.4–7.25, X2 8.4–9.25. The rest is wait. */
START_TEST(unequal_ranks)
{
    const double speed[] = {1, .5};
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    device.combine_sB = 0;
    pricing.platform.node_speed = speed;
    three_buckets(&w, 2, 1, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 10.45 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[0].compute_s, 4.5 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[0].compress_s, .5 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[0].exposed_s, 3 * .85 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[0].transfer_s, 3 * .85 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[1].compute_s, 9 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[1].wait_s, 0, 1e-12);
    free(w.step_record);
}
END_TEST

/* A table of layers: forward .5 + .2 + .3 = 1 ms is the sum. From behind: c .6 ms, the activation
 * .4 (no tensors), b 1.5, a .5. Bucket 0 (c) is made at .6 and not by values at 1 ms; bucket 1 (b)
 * .4 + 1.5 behind it, bucket 2 .5 behind that, and 0 is left. A layer whose name only begins alike
 * ("c.we") has no tensor. */
START_TEST(layers_say_when)
{
    const struct tw_layer_time layers[] = {{"a", .5 * MS, .5 * MS},
                                           {"b", .2 * MS, 1.5 * MS},
                                           {"relu", 0, .3 * MS},
                                           {"c.we", 0, .1 * MS},
                                           {"c", .3 * MS, .6 * MS}};
    const double expected_ms[] = {.6, 1.9, .5};
    struct written w;
    struct tw_err err = {0};
    struct tw_pricing pricing = overlapping("maxplus", 2, NULL);
    double seconds[BUCKETS], left_s;
    pricing.layers = layers;
    pricing.layer_count = 5;
    three_buckets(&w, 2, 1, 0, 250000, 0);
    ck_assert_int_eq(tw_plan_backward(&pricing, &w.trace, seconds, &left_s, &err), TW_OK);
    for (int b = 0; b < BUCKETS; b++)
        ck_assert_double_eq_tol(seconds[b], expected_ms[b] * MS, 1e-15);
    ck_assert_double_eq_tol(left_s, 0, 1e-15);
    pricing.layers = layers + 1; /* nobody names a.weight */
    pricing.layer_count = 4;
    ck_assert_int_eq(tw_plan_backward(&pricing, &w.trace, seconds, &left_s, &err), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "a.weight"));
    pricing.layers = NULL; /* 100 of 300 values each */
    ck_assert_int_eq(tw_plan_backward(&pricing, &w.trace, seconds, &left_s, &err), TW_OK);
    for (int b = 0; b < BUCKETS; b++)
        ck_assert_double_eq_tol(seconds[b], 1 * MS, 1e-15);
    w.trace.tensor_count = 0;
    ck_assert_int_eq(tw_plan_backward(&pricing, &w.trace, seconds, &left_s, &err), TW_REFUSED);
    free(w.step_record);
}
END_TEST

/* Nothing to overlap with: one bucket that is the whole backward takes what blocking takes. */
START_TEST(one_bucket_is_blocking)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 4, &device);
    written_open(&w, 4, 3);
    add_work(&w, TW_STAGE_METHOD, -1, 200000);
    add_exchange(&w, TW_SUM, 250000);
    add_work(&w, TW_STAGE_METHOD, 2, 100000);
    add_work(&w, TW_STAGE_UPDATE, -1, 500000);
    in_bucket(&w, -1, 3);
    double overlapped_s = price(&pricing, &w, &seen);
    struct tw_rank_times shares[RANKS_MAX];
    memcpy(shares, seen.last, sizeof shares);
    pricing.overlap = (struct tw_overlap){0};
    ck_assert_double_eq_tol(overlapped_s, price(&pricing, &w, &seen), 1e-12);
    for (int r = 0; r < 4; r++) {
        ck_assert_double_eq_tol(shares[r].compress_s, seen.last[r].compress_s, 1e-12);
        ck_assert_double_eq_tol(shares[r].exposed_s, seen.last[r].exposed_s, 1e-12);
        ck_assert_double_eq_tol(shares[r].wait_s, seen.last[r].wait_s, 1e-12);
    }
    free(w.step_record);
}
END_TEST

/* Over many steps, unequal ranks and sizes: both executors agree; beside the backward is never
 * slower than blocking, never faster than all compute or all transfers of a rank. */
START_TEST(bounds)
{
    const double speed[] = {1, .7, 1, .9, 1.3};
    uint64_t seed = 20260101U + (uint64_t)_i;
    for (int trial = 0; trial < 6; trial++) {
        struct written w;
        struct seen simgrid, maxplus, blocking;
        struct tw_device device = adder();
        struct tw_pricing pricing = overlapping("simgrid", 5, &device);
        uint64_t sizes[3];
        for (int i = 0; i < 3; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            sizes[i] = seed >> 45;
        }
        pricing.platform.node_speed = speed;
        pricing.overlap.inline_ = trial == 5;
        three_buckets(&w, 5, 4, sizes[0], sizes[1], sizes[2]);
        double a = price(&pricing, &w, &simgrid);
        pricing.executor = tw_executor_find("maxplus");
        double b = price(&pricing, &w, &maxplus);
        ck_assert_msg(fabs(a - b) <= 1e-9 * b, "trial %d: %.17g, not %.17g", trial, a, b);
        for (int r = 0; r < 5; r++) {
            double least_s = fmax(4.5 * MS / speed[r], maxplus.last[r].transfer_s);
            ck_assert_msg(b >= least_s - 1e-12 || trial == 5, "trial %d rank %d", trial, r);
            ck_assert_double_eq_tol(simgrid.last[r].exposed_s, maxplus.last[r].exposed_s, 1e-12);
        }
        pricing.overlap = (struct tw_overlap){0};
        double c = price(&pricing, &w, &blocking);
        ck_assert_msg(b <= c + 1e-12 || trial == 5, "trial %d: %.17g, blocking %.17g", trial, b, c);
        free(w.step_record);
    }
}
END_TEST

/* Two communication streams: SimGrid shares the links, max-plus refuses. Forward 1 ms, no backward,
 * no kernels: X0 and X1 from 1 ms at half rate, .05 + 1.6 until 2.65; X2 behind X0 until 3.5. */
START_TEST(several_streams)
{
    struct written w;
    struct seen seen;
    struct tw_priced priced;
    struct tw_err err = {0};
    struct tw_pricing pricing = overlapping("simgrid", 2, NULL);
    pricing.backward_s = 0;
    pricing.overlap.streams = 2;
    three_buckets(&w, 2, 1, 0, 250000, 0);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 3.5 * MS, 1e-12);
    pricing.executor = tw_executor_find("maxplus");
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_REFUSED);
    free(w.step_record);
}
END_TEST

/* What cannot be overlapped is named. */
START_TEST(refusals)
{
    struct written w;
    struct tw_priced priced;
    struct tw_err err = {0};
    struct tw_pricing pricing = overlapping("maxplus", 2, NULL);
    three_buckets(&w, 2, 1, 0, 250000, 0);
    w.items[1].stream = TW_STREAM_WEIGHTS;
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "gradients"));
    w.items[1].stream = TW_STREAM_GRADIENT;
    w.items[1].bucket = 2;
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "comes back to bucket 0"));
    w.items[1].bucket = 0;
    pricing.overlap.slowdown = .5;
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_RANGE);
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_overlap");
    TCase *tests = tcase_create("overlap");
    tcase_add_loop_test(tests, beside, 0, 2);
    tcase_add_loop_test(tests, in_line, 0, 2);
    tcase_add_loop_test(tests, slowdown_and_micro_batches, 0, 2);
    tcase_add_loop_test(tests, two_phases, 0, 2);
    tcase_add_loop_test(tests, unequal_ranks, 0, 2);
    tcase_add_test(tests, layers_say_when);
    tcase_add_loop_test(tests, one_bucket_is_blocking, 0, 2);
    tcase_add_loop_test(tests, bounds, 0, 3);
    tcase_add_test(tests, several_streams);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
