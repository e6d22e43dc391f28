/* links: tw_network */
/* Background traffic of a rate, beside one message of 1 MB a step from rank 0 to rank 1 over links
 * of 1 MB/s: max-min shares by hand. */
#include <check.h>
#include "unit/network_trace.h"

#define STEPS 2
#define CLOSE 1e-9

static struct tw_priced priced;
static struct tw_err err;
static struct tw_pricing pricing;

static void open_pricing(void)
{
    static struct tw_device device = {.id = "none"};
    pricing = pricing_of("simgrid", 2, &device);
    pricing.platform.bandwidth_Bps = 1e6;
    pricing.platform.latency_s = 0;
}

static tw_status price(const struct tw_dynamics *dynamics)
{
    struct written w;
    written_open(&w, 2, STEPS);
    add_exchange(&w, TW_BROADCAST, 250000);
    pricing.platform.dynamics = dynamics;
    err = (struct tw_err){0};
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
    free(w.step_record);
    return status;
}

static void expect_step(const struct tw_dynamics *dynamics, double step_s)
{
    ck_assert_msg(price(dynamics) == TW_OK, "%s", err.text);
    for (int t = 0; t < STEPS; t++)
        ck_assert_double_eq_tol(priced.steps[t].step_time_s, step_s, CLOSE);
    tw_priced_free(&priced);
}

/* What all flows of a rate get together is min(rate, their fair share); the message the rest. */
static const struct {
    int flows;
    double rate_Bps, step_s;
} shares[] = {
    {1, 0.25e6, 1 / 0.75}, /* below the half that is fair */
    {1, 0.5e6, 2},         /* just that */
    {1, 0.75e6, 2},        /* above it: no more than half */
    {1, 100e6, 2},         /* above what the links have */
    {3, 0.3e6, 1 / 0.7},   /* 0.1 each */
    {3, 0.9e6, 4},         /* 0.25 each, and the message too */
    {2, 1e3, 1 / 0.999},
};

START_TEST(shares_are_max_min)
{
    struct tw_background background = {0, 1, shares[_i].flows, shares[_i].rate_Bps};
    const struct tw_dynamics dynamics = {.backgrounds = &background, .background_count = 1};
    open_pricing();
    expect_step(&dynamics, shares[_i].step_s);
    pricing.platform.latency_s = 0.1; /* 2 · 0.1 s once per message: the flows are under way */
    expect_step(&dynamics, 0.2 + shares[_i].step_s);
    pricing.network.latency = TW_LATENCY_SENDER;
    expect_step(&dynamics, 0.2 + shares[_i].step_s);
    background.from = 1; /* the other way nobody is in the way */
    background.to = 0;
    expect_step(&dynamics, 1.2);
}
END_TEST

/* 0.2 and 0.3 of 1 MB/s by two, half of it left; beside a profile that halves all links but those
 * of rates, nothing is left but a third each for the message and 0.2, 0.3 bounded: 0.5/3 each. */
START_TEST(several_and_a_profile)
{
    const double at_s[] = {0}, half[] = {0.5};
    const struct tw_background backgrounds[] = {{0, 1, 1, 0.2e6}, {0, 1, 1, 0.3e6}};
    const struct tw_profile profile = {"*", at_s, half, 1, 0, NULL, TW_PROFILE_BANDWIDTH};
    struct tw_dynamics dynamics = {.backgrounds = backgrounds, .background_count = 2};
    open_pricing();
    expect_step(&dynamics, 2);
    dynamics.profiles = &profile;
    dynamics.profile_count = 1;
    expect_step(&dynamics, 6);
    dynamics.background_count = 1; /* 0.2 of 0.5 MB/s: a profile does not slow the rate down */
    expect_step(&dynamics, 1 / 0.3);
}
END_TEST

/* Both ranks compute for 1 s; the traffic's host is down from 0.25 to 0.75 and breaks the step,
 * which is begun anew then, with the traffic: 0.75 + 1 + 1/0.75. */
START_TEST(outlives_its_host)
{
    const struct tw_background background = {0, 1, 1, 0.25e6};
    const struct tw_outage outage = {TW_OUTAGE_HOST, "node-0", 0.25, 0.5};
    const struct tw_dynamics dynamics = {.backgrounds = &background,
                                         .outages = &outage,
                                         .background_count = 1,
                                         .outage_count = 1,
                                         .retry = 1};
    open_pricing();
    pricing.forward_s = 1;
    ck_assert_msg(price(&dynamics) == TW_OK, "%s", err.text);
    ck_assert_double_eq_tol(priced.steps[0].end_s, 1.75 + 1 / 0.75, CLOSE);
    ck_assert_double_eq_tol(priced.steps[1].step_time_s, 1 + 1 / 0.75, CLOSE);
    tw_priced_free(&priced);
}
END_TEST

START_TEST(refused_where_there_is_no_room)
{
    const double bandwidth_Bps[] = {1e6, 2e6};
    static const struct tw_pair torus[] = {{"topology", "TORUS"}, {"topo_parameters", "2"}};
    const struct tw_background background = {0, 1, 1, 0.25e6};
    const struct tw_dynamics dynamics = {.backgrounds = &background, .background_count = 1};
    open_pricing();
    pricing.network.model = TW_MODEL_TCP;
    ck_assert_int_eq(price(&dynamics), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "tcp") && strstr(err.hint, "ideal"), "%s", err.text);
    pricing.network.model = TW_MODEL_IDEAL;
    pricing.platform.attributes = torus;
    pricing.platform.attribute_count = 2;
    ck_assert_int_eq(price(&dynamics), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "<cluster> of equal nodes") != NULL, "%s", err.text);
    pricing.platform.attribute_count = 0;
    pricing.platform.node_bandwidth_Bps = bandwidth_Bps;
    ck_assert_int_eq(price(&dynamics), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "<cluster> of equal nodes") != NULL, "%s", err.text);
    pricing.platform.file = "a file";
    ck_assert_int_eq(price(&dynamics), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "<cluster> of equal nodes") != NULL, "%s", err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_background");
    TCase *tcase = tcase_create("background");
    tcase_add_loop_test(tcase, shares_are_max_min, 0, (int)(sizeof shares / sizeof shares[0]));
    tcase_add_test(tcase, several_and_a_profile);
    tcase_add_test(tcase, outlives_its_host);
    tcase_add_test(tcase, refused_where_there_is_no_room);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
