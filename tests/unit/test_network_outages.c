/* links: tw_network */
/* Failures: of hosts whose ranks exchange nothing, of several things in one step, and what is told
 * beside times. A step is a second of forward, and where there is an exchange one message of 1 MB
 * over links of 1 MB/s from rank 0 to rank 1 behind it. */
#include <check.h>
#include "unit/network_trace.h"

#define STEPS 3
#define CLOSE 1e-9

static struct tw_priced priced;
static struct tw_err err;

static struct tw_pricing pricing_with(int nodes, const struct tw_dynamics *dynamics)
{
    static struct tw_device device = {.id = "none"};
    struct tw_pricing pricing = pricing_of("simgrid", nodes, &device);
    pricing.platform.bandwidth_Bps = 1e6;
    pricing.platform.latency_s = 0;
    pricing.platform.dynamics = dynamics;
    pricing.forward_s = 1;
    return pricing;
}

static tw_status price(const struct tw_pricing *pricing, int exchanges)
{
    struct written w;
    written_open(&w, pricing->platform.nodes, STEPS);
    if (exchanges)
        add_exchange(&w, TW_BROADCAST, 250000);
    err = (struct tw_err){0};
    tw_status status = tw_price_trace(pricing, &w.trace, NULL, NULL, &priced, &err);
    free(w.step_record);
    return status;
}

static void expect_ends(const double end_s[STEPS])
{
    for (int t = 0; t < STEPS; t++) {
        const struct tw_step_times *step = &priced.steps[t];
        double sum_s = step->compute_s + step->compress_s + step->exposed_s + step->wait_s;
        ck_assert_double_eq_tol(step->end_s, end_s[t], CLOSE);
        ck_assert_double_eq_tol(sum_s, step->step_time_s, CLOSE);
    }
    tw_priced_free(&priced);
}

/* Steps of 1 s without exchanges. The host is down from 1.25 to 3.25: the second step is broken,
 * and begun anew then. With one rank and with three, of which the last loses its host. */
