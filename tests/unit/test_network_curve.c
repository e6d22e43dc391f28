/* links: tw_network */
/* Bandwidth by message size: shares by hand, and both executors alike. */
#include <check.h>
#include "network/curve.h"
#include "unit/network_case.h"

static const struct tw_curve curve = {
    .count = 3, .size_B = {1024, 4096, 1048576}, .share = {.1, .5, .9}};

/* Linear in the logarithm: 2048 is half way from 1024 to 4096, 65536 half way from 2^12 to 2^20. */
START_TEST(shares)
{
    ck_assert_double_eq(tw_curve_share(&curve, 0), .1);
    ck_assert_double_eq(tw_curve_share(&curve, 1024), .1);
    ck_assert_double_eq_tol(tw_curve_share(&curve, 2048), .3, 1e-15);
    ck_assert_double_eq(tw_curve_share(&curve, 4096), .5);
    ck_assert_double_eq_tol(tw_curve_share(&curve, 65536), .7, 1e-15);
    ck_assert_double_eq(tw_curve_share(&curve, UINT64_C(1) << 40), .9);
    ck_assert_uint_eq(tw_curve_stretched_B(&curve, 4096), 8192);
    ck_assert_uint_eq(tw_curve_stretched_B(&curve, 3), 30);
    ck_assert_uint_eq(tw_curve_stretched_B(&curve, 0), 0);
    ck_assert_uint_eq(tw_curve_stretched_B(&(struct tw_curve){0}, 77), 77);
}
END_TEST

static double price(const struct network_case *c, const char *executor)
{
    double end_s[64];
    struct tw_err err = {0};
    tw_status status = network_case_price(c, executor, end_s, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    return network_case_last(end_s, tw_platform_ranks(&c->platform));
}

/* A ring of 8 with blocks of 4096 B at half the bandwidth: 14·(50 us + 8192 B/1.25 GB/s); of
 * Rabenseifner's 16, 8 and 4 KiB each its own share. */
START_TEST(both_executors_stretch_messages)
{
    struct network_case ring = network_case_of("allreduce", "ring", 8, 8 * 1024);
    struct network_case halving = network_case_of("allreduce", "rabenseifner", 8, 8 * 1024);
    ring.network.curve = halving.network.curve = &curve;
    double expected_s = 14 * (50e-6 + 8192 / 1.25e9);
    ck_assert_double_eq_tol(price(&ring, "maxplus"), expected_s, 1e-12 * expected_s);
    ck_assert_double_eq_tol(price(&ring, "simgrid"), expected_s, 1e-12 * expected_s);
    expected_s = 0;
    for (uint64_t size_B = 16384; size_B >= 4096; size_B /= 2)
        expected_s += 2 * (50e-6 + (double)tw_curve_stretched_B(&curve, size_B) / 1.25e9);
    ck_assert_double_eq_tol(price(&halving, "maxplus"), expected_s, 1e-12 * expected_s);
    ck_assert_double_eq_tol(price(&halving, "simgrid"), expected_s, 1e-12 * expected_s);
    ring.network.model = TW_MODEL_ETHERNET;
    ck_assert_double_eq_tol(price(&ring, "simgrid"), price(&ring, "maxplus"), 1e-12);
    ring.network.latency = TW_LATENCY_SENDER;
    ck_assert_double_eq_tol(price(&ring, "simgrid"), price(&ring, "maxplus"), 1e-12);
}
END_TEST

/* A ring of 300 is reckoned from its first steps with a curve as well. */
START_TEST(reckoned_rings_stretch_too)
{
    struct network_case ring = network_case_of("allreduce", "ring", 300, 300 * 512);
    double end_s[300];
    struct tw_err err = {0};
    ring.network.curve = &curve;
    double expected_s = 598 * (50e-6 + (double)tw_curve_stretched_B(&curve, 2048) / 1.25e9);
    ck_assert_int_eq(network_case_price(&ring, "simgrid", end_s, &err), TW_OK);
    ck_assert_double_eq_tol(network_case_last(end_s, 300), expected_s, 1e-9 * expected_s);
}
END_TEST

START_TEST(wrong_curves_are_refused)
{
    static const struct tw_curve wrong[] = {
        {.count = 1, .size_B = {0}, .share = {.5}},
        {.count = 2, .size_B = {10, 10}, .share = {.5, .6}},
        {.count = 1, .size_B = {1}, .share = {0}},
        {.count = 1, .size_B = {1}, .share = {1.1}},
        {.count = TW_CURVE_MAX + 1},
    };
    static const char *const executors[] = {"simgrid", "maxplus"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (int e = 0; e < 2; e++) {
            struct network_case ring = network_case_of("allreduce", "ring", 4, 64);
            double end_s[4];
            struct tw_err err = {0};
            ring.network.curve = &wrong[i];
            ck_assert_int_eq(network_case_price(&ring, executors[e], end_s, &err), TW_RANGE);
            ck_assert_ptr_nonnull(strstr(err.text, "bandwidth curve"));
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network curve");
    TCase *tcase = tcase_create("curve");
    tcase_add_test(tcase, shares);
    tcase_add_test(tcase, both_executors_stretch_messages);
    tcase_add_test(tcase, reckoned_rings_stretch_too);
    tcase_add_test(tcase, wrong_curves_are_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
