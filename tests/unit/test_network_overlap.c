/* links: tw_network */
/* A step that overlaps, against timelines drawn by hand. */
#include "unit/network_overlap.h"

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

struct shown {
    int steps, wrong, count, exchanges, computes;
    double start_s[3];
};

/* Of the timeline above: each item of the third step against (stream, bucket, begin, end) in ms. */
static void check_items(void *context, uint32_t step, const struct tw_step_items *items)
{
    static const struct {
        int stream, bucket;
        double begin_ms, end_ms;
    } drawn[] = {{0, -1, 0, 1},      {0, 0, 1, 2},       {1, 0, 2, 2.2},    {2, 0, 2.2, 3.05},
                 {0, 1, 2, 3},       {1, 1, 3, 3.2},     {2, 1, 3.2, 4.05}, {1, 0, 3.2, 3.3},
                 {0, 2, 3, 4},       {1, 2, 4, 4.2},     {2, 2, 4.2, 5.05}, {1, 1, 4.2, 4.3},
                 {1, 2, 5.05, 5.15}, {0, -1, 5.15, 5.65}};
    struct shown *shown = context;
    shown->start_s[step] = items->start_s;
    shown->count = items->count;
    shown->steps++;
    for (int i = 0; i < items->count && i < (int)(sizeof drawn / sizeof drawn[0]); i++)
        for (int r = 0; r < items->ranks; r++) {
            int at = i * items->ranks + r;
            const struct tw_action_item *item = &items->items[i];
            shown->wrong += item->stream != drawn[i].stream || item->bucket != drawn[i].bucket ||
                            fabs(items->begin_s[at] - drawn[i].begin_ms * MS) > 1e-12 ||
                            fabs(items->end_s[at] - drawn[i].end_ms * MS) > 1e-12;
        }
}

START_TEST(items_are_shown)
{
    struct written w;
    struct seen seen;
    struct shown shown = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    device.combine_sB = 0;
    pricing.item_watch = check_items;
    pricing.item_context = &shown;
    three_buckets(&w, 2, 3, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 5.65 * MS, 1e-12);
    ck_assert_int_eq(shown.steps, 3);
    ck_assert_int_eq(shown.count, 14);
    ck_assert_int_eq(shown.wrong, 0);
    ck_assert_double_eq_tol(shown.start_s[2], 2 * 5.65 * MS, 1e-12);
    free(w.step_record);
}
END_TEST

/* Blocking: work is told apart by account and bucket, and ends where it did unwatched. */
static void count_items(void *context, uint32_t step, const struct tw_step_items *items)
{
    struct shown *shown = context;
    double end_s = 0;
    shown->start_s[step] = items->start_s;
    for (int i = 0; i < items->count; i++) {
        const struct tw_action_item *item = &items->items[i];
        shown->wrong += item->stream != 0 || items->begin_s[i * items->ranks] != end_s;
        shown->wrong += !item->algorithm && item->account == TW_ACCOUNT_MIXED;
        shown->exchanges += item->algorithm != NULL;
        shown->computes += item->account == TW_ACCOUNT_COMPUTE;
        end_s = items->end_s[i * items->ranks];
    }
    shown->count = items->count;
}

START_TEST(blocking_items_are_shown)
{
    struct written w;
    struct seen seen;
    struct shown shown = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping("maxplus", 2, &device);
    pricing.overlap = (struct tw_overlap){0};
    three_buckets(&w, 2, 1, 200000, 250000, 100000);
    double alone_s = price(&pricing, &w, &seen);
    pricing.item_watch = count_items;
    pricing.item_context = &shown;
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), alone_s, 1e-12);
    ck_assert_int_eq(shown.wrong, 0);
    ck_assert_int_eq(shown.count, 1 + 3 * 3 + 1); /* gradient; per bucket C, X, D; update */
    ck_assert_int_eq(shown.exchanges, 3);
    ck_assert_int_eq(shown.computes, 2);
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

int main(void)
{
    Suite *suite = suite_create("network_overlap");
    TCase *tests = tcase_create("overlap");
    tcase_add_loop_test(tests, beside, 0, 2);
    tcase_add_loop_test(tests, items_are_shown, 0, 2);
    tcase_add_test(tests, blocking_items_are_shown);
    tcase_add_loop_test(tests, in_line, 0, 2);
    tcase_add_loop_test(tests, slowdown_and_micro_batches, 0, 2);
    tcase_add_loop_test(tests, two_phases, 0, 2);
    tcase_add_loop_test(tests, unequal_ranks, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
