/* links: tw_network */
/* Networks that change while they are used: every expected time is worked out by hand. A step here
 * is one message of 1 MB from rank 0 to rank 1 over links of 1 MB/s, 1 s long when undisturbed. */
#include <check.h>
#include "unit/network_trace.h"

#define STEPS 3
#define CLOSE 1e-9

static struct tw_priced priced;
static struct tw_err err;
static double forward_s; /* before the message */

static tw_status price(const struct tw_dynamics *dynamics, double latency_s)
{
    struct tw_device device = {.id = "none"};
    struct tw_pricing pricing = pricing_of("simgrid", 2, &device);
    struct written w;
    written_open(&w, 2, STEPS);
    add_exchange(&w, TW_BROADCAST, 250000);
    pricing.platform.bandwidth_Bps = 1e6;
    pricing.platform.latency_s = latency_s;
    pricing.platform.dynamics = dynamics;
    pricing.forward_s = forward_s;
    err = (struct tw_err){0};
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
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

/* Half of the first message at 1 MB/s, its other half at 0.5 MB/s; then all at 0.5 MB/s. */
START_TEST(message_under_way_slows_down)
{
    const double at_s[] = {0.5}, factor[] = {0.5};
    const struct tw_profile profile = {"*", at_s, factor, 1, 0, NULL, TW_PROFILE_BANDWIDTH};
    const struct tw_dynamics dynamics = {.profiles = &profile, .profile_count = 1};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1.5, 3.5, 5.5});
}
END_TEST

/* The change is in the second step: 0.5 s at 1 MB/s, then 1 s at 0.5 MB/s. */
START_TEST(change_is_on_the_clock_of_the_run)
{
    const double at_s[] = {1.5}, factor[] = {0.5};
    const struct tw_profile profile = {"*", at_s, factor, 1, 0, NULL, TW_PROFILE_BANDWIDTH};
    const struct tw_dynamics dynamics = {.profiles = &profile, .profile_count = 1};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2.5, 4.5});
}
END_TEST

/* A second of all, a second of half, and so on: 1 MB by 1; 0.5 MB by 2 and the rest by 2.5; 0.5 MB
 * by 3 and the rest by 4. */
START_TEST(profile_repeats)
{
    const double at_s[] = {0, 1}, factor[] = {1, 0.5};
    const struct tw_profile profile = {"*", at_s, factor, 2, 2, NULL, TW_PROFILE_BANDWIDTH};
    const struct tw_dynamics dynamics = {.profiles = &profile, .profile_count = 1};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2.5, 4});
}
END_TEST

/* Only the way up of node 1 is slow, which nothing takes; then the way down, which all take. */
START_TEST(one_link)
{
    const double at_s[] = {0}, factor[] = {0.25};
    struct tw_profile profile = {"*_1_UP", at_s, factor, 1, 0, NULL, TW_PROFILE_BANDWIDTH};
    const struct tw_dynamics dynamics = {.profiles = &profile, .profile_count = 1};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2, 3});
    profile.link = "*_1_DOWN";
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){4, 8, 12});
    profile.link = "no-such-link";
    ck_assert_int_eq(price(&dynamics, 0), TW_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(err.text, "no-such-link"));
}
END_TEST

/* With one other flow on the way, half of the bandwidth; with three, a quarter. The others are
 * under way when a step begins, so that the latency of 2 · 0.1 s counts once per message. */
START_TEST(background_shares)
{
    struct tw_background background = {.from = 0, .to = 1, .flows = 1};
    const struct tw_dynamics dynamics = {.backgrounds = &background, .background_count = 1};
    ck_assert_msg(price(&dynamics, 0.1) == TW_OK, "%s", err.text);
    expect_ends((const double[]){2.2, 4.4, 6.6});
    background.flows = 3;
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){4, 8, 12});
    background = (struct tw_background){.from = 1, .to = 0, .flows = 1}; /* the other way */
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2, 3});
    background.to = 7;
    ck_assert_int_eq(price(&dynamics, 0), TW_RANGE);
}
END_TEST

static const struct {
    enum tw_outage_kind kind;
    const char *name;
} victims[] = {{TW_OUTAGE_LINK, "*_0_UP"}, {TW_OUTAGE_HOST, "node-1"}};

