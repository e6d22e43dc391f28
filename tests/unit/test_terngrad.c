/* links: tw_base tw_compressors */
/* TernGrad: three values, clipping, shared scales. */
#include "coded_case.h"

#define STEPS 4000

/* Without clipping: m = 4; a value x is ±4 with probability |x|/4, so its mean is x within
 * 5·√(|x|(4 − |x|)/STEPS), and the total variance is Σ|x|(4 − |x|) = 3 + 4 + 3.75 + 0 = 10.75. */
START_TEST(test_distribution)
{
    const double x[] = {1, -2, 1.5, -4, 0};
    double sum[5] = {0}, variance = 0;
    struct group group;
    coded_open(&group, "terngrad", TW_FP32, "clip=0", 1, 5, x);
    for (uint32_t s = 0; s < STEPS; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        for (uint64_t i = 0; i < 5; i++) {
            double own = own_of(&group, 0, i);
            if (own != 0 && fabs(own) != 4)
                ck_abort_msg("%g", own);
            sum[i] += own / STEPS;
            variance += (own - x[i]) * (own - x[i]) / STEPS;
        }
    }
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(sum[i], x[i],
                                5 * sqrt(fabs(x[i]) * (4 - fabs(x[i])) / STEPS) + 1e-6);
    ck_assert_double_eq_tol(variance, 10.75, 0.05 * 10.75);
    /* (√5 − 1)/2 */
    ck_assert_double_eq_tol(group.ops->omega(&group.problem), 0.61803398874989485, 1e-12);
    coded_close(&group);
}
END_TEST

/* 99 zeros and 10: mean 0.1, σ² = 1 − 0.01 (10²/100 − 0.1²), so 10 is cut to 2.5·√0.99, which is m,
 * and always sent. clip=20 cuts nothing. */
START_TEST(test_clip)
{
    double x[100] = {0};
    struct group group;
    x[40] = 10;
    coded_open(&group, "terngrad", TW_FP64, "", 1, 100, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq_tol(own_of(&group, 0, 40), 2.5 * sqrt(0.99), 1e-12);
    ck_assert_double_eq(own_of(&group, 0, 41), 0);
    ck_assert_double_eq(group.ops->omega(&group.problem), -1);
    coded_close(&group);
    coded_open(&group, "terngrad", TW_FP64, "clip=20", 1, 100, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(own_of(&group, 0, 40), 10);
    coded_close(&group);
}
END_TEST

/* Equal values have σ = 0: a cut at 0 would send nothing for ever. All are the largest, so exact.
 */
START_TEST(test_equal)
{
    const double x[] = {0.3, 0.3, 0.3};
    struct group group;
    coded_open(&group, "terngrad", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (uint64_t i = 0; i < 3; i++)
        ck_assert_double_eq(own_of(&group, 0, i), (double)0.3F);
    ck_assert_int_eq(step_with(&group, 0, NAN), TW_INPUT);
    coded_close(&group);
}
END_TEST

/* scaler=shared: both ranks speak in multiples of the larger maximum 8. */
START_TEST(test_shared)
{
    const double x[] = {1, -2, 0.5, 8, -1, 3};
    struct group group;
    int sent_small = 0;
    coded_open(&group, "terngrad", TW_FP32, "clip=0 scaler=shared", 2, 3, x);
    for (uint32_t s = 0; s < 50; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        for (uint64_t i = 0; i < 3; i++) {
            double own = own_of(&group, 0, i);
            ck_assert(own == 0 || fabs(own) == 8);
            ck_assert_double_eq(mean_at(&group, i), (own + own_of(&group, 1, i)) / 2);
            sent_small += own != 0;
        }
        ck_assert_double_eq(own_of(&group, 1, 0), 8);
    }
    ck_assert_int_gt(sent_small, 0); /* 3.5/8 a step in expectation: 22 in 50 */
    coded_close(&group);
}
END_TEST

/* Own: 4 bytes and 2 bits a value. Shared among 3: 7 sums take 3 bits, 10 lanes a word. */
START_TEST(test_bytes)
{
    ck_assert_uint_eq(sent("terngrad", TW_FP32, "", 3, 1000), 254);
    ck_assert_uint_eq(sent("terngrad", TW_FP32, "scaler=shared", 3, 1000), 100);
}
END_TEST

/* Code 3 is none. */
START_TEST(test_damage)
{
    const double x[] = {1, 2, 3};
    struct group group;
    coded_open(&group, "terngrad", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0x03), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0x6a), TW_CORRUPT); /* a fourth value */
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0x2a), TW_OK);
    coded_close(&group);
}
END_TEST

RUN_TESTS("terngrad", test_distribution, test_clip, test_equal, test_shared, test_bytes,
          test_damage)
