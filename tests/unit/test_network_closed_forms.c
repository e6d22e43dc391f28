/* links: tw_network */
/* SimGrid with the model "ideal" equals the closed forms of every schedule to 1e-9 relative. */
#include <check.h>
#include "unit/network_case.h"

static const char *const schedules[][2] = {
    {"allreduce", "ring"},
    {"allreduce", "binomial"},
    {"allreduce", "recursive_doubling"},
    {"allgather", "ring"},
};
#define SCHEDULES 4

static void check_case(const struct network_case *c)
{
    int p = tw_platform_ranks(&c->platform);
    double *end_s = calloc((size_t)p, sizeof *end_s);
    struct tw_err err = {0};
    ck_assert_ptr_nonnull(end_s);
    tw_status status = network_case_price(c, "simgrid", end_s, &err);
    ck_assert_msg(status == TW_OK, "p %d: %s", p, err.text);
    double expected_s = closed_form(c), last_s = network_case_last(end_s, p);
    ck_assert_msg(fabs(last_s - expected_s) <= 1e-9 * expected_s,
                  "%s p %d, %llu elements: %.17g s, closed form %.17g s", c->algorithm->member.name,
                  p, (unsigned long long)c->count, last_s, expected_s);
    double alpha_s, beta_sB;
    tw_platform_alpha_beta(&c->platform, &alpha_s, &beta_sB);
    ck_assert_double_eq(alpha_s, 2 * c->platform.latency_s);
    ck_assert_double_eq(beta_sB, 1 / c->platform.bandwidth_Bps);
    free(end_s);
}

/* From one element to 1 GB (250e6 values of 4 bytes), in the middle a size that no p divides but
 * its own factors, so that blocks differ. An allgather's count is each rank's: a sixteenth of it.
 */
static const uint64_t counts[] = {1, 10007, 25557032, 250000000};

static void check_ranks(int p, int from, int to)
{
    for (int i = 0; i < SCHEDULES; i++)
        for (int k = from; k < to; k++) {
            uint64_t count = i == 3 ? counts[k] / 16 + 1 : counts[k];
            struct network_case c = network_case_of(schedules[i][0], schedules[i][1], p, count);
            check_case(&c);
        }
}

START_TEST(few_ranks)
{
    check_ranks(_i, 0, 4);
}
END_TEST

START_TEST(many_ranks)
{
    check_ranks(_i == 0 ? 48 : 64, 0, 4);
}
END_TEST

#ifndef TW_SANITIZED
START_TEST(thousand_ranks)
{
    check_ranks(1000, 2, 3);
}
END_TEST
#endif

/* With γ, every combined block adds b·γ: p−1 of them on a ring of equal blocks. */
START_TEST(combining_takes_time)
{
    struct network_case c = network_case_of("allreduce", "ring", 8, 8000);
    double end_s[8], block_B = 4000;
    struct tw_err err = {0};
    c.gamma_sB = 1e-10;
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
    double expected_s = closed_form(&c) + 7 * block_B * c.gamma_sB;
    for (int r = 0; r < 8; r++)
        ck_assert_double_eq_tol(end_s[r], expected_s, 1e-9 * expected_s);
}
END_TEST

/* ResNet-50 (25,557,032 parameters) on 64 nodes, 1.25e9 B/s, α = 50 µs: 167.31 ms for the dense
 * ring. b = ⌈25557032/64⌉·4 = 1597316 B; 126·(50e-6 + 1597316/1.25e9) = .16731 s. */
START_TEST(resnet_ring)
{
    struct network_case c = network_case_of("allreduce", "ring", 64, 25557032);
    double end_s[64];
    struct tw_err err = {0};
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
    ck_assert_double_eq_tol(network_case_last(end_s, 64), 126 * (50e-6 + 1597316 / 1.25e9), 1e-10);
    ck_assert_double_eq_tol(network_case_last(end_s, 64), .16731, 5e-6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network closed forms");
    TCase *tcase = tcase_create("ideal");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, few_ranks, 2, 18);
    tcase_add_loop_test(tcase, many_ranks, 0, 2);
#ifndef TW_SANITIZED
    tcase_add_test(tcase, thousand_ranks);
#endif
    tcase_add_test(tcase, combining_takes_time);
    tcase_add_test(tcase, resnet_ring);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