/* What fails in the second step ends the run there, and says what it was; nothing else is told. */
START_TEST(outage_ends_the_run)
{
    const struct tw_outage outage = {victims[_i].kind, victims[_i].name, 1.25, INFINITY};
    const struct tw_dynamics dynamics = {.outages = &outage, .outage_count = 1, .retry = 2};
    ck_assert_int_eq(price(&dynamics, 0), TW_CRASHED);
    ck_assert_int_eq(priced.breakdown.kind, outage.kind);
    ck_assert_uint_eq(priced.breakdown.step, 1);
    ck_assert_double_eq_tol(priced.breakdown.at_s, 1.25, CLOSE);
    ck_assert_msg(strstr(err.text, outage.name) && strstr(err.text, "never repaired"), "%s",
                  err.text);
    ck_assert_ptr_null(priced.steps);
}
END_TEST

/* Broken at 1.25 and repaired at 3.25; noticed 0.5 s, then 4 s behind. Begun anew at 3.25, then at
 * 5.25, a second each; nothing else is disturbed. */
START_TEST(outage_is_retried)
{
    const struct tw_outage outage = {victims[_i].kind, victims[_i].name, 1.25, 2};
    struct tw_dynamics dynamics = {
        .outages = &outage, .outage_count = 1, .retry = 1, .notice_s = 0.5};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(priced.retries, 1);
    ck_assert_double_eq_tol(priced.steps[1].wait_s, 2.25, CLOSE);
    expect_ends((const double[]){1, 4.25, 5.25});
    dynamics.notice_s = 4;
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 6.25, 7.25});
    dynamics.retry = 0;
    ck_assert_int_eq(price(&dynamics, 0), TW_CRASHED);
    ck_assert_int_eq(priced.breakdown.kind, outage.kind);
}
END_TEST

/* In doubles .11 - (.11 + .01) + .01 is above 0: what is repaired then must not fail again, with
 * the warm-up of background traffic neither (the other way, .002 s of latency per message). */
START_TEST(outage_is_over_at_its_repair)
{
    const struct tw_background background = {.from = 1, .to = 0, .flows = 1};
    const struct tw_outage outage = {victims[_i].kind, victims[_i].name, .11, .01};
    struct tw_dynamics dynamics = {.outages = &outage, .outage_count = 1, .retry = 1};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1.12, 2.12, 3.12});
    dynamics.backgrounds = &background;
    dynamics.background_count = 1;
    ck_assert_msg(price(&dynamics, .001) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1.122, 2.124, 3.126});
}
END_TEST

/* A link fails and is repaired while both ranks compute for a second: the flow over it, which that
 * breaks, is back before their message comes, and shares the link with it. */
START_TEST(background_outlives_an_outage)
{
    const struct tw_background background = {.from = 0, .to = 1, .flows = 1};
    const struct tw_outage outage = {TW_OUTAGE_LINK, "*_1_DOWN", .25, .5};
    const struct tw_dynamics dynamics = {
        .backgrounds = &background, .outages = &outage, .background_count = 1, .outage_count = 1};
    forward_s = 1;
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){3, 6, 9});
}
END_TEST

/* A link that nobody uses, and a host that fails when all is done. */
START_TEST(outage_without_harm)
{
    const struct tw_outage outages[] = {{TW_OUTAGE_LINK, "*_1_UP", 0.5, 1},
                                        {TW_OUTAGE_HOST, "node-1", 3.5, INFINITY}};
    const struct tw_dynamics dynamics = {.outages = outages, .outage_count = 2};
    ck_assert_msg(price(&dynamics, 0) == TW_OK, "%s", err.text);
    expect_ends((const double[]){1, 2, 3});
}
END_TEST

START_TEST(maxplus_refuses)
{
    const struct tw_dynamics dynamics = {.retry = 1};
    struct network_case c = network_case_of("allreduce", "ring", 4, 1000);
    double end_s[4];
    c.platform.dynamics = &dynamics;
    ck_assert_int_eq(network_case_price(&c, "maxplus", end_s, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "change with time"));
}
END_TEST

/* What the factors of all ranks and steps were. */
struct heard {
    double sum, squares;
    int count;
};

