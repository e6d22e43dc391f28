/* links: tw_network */
/* A trace priced: order of a step, traffic, the choice of schedules, refusals. */
#include "unit/network_trace.h"

#define RANKS_MAX 16

static const char *const executors[] = {"simgrid", "maxplus"};

/* ---- one step by hand ---- */

struct seen {
    int steps;
    struct tw_rank_times ranks[RANKS_MAX];
    struct tw_step_times mean;
};

static void watch_last(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
                       const struct tw_step_times *mean)
{
    struct seen *seen = context;
    ck_assert_int_eq((int)step, seen->steps);
    memcpy(seen->ranks, ranks, (size_t)count * sizeof *ranks);
    seen->mean = *mean;
    seen->steps++;
}

/* Two ranks, forward 1 ms, backward 2 ms; method work 1 ms (rank 1: 1 ms more); all-reduce of
 * 250000 values by recursive doubling; update 2 ms. Compute 5 ms each, compress 1 and 2 ms. Posts
 * at 4 and 5 ms: rank 0 waits 1 ms. One exchange of 1 MB: α + 1e6/1.25e9 = .05 + .8 ms, then γ·1e6
 * = .1 ms: transfer .95 ms. Both end at 5 + .95 + 2 = 7.95 ms; no idle. */
START_TEST(step_by_hand)
{
    struct written w;
    struct seen seen = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of(executors[_i], 2, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    pricing.forward_s = 1e-3;
    pricing.backward_s = 2e-3;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "recursive_doubling");
    written_open(&w, 2, 1);
    add_work(&w, TW_STAGE_METHOD, -1, 1000000);
    add_work(&w, TW_STAGE_METHOD, 1, 1000000);
    add_exchange(&w, TW_SUM, 250000);
    add_work(&w, TW_STAGE_UPDATE, -1, 2000000);
    tw_status status = tw_price_trace(&pricing, &w.trace, watch_last, &seen, &priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    const double compress_s[] = {1e-3, 2e-3}, wait_s[] = {1e-3, 0};
    for (int r = 0; r < 2; r++) {
        ck_assert_double_eq_tol(seen.ranks[r].compute_s, 5e-3, 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].compress_s, compress_s[r], 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].transfer_s, .95e-3, 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].exposed_s, .95e-3, 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].wait_s, wait_s[r], 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].end_s, 7.95e-3, 1e-12);
    }
    ck_assert_int_eq(seen.steps, 1);
    ck_assert_uint_eq(priced.step_count, 1);
    ck_assert_uint_eq(priced.simulated, 1);
    ck_assert_double_eq_tol(priced.steps[0].step_time_s, 7.95e-3, 1e-12);
    ck_assert_double_eq_tol(priced.steps[0].end_s, 7.95e-3, 1e-12);
    ck_assert_double_eq_tol(priced.steps[0].compress_s, 1.5e-3, 1e-12);
    ck_assert_double_eq_tol(priced.steps[0].wait_s, .5e-3, 1e-12);
    ck_assert_double_eq(priced.steps[0].sent_B_per_rank, 1e6);
    ck_assert_double_eq(priced.steps[0].messages_per_rank, 1);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Kernels, forward and backward take 1/speed on each node; γ too. */
START_TEST(node_speed)
{
    const double speed[] = {1, .5};
    struct written w;
    struct seen seen = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of(executors[_i], 2, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    pricing.platform.node_speed = speed;
    pricing.forward_s = 1e-3;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "recursive_doubling");
    written_open(&w, 2, 1);
    add_work(&w, TW_STAGE_METHOD, -1, 1000000);
    add_exchange(&w, TW_SUM, 250000);
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, watch_last, &seen, &priced, &err), TW_OK);
    for (int r = 0; r < 2; r++) {
        double factor = 1 / speed[r];
        ck_assert_double_eq_tol(seen.ranks[r].compute_s, 1e-3 * factor, 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].compress_s, 1e-3 * factor, 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].transfer_s, .85e-3 + .1e-3 * factor, 1e-12);
        /* Rank 0 waits 2 ms for rank 1, and .1 ms at the end while rank 1 still combines. */
        ck_assert_double_eq_tol(seen.ranks[r].wait_s, r ? 0 : 2e-3 + .1e-3, 1e-12);
    }
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* ---- edges ---- */

/* One rank exchanges nothing and simulates nothing: forward .5 ms, method 1 ms, update 2 ms. */
START_TEST(one_rank)
{
    struct written w;
    struct seen seen = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of("simgrid", 1, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    pricing.forward_s = .5e-3;
    written_open(&w, 1, 5);
    add_work(&w, TW_STAGE_METHOD, -1, 1000000);
    add_exchange(&w, TW_SUM, 1000);
    add_work(&w, TW_STAGE_UPDATE, 0, 2000000);
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, watch_last, &seen, &priced, &err), TW_OK);
    ck_assert_uint_eq(priced.simulated, 0);
    ck_assert_double_eq_tol(priced.steps[4].step_time_s, 3.5e-3, 1e-12);
    ck_assert_double_eq_tol(priced.steps[4].end_s, 5 * 3.5e-3, 1e-12);
    ck_assert_double_eq(priced.steps[4].sent_B_per_rank, 0);
    ck_assert_double_eq(priced.steps[4].exposed_s, 0);
    ck_assert_double_eq_tol(seen.ranks[0].wait_s, 0, 1e-15);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* A ring over 4 ranks sends 2·3 messages and, of 4004 bytes in blocks of 251, 250, 250, 250 values,
 * a rank sends every block twice but two of its neighbours once: mean 2·3/4·4004 = 6006. */
