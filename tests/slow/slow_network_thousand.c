/* links: tw_network */
/* A thousand ranks: every schedule, every size; and large clusters of unequal nodes. */
#include <check.h>
#include <gsl/gsl_rng.h>
#include "unit/network_case.h"

#define RANKS 1000

static const char *const schedules[][2] = {
    {"allreduce", "ring"},
    {"allreduce", "binomial"},
    {"allreduce", "recursive_doubling"},
    {"allgather", "ring"},
};
#define SCHEDULES 4

/* From one element to 1 GB (an allgather's count is each rank's: a thousandth). */
static const uint64_t counts[] = {1, 1001, 1000003, 250000000};

static double end_s[RANKS], other_s[RANKS];

static void price(const struct network_case *c, const char *executor, double *into)
{
    struct tw_err err = {0};
    tw_status status = network_case_price(c, executor, into, &err);
    ck_assert_msg(status == TW_OK, "%s: %s", executor, err.text);
}

START_TEST(closed_forms)
{
    for (int i = 0; i < SCHEDULES; i++) {
        uint64_t count = i == 3 ? counts[_i] / RANKS + 1 : counts[_i];
        struct network_case c = network_case_of(schedules[i][0], schedules[i][1], RANKS, count);
        price(&c, "simgrid", end_s);
        double expected_s = closed_form(&c), last_s = network_case_last(end_s, RANKS);
        ck_assert_msg(fabs(last_s - expected_s) <= 1e-9 * expected_s,
                      "%s, %llu elements: %.17g s, closed form %.17g s", schedules[i][1],
                      (unsigned long long)count, last_s, expected_s);
        price(&c, "maxplus", other_s);
        ck_assert_double_eq_tol(network_case_last(other_s, RANKS), expected_s, 1e-9 * expected_s);
    }
}
END_TEST

/* 256 nodes of which no two are alike, entering at different times: executors agree on each. */
START_TEST(unequal_nodes)
{
    enum { NODES = 256 };
    double bandwidth_Bps[NODES], latency_s[NODES], entry_s[NODES];
    unsigned long seed = 77 + (unsigned long)_i;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (int r = 0; r < NODES; r++) {
        bandwidth_Bps[r] = 1.25e9 * (.8 + .4 * gsl_rng_uniform(rng));
        latency_s[r] = 25e-6 * (.5 + gsl_rng_uniform(rng));
        entry_s[r] = r ? 1e-3 * gsl_rng_uniform(rng) : 0;
    }
    gsl_rng_free(rng);
    for (int i = 0; i < SCHEDULES; i++) {
        struct network_case c = network_case_of(schedules[i][0], schedules[i][1], NODES, 100003);
        c.platform.node_bandwidth_Bps = bandwidth_Bps;
        c.platform.node_latency_s = latency_s;
        c.entry_s = entry_s;
        c.gamma_sB = 1e-10;
        price(&c, "simgrid", end_s);
        price(&c, "maxplus", other_s);
        for (int r = 0; r < NODES; r++)
            ck_assert_msg(fabs(end_s[r] - other_s[r]) <= 1e-9 * other_s[r],
                          "seed %lu, %s, rank %d: simgrid %.17g s, maxplus %.17g s", seed,
                          schedules[i][1], r, end_s[r], other_s[r]);
    }
}
END_TEST

int main(void)
{
#ifdef TW_SANITIZED
    puts("skipped: sanitizers give every actor a thread; at most 64 ranks there");
    return EXIT_SUCCESS;
#endif
    Suite *suite = suite_create("network, a thousand ranks");
    TCase *tcase = tcase_create("thousand");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, closed_forms, 0, 4);
    tcase_add_loop_test(tcase, unequal_nodes, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