static void hear(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
                 const struct tw_step_times *mean)
{
    struct heard *heard = context;
    (void)mean;
    (void)step;
    for (int r = 0; r < count; r++) {
        double factor = ranks[r].compute_s / 0.03;
        heard->sum += factor;
        heard->squares += factor * factor;
        heard->count++;
    }
}

/* n = 40000 draws: the mean is within 5 cv/sqrt(n), the cv within 5 % (lognormal and gamma of cv
 * 0.3 have a kurtosis near 4.5: its standard error is cv·sqrt(4.5 − 1)/(2 sqrt(n)) < 0.5 % of it).
 */
START_TEST(jitter_has_its_moments)
{
    struct tw_device device = {.id = "none"};
    struct tw_pricing pricing = pricing_of("maxplus", 4, &device);
    struct heard heard[3] = {0};
    double end_s[3] = {0};
    struct written w;
    written_open(&w, 4, 10000);
    pricing.forward_s = 0.01;
    pricing.backward_s = 0.02;
    pricing.seed = 7;
    for (int run = 0; run < 3; run++) { /* the same twice, then without */
        pricing.jitter = (struct tw_jitter){(enum tw_jitter_kind)_i, run < 2 ? 0.3 : 0};
        ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, hear, &heard[run], &priced, &err),
                         TW_OK);
        end_s[run] = priced.steps[9999].end_s;
        tw_priced_free(&priced);
    }
    double mean = heard[0].sum / heard[0].count;
    double cv = sqrt(heard[0].squares / heard[0].count - mean * mean);
    ck_assert_double_eq_tol(mean, 1, 5 * 0.3 / 200);
    ck_assert_double_eq_tol(cv, 0.3, 0.015);
    ck_assert(end_s[0] == end_s[1]);
    ck_assert_double_eq_tol(end_s[2], 300, 1e-6);
    free(w.step_record);
}
END_TEST

/* Both executors see the same factors, and the accounts still add up. */
START_TEST(jitter_is_the_executors_alike)
{
    struct tw_device device = {.id = "none"};
    const char *const executors[] = {"maxplus", "simgrid"};
    double end_s[2], wait_s[2];
    for (int e = 0; e < 2; e++) {
        struct tw_pricing pricing = pricing_of(executors[e], 4, &device);
        struct written w;
        written_open(&w, 4, 5);
        add_exchange(&w, TW_SUM, 100000);
        pricing.forward_s = 0.01;
        pricing.jitter = (struct tw_jitter){TW_JITTER_GAMMA, 0.5};
        pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
        ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_OK);
        const struct tw_step_times *step = &priced.steps[4];
        ck_assert_uint_eq(priced.simulated, 5);
        ck_assert_double_eq_tol(step->compute_s + step->compress_s + step->exposed_s + step->wait_s,
                                step->step_time_s, 1e-12);
        end_s[e] = step->end_s;
        wait_s[e] = step->wait_s;
        tw_priced_free(&priced);
        free(w.step_record);
    }
    ck_assert_double_eq_tol(end_s[0], end_s[1], 1e-10);
    ck_assert_double_eq_tol(wait_s[0], wait_s[1], 1e-10);
    ck_assert_double_gt(wait_s[0], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_dynamics");
    TCase *tcase = tcase_create("dynamics");
    int victim_count = (int)(sizeof victims / sizeof victims[0]);
    tcase_add_test(tcase, message_under_way_slows_down);
    tcase_add_test(tcase, change_is_on_the_clock_of_the_run);
    tcase_add_test(tcase, profile_repeats);
    tcase_add_test(tcase, one_link);
    tcase_add_test(tcase, background_shares);
    tcase_add_loop_test(tcase, outage_ends_the_run, 0, victim_count);
    tcase_add_loop_test(tcase, outage_is_retried, 0, victim_count);
    tcase_add_loop_test(tcase, outage_is_over_at_its_repair, 0, victim_count);
    tcase_add_test(tcase, background_outlives_an_outage);
    tcase_add_test(tcase, outage_without_harm);
    tcase_add_test(tcase, maxplus_refuses);
    tcase_add_loop_test(tcase, jitter_has_its_moments, 0, 3);
    tcase_add_test(tcase, jitter_is_the_executors_alike);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
