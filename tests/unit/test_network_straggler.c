/* links: tw_network */
/* Stragglers against closed forms: ring all-reduce of p blocks of b bytes, 2(p - 1)(α + bβ), where
 * the slowest link of every step decides; and steps of ranks that compute. */
#include <check.h>
#include "unit/network_trace.h"

enum { RANKS = 4, STEPS = 6 };
#define BLOCK_B 1e6
#define RATE_BPS 1e8
#define LATENCY_S 1e-3
#define FORWARD_S 0.25
/* α = 2 · 1 ms, bβ = 10 ms: six steps of 12 ms. */
#define RING_S (2 * (RANKS - 1) * (2 * LATENCY_S + BLOCK_B / RATE_BPS))

static struct tw_priced priced;
static struct tw_err err;

static tw_status price(const char *executor, const struct tw_straggler *stragglers, int count,
                       double gamma_sB)
{
    struct tw_device device = {.id = "none", .combine_sB = gamma_sB};
    struct tw_pricing pricing = pricing_of(executor, RANKS, &device);
    const struct tw_dynamics dynamics = {.stragglers = stragglers, .straggler_count = count};
    struct written w;
    written_open(&w, RANKS, STEPS);
    add_exchange(&w, TW_SUM, (uint64_t)(RANKS * BLOCK_B / 4));
    pricing.platform.bandwidth_Bps = RATE_BPS;
    pricing.platform.latency_s = LATENCY_S;
    pricing.platform.dynamics = &dynamics;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.forward_s = FORWARD_S;
    pricing.seed = 11;
    err = (struct tw_err){0};
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
    free(w.step_record);
    return status;
}

static void expect_steps(const double step_s[STEPS])
{
    int wrong = 0;
    for (int t = 0; t < STEPS; t++) {
        const struct tw_step_times *step = &priced.steps[t];
        double sum_s = step->compute_s + step->compress_s + step->exposed_s + step->wait_s;
        wrong += !(fabs(step->step_time_s - step_s[t]) < 1e-9 && fabs(sum_s - step_s[t]) < 1e-9);
    }
    ck_assert_int_eq(wrong, 0);
    tw_priced_free(&priced);
}

/* One link of a quarter of the bandwidth in steps 2 and 3: a step of the ring takes α + 4bβ. */
START_TEST(slow_link)
{
    const struct tw_straggler slow = {.kind = TW_OUTAGE_LINK,
                                      .name = "*_2_UP",
                                      .first = 2,
                                      .last = 3,
                                      .probability = 1,
                                      .factor = 4};
    double own_s = FORWARD_S + RING_S;
    double slow_s = FORWARD_S + 2 * (RANKS - 1) * (2 * LATENCY_S + 4 * BLOCK_B / RATE_BPS);
    ck_assert_msg(price("simgrid", &slow, 1, 0) == TW_OK, "%s", err.text);
    expect_steps((const double[]){own_s, own_s, slow_s, slow_s, own_s, own_s});
    ck_assert_int_eq(price("maxplus", &slow, 1, 0), TW_REFUSED);
}
END_TEST

/* One host of half the speed in step 1: its forward takes twice as long, and all wait for it. In
 * both executors. */
static const char *const executors[] = {"simgrid", "maxplus"};

START_TEST(slow_host)
{
    const struct tw_straggler slow = {.kind = TW_OUTAGE_HOST,
                                      .name = "node-3",
                                      .first = 1,
                                      .last = 1,
                                      .probability = 1,
                                      .factor = 2};
    double own_s = FORWARD_S + RING_S;
    ck_assert_msg(price(executors[_i], &slow, 1, 0) == TW_OK, "%s", err.text);
    ck_assert_double_eq_tol(priced.steps[1].compute_s, FORWARD_S * (RANKS + 1) / RANKS, 1e-12);
    expect_steps((const double[]){own_s, own_s + FORWARD_S, own_s, own_s, own_s, own_s});
    /* Two of them on all hosts: factors multiply. */
    const struct tw_straggler two[] = {slow,
                                       {.kind = TW_OUTAGE_HOST,
                                        .name = "node-?",
                                        .first = 1,
                                        .last = 2,
                                        .probability = 1,
                                        .factor = 3}};
    ck_assert_msg(price(executors[_i], two, 2, 0) == TW_OK, "%s", err.text);
    expect_steps(
        (const double[]){own_s, own_s + 5 * FORWARD_S, own_s + 2 * FORWARD_S, own_s, own_s, own_s});
}
END_TEST

