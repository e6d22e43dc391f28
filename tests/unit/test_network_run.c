/* links: tw_network */
/* A run priced: accounts of every rank and step add up; equal steps are simulated once. */
#include "unit/network_trace.h"

static const char *const executors[] = {"simgrid", "maxplus"};

/* ---- accounts on unequal nodes ---- */

struct balance {
    int steps;
    double clock_s, worst;
    double step_time_s[200];
};

static void watch_balance(void *context, uint32_t step, const struct tw_rank_times *ranks,
                          int count, const struct tw_step_times *mean)
{
    struct balance *balance = context;
    double last_s = 0;
    for (int r = 0; r < count; r++) {
        const struct tw_rank_times *t = &ranks[r];
        double sum_s = t->compute_s + t->compress_s + t->exposed_s + t->wait_s;
        double off = fabs(sum_s - mean->step_time_s) / mean->step_time_s;
        balance->worst = off > balance->worst ? off : balance->worst;
        last_s = t->end_s > last_s ? t->end_s : last_s;
        ck_assert_double_ge(t->transfer_s, 0);
    }
    double mean_s = mean->compute_s + mean->compress_s + mean->exposed_s + mean->wait_s;
    ck_assert_double_le(fabs(mean_s - mean->step_time_s) / mean->step_time_s, 1e-12);
    ck_assert_double_eq(last_s, mean->end_s);
    /* The run's clock is the sum of the step times. */
    ck_assert_double_eq_tol(mean->end_s - balance->clock_s, mean->step_time_s,
                            1e-12 * (1 + mean->end_s));
    balance->clock_s = mean->end_s;
    balance->step_time_s[step] = mean->step_time_s;
    balance->steps++;
}

/* Twelve nodes of which no two are alike, three exchanges per step, work on single ranks. */
static void unequal_trace(struct written *w, uint32_t steps, uint64_t *counts)
{
    written_open(w, 12, steps);
    add_work(w, TW_STAGE_METHOD, -1, 300000);
    add_work(w, TW_STAGE_METHOD, 5, 200000);
    add_exchange(w, TW_SUM, 100003);
    add_work(w, TW_STAGE_METHOD, 3, 50000);
    for (int r = 0; r < 12; r++)
        counts[r] = (uint64_t)((r * 5) % 12) * 1000;
    add_exchange(w, TW_GATHER, 0)->counts = counts;
    add_exchange(w, TW_SUM, 17);
    add_work(w, TW_STAGE_UPDATE, -1, 100000);
}

