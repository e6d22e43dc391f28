/* links: tw_base tw_compressors */
/* Natural compression: powers of two, the mantissa as probability. */
#include "coded_case.h"

#define STEPS 4000

/* 1.25 is 1, or 2 with probability 1/4; 4/3·4 is 4 or 8 with 1/3, variance x²/8 = 32/9; −0.75 is −½
 * or −1 with ½. Means within 5 deviations (b − a)·√(p(1−p)/STEPS); the worst variance within 5 %.
 */
static void check_distribution(enum tw_precision precision)
{
    const double x[] = {1.25, 16.0 / 3.0, -0.75, 8, -0.0, 0x1.8p-100};
    const double low[] = {1, 4, -0.5, 8, 0, 0x1p-100}, p[] = {0.25, 1.0 / 3.0, 0.5, 0, 0, 0.5};
    double sum[6] = {0}, variance = 0;
    struct group group;
    coded_open(&group, "natural", precision, "", 1, 6, x);
    for (uint32_t s = 0; s < STEPS; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        for (uint64_t i = 0; i < 6; i++) {
            double own = own_of(&group, 0, i);
            if (own != low[i] && (p[i] == 0 || own != 2 * low[i]))
                ck_abort_msg("%g for %g", own, x[i]);
            sum[i] += own / STEPS;
        }
        double error = own_of(&group, 0, 1) - x[1];
        variance += error * error / STEPS;
    }
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq_tol(
            sum[i], x[i], fabs(low[i]) * (5 * sqrt(p[i] * (1 - p[i]) / STEPS) + 1e-6) + 1e-300);
    ck_assert_double_eq_tol(variance, 32.0 / 9.0, 0.05 * 32 / 9);
    coded_close(&group);
}

START_TEST(test_distribution)
{
    check_distribution(TW_FP32);
    check_distribution(TW_FP64);
}
END_TEST

/* The variance (t − 1)(2 − t) of t in [1, 2) is at most t²/8, at t = 4/3. */
START_TEST(test_constants)
{
    struct group group;
    group_start(&group, "natural", TW_FP32, "", 2, 1);
    add_tensor(&group, 1, 10, 1);
    ck_assert_double_eq(group.ops->omega(&group.problem), 0.125);
    ck_assert_double_eq(group.ops->delta(&group.problem), 0.875);
    for (double t = 1; t < 2; t += 1.0 / 1024)
        ck_assert_double_le((t - 1) * (2 - t), t * t / 8 + 1e-15);
}
END_TEST

/* 1000 values of 9 bits are 1125 bytes; of 12 bits 1500. */
START_TEST(test_bytes)
{
    ck_assert_uint_eq(sent("natural", TW_FP32, "", 4, 1000), 1125);
    ck_assert_uint_eq(sent("natural", TW_FP64, "", 4, 1000), 1500);
}
END_TEST

/* 2^127 is a power of two and stays; above it a float may round to infinity. A denormal becomes 0
 * or 2^-126. */
START_TEST(test_range)
{
    const double x[] = {0x1p127, -0x1p-127, 1};
    struct group group;
    int up = 0;
    coded_open(&group, "natural", TW_FP32, "", 1, 3, x);
    for (uint32_t s = 0; s < 400; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        ck_assert_double_eq(own_of(&group, 0, 0), 0x1p127);
        double tiny = own_of(&group, 0, 1);
        ck_assert(tiny == 0 || tiny == -0x1p-126);
        up += tiny != 0;
    }
    ck_assert_int_gt(up, 150); /* 200 ± 5·10 */
    ck_assert_int_lt(up, 250);
    ck_assert_int_eq(step_with(&group, 2, 0x1.8p127), TW_INPUT);
    ck_assert_int_eq(step_with(&group, 2, NAN), TW_INPUT);
    coded_close(&group);
}
END_TEST

/* Exponent 255 is an infinity: the first byte and the low bit of the second are the first code. */
START_TEST(test_damage)
{
    const double x[] = {1, 2, 3};
    struct group group;
    coded_open(&group, "natural", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 0, 0xff), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 0, 0xfe), TW_OK);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0x08), TW_CORRUPT); /* 27 bits are used */
    coded_close(&group);
}
END_TEST

RUN_TESTS("natural", test_distribution, test_constants, test_bytes, test_range, test_damage)
