/* links: tw_base tw_compressors */
/* 1-bit SGD: two means. */
#include "coded_case.h"

/* 1, 3 and 0 are not negative: mean 4/3; −2 and −4: mean −3. Left: ‖x‖² − 3·(4/3)² − 2·3² =
 * 30 − 16/3 − 18. */
START_TEST(test_means)
{
    const double x[] = {1, -2, 3, -4, 0};
    struct group group;
    coded_open(&group, "onebit", TW_FP64, "", 1, 5, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (uint64_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(own_of(&group, 0, i), i % 2 ? -3 : 4.0 / 3.0, 1e-15);
    ck_assert_double_eq_tol(distance2(group.own[0], x, TW_FP64, 5), 30 - 16 / 3.0 - 18, 1e-12);
    ck_assert_double_eq(group.ops->delta(&group.problem), 0.2);
    coded_close(&group);
}
END_TEST

/* Of one sign only, or of zeros only: the mean of nothing is 0, not 0/0. −0 is negative. */
START_TEST(test_one_sided)
{
    const double rows[][3] = {{-1, -2, -3}, {1, 2, 3}, {0, 0, 0}, {-0.0, -0.0, 4}};
    const double sent_values[][3] = {{-2, -2, -2}, {2, 2, 2}, {0, 0, 0}, {0, 0, 4}};
    for (int r = 0; r < 4; r++) {
        static struct group group;
        coded_open(&group, "onebit", TW_FP32, "", 1, 3, rows[r]);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (uint64_t i = 0; i < 3; i++)
            ck_assert_double_eq(own_of(&group, 0, i), sent_values[r][i]);
        coded_close(&group);
    }
}
END_TEST

/* Never worse than the scaled sign. */
START_TEST(test_beats_sign)
{
    double x[200];
    for (int i = 0; i < 200; i++)
        x[i] = (i * 7919 % 101) / 20.0 - 1;
    static struct group onebit, sign;
    coded_open(&onebit, "onebit", TW_FP64, "", 1, 200, x);
    coded_open(&sign, "sign", TW_FP64, "", 1, 200, x);
    ck_assert_int_eq(group_step(&onebit, 0), TW_OK);
    ck_assert_int_eq(group_step(&sign, 0), TW_OK);
    ck_assert_double_lt(distance2(onebit.own[0], x, TW_FP64, 200),
                        distance2(sign.own[0], x, TW_FP64, 200));
    coded_close(&onebit);
    coded_close(&sign);
}
END_TEST

/* 8 bytes and a bit a value; the second mean is not above 0, the first not below. */
START_TEST(test_wire)
{
    const double x[] = {1, -2, 3};
    static struct group group;
    ck_assert_uint_eq(sent("onebit", TW_FP32, "", 4, 1001), 134);
    coded_open(&group, "onebit", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0xc0), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 7, 0x40), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 8, 0x10), TW_CORRUPT);
    ck_assert_int_eq(step_with(&group, 2, NAN), TW_INPUT);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    coded_close(&group);
}
END_TEST

RUN_TESTS("onebit", test_means, test_one_sided, test_beats_sign, test_wire)
