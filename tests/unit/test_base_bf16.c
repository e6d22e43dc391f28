/* links: tw_base */
/* bfloat16: rounding to nearest even, from float and from double. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/bf16.h"

/* bf16 keeps 8 bits of significand: 1 + 2^-8 lies half way between 1 and 1 + 2^-7 and goes to the
 * even 1; 1 + 3·2^-8 goes to the even 1 + 2^-6; a little above a tie goes up. 2^-134 is half the
 * smallest number 2^-133. 0x1.fffffep127 rounds to infinity. In double, 1 + 2^-8 + 2^-40 must not
 * be taken for the tie that it is in float. */
START_TEST(test_rounding)
{
    static const struct {
        float value;
        uint16_t half;
    } rows[] = {{1.0F, 0x3f80},        {0x1.01p0F, 0x3f80},   {0x1.03p0F, 0x3f82},
                {0x1.0102p0F, 0x3f81}, {-0x1.01p0F, 0xbf80},  {0x1p-133F, 0x0001},
                {0x1p-134F, 0x0000},   {0x1.8p-133F, 0x0002}, {0x1.fffffep127F, 0x7f80},
                {INFINITY, 0x7f80},    {-0.0F, 0x8000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(tw_bf16_from_f32(rows[i].value), rows[i].half);
        ck_assert_uint_eq(tw_bf16_from_f64((double)rows[i].value), rows[i].half);
    }
    ck_assert_uint_eq(tw_bf16_from_f64(0x1.01p0 + 0x1p-40), 0x3f81);
    ck_assert_uint_eq(tw_bf16_from_f64(0x1.01p0 - 0x1p-40), 0x3f80);
    ck_assert_uint_eq(tw_bf16_from_f64(-0x1.01p0 - 0x1p-40), 0xbf81);
    ck_assert_uint_eq(tw_bf16_from_f64(0x1p-134 + 0x1p-170), 0x0001);
    ck_assert_uint_eq(tw_bf16_from_f64(1e300), 0x7f80);
    ck_assert(isnan(tw_bf16_to_f32(tw_bf16_from_f32(NAN))));
    ck_assert(isnan(tw_bf16_to_f32(tw_bf16_from_f64(NAN))));
    for (uint32_t half = 0; half < 0x7f80; half++)
        if (tw_bf16_from_f32(tw_bf16_to_f32((uint16_t)half)) != half)
            ck_abort_msg("%u does not come back", half);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bf16");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_rounding);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
