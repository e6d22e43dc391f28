/* links: tw_network */
/* Latencies that change with time. A step is one message of 1 MB from rank 0 to rank 1 over two
 * links of 1 MB/s and 0.1 s each, whose latency the sender waits for: 0.2 + 1 s undisturbed. */
#include <check.h>
#include "unit/network_trace.h"

#define STEPS 3
#define CLOSE 1e-9

static struct tw_priced priced;
static struct tw_err err;
static struct tw_pricing pricing;
static enum tw_request_kind kind;

static void open_pricing(void)
{
    static struct tw_device device = {.id = "none"};
    pricing = pricing_of("simgrid", 2, &device);
    pricing.platform.bandwidth_Bps = 1e6;
    pricing.platform.latency_s = 0.1;
    pricing.network.latency = TW_LATENCY_SENDER;
    kind = TW_BROADCAST;
}

static tw_status price(const struct tw_profile *profiles, int count)
{
    const struct tw_dynamics dynamics = {.profiles = profiles, .profile_count = count};
    struct written w;
    written_open(&w, 2, STEPS);
    add_exchange(&w, kind, 250000);
    pricing.platform.dynamics = &dynamics;
    err = (struct tw_err){0};
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
    pricing.platform.dynamics = NULL;
    free(w.step_record);
    return status;
}

static void expect_ends(const struct tw_profile *profiles, int count, const double end_s[STEPS])
{
    ck_assert_msg(price(profiles, count) == TW_OK, "%s", err.text);
    for (int t = 0; t < STEPS; t++) {
        const struct tw_step_times *step = &priced.steps[t];
        double sum_s = step->compute_s + step->compress_s + step->exposed_s + step->wait_s;
        ck_assert_double_eq_tol(step->end_s, end_s[t], CLOSE);
        ck_assert_double_eq_tol(sum_s, step->step_time_s, CLOSE);
    }
    tw_priced_free(&priced);
}

static struct tw_profile latency_of(const char *link, const double *at_s, const double *factor,
                                    int count, double period_s)
{
    return (struct tw_profile){link, at_s, factor, count, period_s, NULL, TW_PROFILE_LATENCY};
}

static void count_ends(void *context, uint32_t step, const struct tw_step_items *items)
{
    size_t *ends = context;
    (void)step;
    *ends += items->message_count;
}

/* Three times as long from T on, 0.6 s. The second message is posted at 1.2, the third at 2.4 or,
 * when the second has waited 0.6, at 2.8. A message whose latency passes keeps it. */
static const struct {
    double at_s, end_s[STEPS];
} changes[] = {
    {0, {1.6, 3.2, 4.8}},          /* from the first on */
    {0.1, {1.2, 2.8, 4.4}},        /* while the first waits */
    {1.2 - 1e-6, {1.2, 2.8, 4.4}}, /* just before the second is posted */
    {1.2, {1.2, 2.8, 4.4}},        /* when it is */
    {1.2 + 1e-6, {1.2, 2.4, 4}},   /* just after */
    {2.4 - 1e-6, {1.2, 2.4, 4}},   {2.4, {1.2, 2.4, 4}}, {2.4 + 1e-6, {1.2, 2.4, 3.6}},
};

START_TEST(latency_of_when_it_is_posted)
{
    const double factor[] = {3};
    const struct tw_profile profile = latency_of("*", &changes[_i].at_s, factor, 1, 0);
    open_pricing();
    expect_ends(&profile, 1, changes[_i].end_s);
    /* Followed one by one, messages are posted by other actors, at the same times. */
    size_t ends = 0;
    pricing.messages_max = 10;
    pricing.item_watch = count_ends;
    pricing.item_context = &ends;
    expect_ends(&profile, 1, changes[_i].end_s);
    ck_assert_uint_eq(ends, 2 * STEPS);
}
END_TEST

