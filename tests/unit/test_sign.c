/* links: tw_base tw_compressors */
/* Scaled sign: bits on the wire, the identity of its error, the signs of zeros. */
#include "coded_case.h"

/* ‖C(x)−x‖² = ‖x‖² − ‖x‖₁²/n, with and without zeros. */
START_TEST(test_identity)
{
    const double rows[][5] = {
        {3, -1, 2, -4, 0.5}, {0, 0, 5, 0, 0}, {0, -0.0, 0, 0, 0}, {1, 1, -1, 1, -1}};
    for (int r = 0; r < 4; r++) {
        double sum = 0, squares = 0;
        struct group group;
        coded_open(&group, "sign", TW_FP64, "", 1, 5, rows[r]);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (int i = 0; i < 5; i++) {
            sum += fabs(rows[r][i]);
            squares += rows[r][i] * rows[r][i];
        }
        double left = distance2(group.own[0], group.x[0], TW_FP64, 5);
        ck_assert_double_eq_tol(left, squares - sum * sum / 5, 1e-12);
        ck_assert_double_eq(group.ops->delta(&group.problem), 0.2);
        coded_close(&group);
    }
}
END_TEST

/* The message is the scale and bits: 11 values, scale 1 (mean magnitude of ±1), set bits 1, 3 and
 * 10; 0 sends +, −0 sends −. */
START_TEST(test_message)
{
    const double x[] = {1, -1, 1, -1, 1, 1, 1, 1, 1, 1, -1};
    const double zeros[] = {2, 0, -0.0, 2};
    struct group group;
    coded_open(&group, "sign", TW_FP32, "", 1, 11, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_uint_eq(group.request[0].count, 6);
    const unsigned char *message = group.request[0].data;
    float scale;
    memcpy(&scale, message, 4);
    ck_assert_double_eq((double)scale, 1);
    ck_assert_uint_eq(message[4], 0x0a);
    ck_assert_uint_eq(message[5], 0x04);
    coded_close(&group);
    coded_open(&group, "sign", TW_FP32, "", 1, 4, zeros);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(own_of(&group, 0, 1), 1);
    ck_assert_double_eq(own_of(&group, 0, 2), -1);
    coded_close(&group);
}
END_TEST

/* Two tensors have two scales, or one. */
START_TEST(test_scope)
{
    float x[4] = {1, -1, 5, 5};
    for (int bucket = 0; bucket < 2; bucket++) {
        struct group group;
        group_start(&group, "sign", TW_FP32, bucket ? "scope=bucket" : "", 1, 1);
        add_tensor(&group, 1, 2, 1);
        add_tensor(&group, 2, 1, 0);
        group_open(&group, 0);
        group.x[0] = x;
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_uint_eq(group.request[0].count, bucket ? 5 : 9);
        ck_assert_double_eq(own_of(&group, 0, 1), bucket ? -3 : -1);
        ck_assert_double_eq(own_of(&group, 0, 2), bucket ? 3 : 5);
        group_close(&group);
    }
}
END_TEST

START_TEST(test_damage)
{
    const double x[] = {1, -2, 3};
    struct group group;
    coded_open(&group, "sign", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0x08), TW_CORRUPT); /* a fourth bit */
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0x07), TW_OK);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0xc0), TW_CORRUPT); /* a negative scale */
    ck_assert_int_eq(step_with(&group, 1, NAN), TW_INPUT);
    ck_assert_int_eq(step_with(&group, 1, -INFINITY), TW_INPUT);
    coded_close(&group);
}
END_TEST

RUN_TESTS("sign", test_identity, test_message, test_scope, test_damage)