START_TEST(traffic_is_the_mean_over_ranks)
{
    struct written w;
    struct tw_pricing pricing = pricing_of("maxplus", 4, NULL);
    struct tw_priced priced;
    struct tw_err err = {0};
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    written_open(&w, 4, 1);
    add_exchange(&w, TW_SUM, 1001);
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_OK);
    ck_assert_double_eq(priced.steps[0].sent_B_per_rank, 6006);
    ck_assert_double_eq(priced.steps[0].messages_per_rank, 6);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* auto takes the cheaper schedule: latency decides for one value, bandwidth for 100 MB. */
START_TEST(auto_chooses_by_cost)
{
    const uint64_t counts[] = {1, 25000000};
    const char *const expected[] = {"recursive_doubling", "rabenseifner"};
    for (int i = 0; i < 2; i++) {
        double step_s[2];
        for (int named = 0; named < 2; named++) {
            struct written w;
            struct tw_pricing pricing = pricing_of("maxplus", 16, NULL);
            struct tw_priced priced;
            struct tw_err err = {0};
            pricing.algorithms[TW_SUM] = named ? tw_algorithm_find(TW_SUM, expected[i]) : NULL;
            written_open(&w, 16, 1);
            add_exchange(&w, TW_SUM, counts[i]);
            ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_OK);
            step_s[named] = priced.steps[0].step_time_s;
            tw_priced_free(&priced);
            free(w.step_record);
        }
        ck_assert_double_eq(step_s[0], step_s[1]);
    }
}
END_TEST

static void check_refused(const struct tw_pricing *pricing, const struct tw_trace *trace,
                          tw_status expected, const char *word)
{
    struct tw_priced priced;
    struct tw_err err = {0};
    tw_status status = tw_price_trace(pricing, trace, NULL, NULL, &priced, &err);
    ck_assert_msg(status == expected && strstr(err.text, word), "status %d, '%s' lacks '%s'",
                  status, err.text, word);
    ck_assert_ptr_null(priced.steps);
}

START_TEST(refusals)
{
    struct written w;
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of("maxplus", 4, &device);
    written_open(&w, 4, 1);
    struct tw_item *item = add_exchange(&w, TW_SUM, 1000);

    item->due = 1;
    check_refused(&pricing, &w.trace, TW_REFUSED, "due in step +1");
    item->due = 0;
    item->kind = TW_MERGE;
    check_refused(&pricing, &w.trace, TW_REFUSED, "no schedule carries merge");
    item->kind = TW_SUM;
    w.trace.island = 2;
    check_refused(&pricing, &w.trace, TW_INPUT, "4 ranks, the trace 8");
    w.trace.island = 1;
    w.trace.ranks = 3;
    check_refused(&pricing, &w.trace, TW_INPUT, "4 ranks, the trace 3");
    w.trace.ranks = 4;
    pricing.network.model = TW_MODEL_TCP;
    check_refused(&pricing, &w.trace, TW_REFUSED, "tcp");
    pricing.network.model = TW_MODEL_IDEAL;
    pricing.forward_s = -1;
    check_refused(&pricing, &w.trace, TW_RANGE, "forward");
    pricing.forward_s = 0;

    add_work(&w, TW_STAGE_METHOD, -1, 10);
    w.items[1].work.kernel = TW_KERNEL_SKETCH;
    check_refused(&pricing, &w.trace, TW_REFUSED, "sketch");
    w.items[1].work.kernel = TW_KERNEL_ADD;
    w.step_record[0] = 1;
    check_refused(&pricing, &w.trace, TW_CORRUPT, "record 1 of 1");
    w.step_record[0] = 0;

    pricing = pricing_of("simgrid", 4, &device);
    pricing.platform.file = TW_SOURCE_DIR "/platforms/star-16-10gbps.xml";
    pricing.platform.bandwidth_Bps = 0;
    check_refused(&pricing, &w.trace, TW_RANGE, "bandwidth and latency");
    free(w.step_record);
}
END_TEST

/* A failing step is named. */
START_TEST(failing_step_is_named)
{
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 4, NULL);
    struct tw_pair option = {"no/such", "1"};
    pricing.network.config = &option;
    pricing.network.config_count = 1;
    written_open(&w, 4, 3);
    add_exchange(&w, TW_SUM, 1000);
    check_refused(&pricing, &w.trace, TW_CRASHED, "step 0: simgrid: ");
    check_refused(&pricing, &w.trace, TW_CRASHED, "Bad config key: no/such");
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network timeline");
    TCase *tcase = tcase_create("timeline");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, step_by_hand, 0, 2);
    tcase_add_loop_test(tcase, node_speed, 0, 2);
    tcase_add_test(tcase, one_rank);
    tcase_add_test(tcase, traffic_is_the_mean_over_ranks);
    tcase_add_test(tcase, auto_chooses_by_cost);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, failing_step_is_named);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