/* The way is 0's up and 1's down link: one of them makes 0.3 + 0.1 s, others nothing. */
START_TEST(links_of_the_way)
{
    const double at_s[] = {0}, factor[] = {3};
    const double bandwidth_Bps[] = {1e6, 2e6}, latency_s[] = {0.1, 0.2};
    struct tw_profile profile = latency_of("*_0_UP", at_s, factor, 1, 0);
    open_pricing();
    expect_ends(&profile, 1, (const double[]){1.4, 2.8, 4.2});
    profile.link = "*_0_DOWN";
    expect_ends(&profile, 1, (const double[]){1.2, 2.4, 3.6});
    pricing.platform.node_bandwidth_Bps = bandwidth_Bps; /* 0.1 + 3 · 0.2 + 1 s */
    pricing.platform.node_latency_s = latency_s;
    profile.link = "nic-1_DOWN";
    expect_ends(&profile, 1, (const double[]){1.7, 3.4, 5.1});
}
END_TEST

/* Every 2 s: a second as it is, a second of twice the latency. Posted at 0, at 1.2 (in the second
 * half: 0.4 s) and at 2.6 (in the first). Without the first entry, 1 before the first change ever
 * and then 2 for good: the period before has ended with it. */
START_TEST(repeats)
{
    const double at_s[] = {0, 1}, factor[] = {1, 2};
    const struct tw_profile whole = latency_of("*", at_s, factor, 2, 2);
    const struct tw_profile half = latency_of("*", at_s + 1, factor + 1, 1, 2);
    open_pricing();
    expect_ends(&whole, 1, (const double[]){1.2, 2.6, 3.8});
    expect_ends(&half, 1, (const double[]){1.2, 2.6, 4});
}
END_TEST

/* An all-reduce of two ranks is two messages of 0.5 MB each way: 0.2 + 0.5 s, and from 0.5 s on 0 +
 * 0.5 s. */
START_TEST(within_a_step)
{
    const double at_s[] = {0.5}, factor[] = {0};
    const struct tw_profile profile = latency_of("*", at_s, factor, 1, 0);
    open_pricing();
    kind = TW_SUM;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    expect_ends(&profile, 1, (const double[]){1.2, 2.2, 3.2});
}
END_TEST

/* Half of the bandwidth and twice the latency of the same links: 0.4 + 2 s. */
START_TEST(beside_a_profile_of_bandwidth)
{
    const double at_s[] = {0}, half[] = {0.5}, twice[] = {2};
    const struct tw_profile profiles[] = {{"*", at_s, half, 1, 0, NULL, TW_PROFILE_BANDWIDTH},
                                          latency_of("*", at_s, twice, 1, 0)};
    open_pricing();
    expect_ends(profiles, 2, (const double[]){2.4, 4.8, 7.2});
}
END_TEST

START_TEST(refused_by_name)
{
    const double at_s[] = {0}, factor[] = {2};
    struct tw_profile profiles[] = {latency_of("*_1_DOWN", at_s, factor, 1, 0),
                                    latency_of("*_1_*", at_s, factor, 1, 0)};
    open_pricing();
    ck_assert_int_eq(price(profiles, 2), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "latency of link cluster_link_1_DOWN has a profile already") &&
                      strstr(err.hint, "link='*_1_*'"),
                  "%s (%s)", err.text, err.hint);
    profiles[0].link = "no-such-link";
    ck_assert_int_eq(price(profiles, 1), TW_UNKNOWN);
    profiles[0].link = "*";
    pricing.network.latency = TW_LATENCY_LINK;
    ck_assert_int_eq(price(profiles, 1), TW_REFUSED);
    ck_assert_msg(strstr(err.hint, "latency=\"sender\"") != NULL, "%s (%s)", err.text, err.hint);
    pricing.network.latency = TW_LATENCY_SENDER;
    pricing.executor = tw_executor_find("maxplus");
    ck_assert_int_eq(price(profiles, 1), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "do not change with time") != NULL, "%s", err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_latency");
    TCase *tcase = tcase_create("latency");
    tcase_add_loop_test(tcase, latency_of_when_it_is_posted, 0,
                        (int)(sizeof changes / sizeof changes[0]));
    tcase_add_test(tcase, links_of_the_way);
    tcase_add_test(tcase, repeats);
    tcase_add_test(tcase, within_a_step);
    tcase_add_test(tcase, beside_a_profile_of_bandwidth);
    tcase_add_test(tcase, refused_by_name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