START_TEST(host_of_a_rank_that_exchanges_nothing)
{
    static const char *const hosts[] = {"node-0", "node-2"};
    const int nodes[] = {1, 3};
    struct tw_outage outage = {TW_OUTAGE_HOST, hosts[_i], 1.25, 2};
    struct tw_dynamics dynamics = {.outages = &outage, .outage_count = 1, .retry = 1};
    struct tw_pricing pricing = pricing_with(nodes[_i], &dynamics);
    ck_assert_msg(price(&pricing, 0) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(priced.retries, 1);
    expect_ends((const double[]){1, 4.25, 5.25});
    dynamics.retry = 0;
    ck_assert_int_eq(price(&pricing, 0), TW_CRASHED);
    ck_assert_int_eq(priced.breakdown.kind, TW_OUTAGE_HOST);
    ck_assert_uint_eq(priced.breakdown.step, 1);
    ck_assert_double_eq_tol(priced.breakdown.at_s, 1.25, CLOSE);
    ck_assert_msg(strstr(err.text, hosts[_i]) && strstr(err.hint, "retry"), "%s (%s)", err.text,
                  err.hint);
    outage.repair_s = INFINITY;
    ck_assert_int_eq(price(&pricing, 0), TW_CRASHED);
    ck_assert_msg(strstr(err.text, "never repaired") && strstr(err.hint, "repair"), "%s (%s)",
                  err.text, err.hint);
    outage.at_s = 3.5; /* when all is done */
    ck_assert_msg(price(&pricing, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2, 3});
}
END_TEST

/* A link that nobody uses, another host, and a host whose name reads as a pattern of the rank's. */
START_TEST(what_a_rank_alone_does_not_meet)
{
    const struct tw_outage outages[] = {{TW_OUTAGE_LINK, "*", 0.5, 1},
                                        {TW_OUTAGE_HOST, "node-*", 0.5, 1}};
    const struct tw_dynamics dynamics = {.outages = outages, .outage_count = 2};
    struct tw_pricing pricing = pricing_with(1, &dynamics);
    ck_assert_msg(price(&pricing, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2, 3});
}
END_TEST

/* The message of the first step is broken at 1.25 by the link, begun anew at 1.75 and broken at 2.5
 * by the host, in the forward; once is what <retry> allows. With two it is begun anew at 3. */
START_TEST(retries_used_up)
{
    const struct tw_outage outages[] = {{TW_OUTAGE_LINK, "*_0_UP", 1.25, 0.5},
                                        {TW_OUTAGE_HOST, "node-1", 2.5, 0.5}};
    struct tw_dynamics dynamics = {.outages = outages, .outage_count = 2, .retry = 1};
    struct tw_pricing pricing = pricing_with(2, &dynamics);
    ck_assert_int_eq(price(&pricing, 1), TW_CRASHED);
    static const char *const said[] = {"step 0:", "host node-1 failed at 2.5 s",
                                       "begun anew 1 time of at most 1",
                                       "behind link *_0_UP at 1.25 s"};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        ck_assert_msg(strstr(err.text, said[i]) != NULL, "'%s' is not in: %s", said[i], err.text);
    ck_assert_msg(strstr(err.hint, "times=\"2\"") != NULL, "%s", err.hint);
    dynamics.retry = 2;
    ck_assert_msg(price(&pricing, 1) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(priced.retries, 2);
    expect_ends((const double[]){5, 7, 9});
}
END_TEST

/* A step that is begun anew counts once in what links carry: 3 messages of 1 MB over two links. */
START_TEST(links_carry_what_was_finished)
{
    const struct tw_outage outage = {TW_OUTAGE_LINK, "*_0_UP", 1.25, 0.5};
    const struct tw_dynamics dynamics = {.outages = &outage, .outage_count = 1, .retry = 1};
    struct tw_pricing pricing = pricing_with(2, &dynamics);
    double carried_B = 0, end_s = 1.75 + 3 * 2;
    pricing.links = 1;
    ck_assert_msg(price(&pricing, 1) == TW_OK, "%s", err.text);
    for (int l = 0; l < priced.link_count; l++) {
        carried_B += priced.links[l].carried_B;
        ck_assert_double_eq_tol(priced.links[l].utilisation,
                                priced.links[l].carried_B / (1e6 * end_s), CLOSE);
    }
    ck_assert_double_eq_tol(carried_B, 6e6, 1e-3);
    tw_priced_free(&priced);
}
END_TEST

static void show(void *context, uint32_t step, const struct tw_step_items *items)
{
    (void)context;
    (void)step;
    (void)items;
}

/* Neither joules nor messages are told of attempts that broke. */
START_TEST(joules_and_messages_are_refused)
{
    const struct tw_outage outage = {TW_OUTAGE_LINK, "*_0_UP", 1.25, 0.5};
    const struct tw_dynamics dynamics = {.outages = &outage, .outage_count = 1, .retry = 1};
    struct tw_pricing pricing = pricing_with(2, &dynamics);
    pricing.energy = 1;
    ck_assert_int_eq(price(&pricing, 1), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "joules") && strstr(err.hint, "<failure>"), "%s", err.text);
    pricing.energy = 0;
    pricing.item_watch = show;
    pricing.messages_max = 100;
    ck_assert_int_eq(price(&pricing, 1), TW_REFUSED);
    ck_assert_msg(strstr(err.hint, "without <failure>") != NULL, "%s", err.hint);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_outages");
    TCase *tcase = tcase_create("outages");
    tcase_add_loop_test(tcase, host_of_a_rank_that_exchanges_nothing, 0, 2);
    tcase_add_test(tcase, what_a_rank_alone_does_not_meet);
    tcase_add_test(tcase, retries_used_up);
    tcase_add_test(tcase, links_carry_what_was_finished);
    tcase_add_test(tcase, joules_and_messages_are_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