START_TEST(accounts_balance)
{
    double bandwidth_Bps[12], speed[12];
    uint64_t counts[12];
    struct written w;
    struct balance balance = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of(executors[_i], 12, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    for (int r = 0; r < 12; r++) {
        bandwidth_Bps[r] = 1e9 * (.8 + .4 * ((r * 7) % 12) / 11);
        speed[r] = .7 + .05 * ((r * 5) % 12);
    }
    pricing.platform.node_bandwidth_Bps = bandwidth_Bps;
    pricing.platform.node_speed = speed;
    pricing.forward_s = 3e-4;
    pricing.backward_s = 5e-4;
    unequal_trace(&w, 40, counts);
    tw_status status = tw_price_trace(&pricing, &w.trace, watch_balance, &balance, &priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    ck_assert_int_eq(balance.steps, 40);
    ck_assert_msg(balance.worst <= 1e-12, "accounts are off by %g", balance.worst);
    ck_assert_uint_le(priced.simulated, 40);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Both executors price a whole run alike, step by step. */
START_TEST(executors_agree)
{
    double bandwidth_Bps[12];
    uint64_t counts[12];
    struct tw_device device = adder();
    struct tw_priced priced[2];
    struct tw_err err = {0};
    for (int r = 0; r < 12; r++)
        bandwidth_Bps[r] = 1e9 * (.8 + .4 * ((r * 7) % 12) / 11);
    for (int e = 0; e < 2; e++) {
        struct written w;
        struct tw_pricing pricing = pricing_of(executors[e], 12, &device);
        pricing.platform.node_bandwidth_Bps = bandwidth_Bps;
        unequal_trace(&w, 30, counts);
        ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced[e], &err), TW_OK);
        free(w.step_record);
    }
    for (int s = 0; s < 30; s++)
        ck_assert_double_eq_tol(priced[0].steps[s].step_time_s, priced[1].steps[s].step_time_s,
                                1e-9 * priced[1].steps[s].step_time_s);
    tw_priced_free(&priced[0]);
    tw_priced_free(&priced[1]);
}
END_TEST

/* ---- memo ---- */

/* A thousand equal steps on equal nodes: after the first, ranks enter as they did before. */
START_TEST(equal_steps_are_simulated_once)
{
    struct written w;
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of(executors[_i], 8, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    written_open(&w, 8, 1000);
    add_work(&w, TW_STAGE_METHOD, -1, 1000);
    add_exchange(&w, TW_SUM, 80000);
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_OK);
    ck_assert_uint_eq(priced.step_count, 1000);
    ck_assert_msg(priced.simulated <= 3, "%u steps simulated", priced.simulated);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* The same on nodes of which no two are alike: times become periodic, and steps from the memo have
 * the bits of simulated ones: pricing 1000 copies of the record, which the memo must take for
 * different ones, simulates every step and gives the same. */
START_TEST(unequal_steps_become_periodic)
{
    double bandwidth_Bps[16];
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of("maxplus", 16, &device);
    struct tw_priced priced, every;
    struct tw_err err = {0};
    struct written w;
    struct tw_record *copies = calloc(1000, sizeof *copies);
    ck_assert_ptr_nonnull(copies);
    for (int r = 0; r < 16; r++)
        bandwidth_Bps[r] = 1.25e9 * (.8 + .4 * ((r * 7) % 16) / 15);
    pricing.platform.node_bandwidth_Bps = bandwidth_Bps;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    written_open(&w, 16, 1000);
    add_exchange(&w, TW_SUM, 1000003);
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_OK);
    ck_assert_msg(priced.simulated <= 200, "%u steps simulated", priced.simulated);
    for (uint32_t s = 0; s < 1000; s++) {
        copies[s] = w.record;
        w.step_record[s] = s;
    }
    w.trace.records = copies;
    w.trace.record_count = 1000;
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &every, &err), TW_OK);
    ck_assert_uint_eq(every.simulated, 1000);
    ck_assert_mem_eq(priced.steps, every.steps, 1000 * sizeof *priced.steps);
    tw_priced_free(&priced);
    tw_priced_free(&every);
    free(copies);
    free(w.step_record);
}
END_TEST

/* Two records in turn are told apart. */
START_TEST(records_are_told_apart)
{
    struct written a, b;
    struct tw_record both[2];
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of("maxplus", 4, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    written_open(&a, 4, 100);
    written_open(&b, 4, 1);
    add_exchange(&a, TW_SUM, 1000);
    add_exchange(&b, TW_SUM, 2000000);
    both[0] = a.record;
    both[1] = b.record;
    a.trace.records = both;
    a.trace.record_count = 2;
    for (int s = 0; s < 100; s++)
        a.step_record[s] = (uint32_t)(s % 2);
    ck_assert_int_eq(tw_price_trace(&pricing, &a.trace, NULL, NULL, &priced, &err), TW_OK);
    ck_assert_double_gt(priced.steps[99].step_time_s, 10 * priced.steps[98].step_time_s);
    ck_assert_double_eq(priced.steps[98].step_time_s, priced.steps[2].step_time_s);
    ck_assert_uint_le(priced.simulated, 6);
    tw_priced_free(&priced);
    free(a.step_record);
    free(b.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network run");
    TCase *tcase = tcase_create("timeline");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, accounts_balance, 0, 2);
    tcase_add_test(tcase, executors_agree);
    tcase_add_loop_test(tcase, equal_steps_are_simulated_once, 0, 2);
    tcase_add_test(tcase, unequal_steps_become_periodic);
    tcase_add_test(tcase, records_are_told_apart);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