/* All hosts combine half as fast: γ counts twice in the p - 1 steps that reduce. */
START_TEST(slow_combining)
{
    const double gamma_sB = 2e-9;
    const struct tw_straggler slow = {
        .kind = TW_OUTAGE_HOST, .name = "*", .first = 0, .last = 5, .probability = 1, .factor = 2};
    double step_s = 2 * FORWARD_S + RING_S + (RANKS - 1) * BLOCK_B * 2 * gamma_sB;
    ck_assert_msg(price(executors[_i], &slow, 1, gamma_sB) == TW_OK, "%s", err.text);
    expect_steps((const double[]){step_s, step_s, step_s, step_s, step_s, step_s});
}
END_TEST

START_TEST(unknown_host)
{
    const struct tw_straggler slow = {
        .kind = TW_OUTAGE_HOST, .name = "node-9", .last = 5, .probability = 1, .factor = 2};
    ck_assert_int_eq(price(executors[_i], &slow, 1, 0), TW_UNKNOWN);
    ck_assert_msg(strstr(err.text, "node-9") && err.hint[0], "%s", err.text);
}
END_TEST

/* How often ranks were slow, and by how much: compute over that of a steady rank. */
struct heard {
    int slow, count;
    double sum, squares;
};

static void hear(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
                 const struct tw_step_times *mean)
{
    struct heard *heard = context;
    (void)mean;
    (void)step;
    for (int r = 0; r < count; r++) {
        double more = ranks[r].compute_s / FORWARD_S - 1;
        heard->slow += fabs(more) > 1e-12;
        heard->sum += more;
        heard->squares += more * more;
        heard->count++;
    }
}

/* n = 20000 draws of probability .25: the count within 5 sqrt(np(1 − p)) = 306 of 5000. The mean of
 * factor − 1 over the slow ones is 3, its cv .5: within 5 · .5/sqrt(5000) = 3.6 % and, by the
 * lognormal's kurtosis near 9, the cv within 10 %. Twice the same. */
START_TEST(random_stragglers)
{
    enum { DRAWN = 5000 };
    struct tw_device device = {.id = "none"};
    struct tw_pricing pricing = pricing_of("maxplus", RANKS, &device);
    const struct tw_straggler slow = {.kind = TW_OUTAGE_HOST,
                                      .name = "*",
                                      .last = UINT32_MAX,
                                      .probability = .25,
                                      .factor = 4,
                                      .spread = {TW_JITTER_LOGNORMAL, .5}};
    const struct tw_dynamics dynamics = {.stragglers = &slow, .straggler_count = 1};
    struct heard heard[2] = {{0}};
    struct written w;
    written_open(&w, RANKS, DRAWN);
    pricing.platform.dynamics = &dynamics;
    pricing.forward_s = FORWARD_S;
    pricing.seed = 7;
    for (int run = 0; run < 2; run++) {
        ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, hear, &heard[run], &priced, &err),
                         TW_OK);
        tw_priced_free(&priced);
    }
    double mean = heard[0].sum / heard[0].slow;
    double cv = sqrt(heard[0].squares / heard[0].slow - mean * mean) / mean;
    ck_assert_int_eq(heard[0].count, RANKS * DRAWN);
    ck_assert_int_le(abs(heard[0].slow - RANKS * DRAWN / 4), 306);
    ck_assert_double_eq_tol(mean, 3, 3 * 0.036);
    ck_assert_double_eq_tol(cv, .5, .05);
    ck_assert(heard[0].slow == heard[1].slow && heard[0].sum == heard[1].sum);
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network straggler");
    TCase *tcase = tcase_create("stragglers");
    tcase_add_test(tcase, slow_link);
    tcase_add_loop_test(tcase, slow_host, 0, 2);
    tcase_add_loop_test(tcase, slow_combining, 0, 2);
    tcase_add_loop_test(tcase, unknown_host, 0, 2);
    tcase_add_test(tcase, random_stragglers);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
