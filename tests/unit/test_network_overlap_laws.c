/* links: tw_network */
/* What must hold of overlapped steps whatever they do, when buckets are made, and refusals. */
#include "unit/network_overlap.h"

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
    Suite *suite = suite_create("network_overlap_laws");
    TCase *tests = tcase_create("laws");
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
