/* links: tw_base tw_compressors */
/* Half precision: values by hand, every half there and back, every tie. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "base/fp16.h"

/* 11 bits of significand: 1 + 2^-11 lies half way between 1 and 1 + 2^-10 and goes to the even 1;
 * 1 + 3·2^-11 goes to the even 1 + 2^-9. The largest is 65504 = (2 − 2^-10)·2^15; 65520 is half way
 * to 2^16 and goes to infinity. The least is 2^-24; half of it is a tie with 0, the even one.
 * 2^-14 − 2^-25 lies half way between the largest subnormal and 2^-14, whose pattern is even. */
START_TEST(test_values)
{
    static const struct {
        double value;
        uint16_t half;
    } rows[] = {{1.0, 0x3c00},       {-2.0, 0xc000},
                {0x1.004p0, 0x3c01}, {0x1.002p0, 0x3c00},
                {0x1.006p0, 0x3c02}, {0x1.0021p0, 0x3c01},
                {65504.0, 0x7bff},   {65519.0, 0x7bff},
                {65520.0, 0x7c00},   {-65520.0, 0xfc00},
                {1e30, 0x7c00},      {0x1p-24, 0x0001},
                {0x1p-25, 0x0000},   {0x1.8p-25, 0x0001},
                {0x1.8p-24, 0x0002}, {-0x1p-26, 0x8000},
                {0x1p-14, 0x0400},   {0x1p-14 - 0x1p-25, 0x0400},
                {INFINITY, 0x7c00},  {-INFINITY, 0xfc00},
                {-0.0, 0x8000},      {0x1p-14 - 0x1p-24, 0x03ff}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(tw_fp16_from_f32((float)rows[i].value), rows[i].half);
        ck_assert_uint_eq(tw_fp16_from_f64(rows[i].value), rows[i].half);
    }
    /* in double a little above and below a tie must not be taken for the tie it is in float */
    ck_assert_uint_eq(tw_fp16_from_f64(0x1.002p0 + 0x1p-45), 0x3c01);
    ck_assert_uint_eq(tw_fp16_from_f64(0x1.006p0 - 0x1p-45), 0x3c01);
    ck_assert_uint_eq(tw_fp16_from_f64(0x1p-25 + 0x1p-70), 0x0001);
    ck_assert_uint_eq(tw_fp16_from_f64(65520.0 - 0x1p-30), 0x7bff);
    ck_assert_uint_eq(tw_fp16_from_f64(1e-300), 0x0000);
    ck_assert(isnan(tw_fp16_to_f32(tw_fp16_from_f32(NAN))));
    ck_assert(isnan(tw_fp16_to_f32(tw_fp16_from_f64(NAN))));
}
END_TEST

/* h·2^-24 for subnormals and (1024 + fraction)·2^(exponent − 25) above are the format's definition;
 * the middle of two neighbours goes to the even pattern, a little more or less to the nearer. */
START_TEST(test_every_half)
{
    for (uint32_t h = 0; h < 0x7c00; h++) {
        double exact = h < 0x400 ? ldexp(h, -24) : ldexp(1024 + (h & 1023), (int)(h >> 10) - 25);
        if ((double)tw_fp16_to_f32((uint16_t)h) != exact ||
            (double)tw_fp16_to_f32((uint16_t)(h | 0x8000U)) != -exact)
            ck_abort_msg("half %u is read as %g", h, (double)tw_fp16_to_f32((uint16_t)h));
        double next = h + 1 == 0x7c00 ? 65536.0 : (double)tw_fp16_to_f32((uint16_t)(h + 1));
        double middle = 0.5 * (exact + next), little = ldexp(next - exact, -10);
        if (tw_fp16_from_f32((float)exact) != h || tw_fp16_from_f64(middle) != (h + 1) / 2 * 2 ||
            tw_fp16_from_f32((float)middle) != (h + 1) / 2 * 2 ||
            tw_fp16_from_f64(middle + little) != h + 1 || tw_fp16_from_f64(middle - little) != h ||
            tw_fp16_from_f32((float)(middle - little)) != h)
            ck_abort_msg("around half %u", h);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fp16");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_values);
    tcase_add_test(tcase, test_every_half);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
