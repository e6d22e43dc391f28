/* links: tw_base tw_collective */
/* Combining in an element's own type: both orders give the same bits, for every odd value. */
#include <math.h>

#include "collective/combine.h"
#include "unit/schedule_text.h"

static const double odd[] = {0.0, -0.0, 1, -1, 0x1p-149, 1e30, INFINITY, -INFINITY};
#define ODD (sizeof odd / sizeof odd[0])

static uint32_t bits_f32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t bits_f64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

START_TEST(both_orders_give_the_same_bits)
{
    static const enum tw_combine combines[] = {TW_COMBINE_SUM, TW_COMBINE_MAX};
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < ODD; i++)
            for (size_t j = 0; j < ODD; j++) {
                double a = odd[i], b = odd[j], ab = a, ba = b;
                float fa = (float)a, fb = (float)b, fab = fa, fba = fb;
                ck_assert(tw_combine_into(TW_ELEMENT_F64, combines[k], &ab, &b, 1));
                ck_assert(tw_combine_into(TW_ELEMENT_F64, combines[k], &ba, &a, 1));
                ck_assert(tw_combine_into(TW_ELEMENT_F32, combines[k], &fab, &fb, 1));
                ck_assert(tw_combine_into(TW_ELEMENT_F32, combines[k], &fba, &fa, 1));
                ck_assert(bits_f64(ab) == bits_f64(ba) || (isnan(ab) && isnan(ba)));
                ck_assert(bits_f32(fab) == bits_f32(fba) || (isnan(fab) && isnan(fba)));
            }
}
END_TEST

START_TEST(maxima)
{
    double into[] = {-0.0, 0.0, 1, NAN, 1, -INFINITY};
    const double from[] = {0.0, -0.0, 2, 1, NAN, -5};
    ck_assert(tw_combine_into(TW_ELEMENT_F64, TW_COMBINE_MAX, into, from, 6));
    ck_assert(into[0] == 0 && !signbit(into[0]) && into[1] == 0 && !signbit(into[1]));
    ck_assert(into[2] == 2 && isnan(into[3]) && isnan(into[4]) && into[5] == -5);
}
END_TEST

START_TEST(whole_numbers_wrap)
{
    uint32_t narrow[] = {0xffffffffU, 1};
    const uint32_t two[] = {2, 2};
    ck_assert(tw_combine_into(TW_ELEMENT_U32, TW_COMBINE_SUM, narrow, two, 2));
    ck_assert(narrow[0] == 1 && narrow[1] == 3);
    uint64_t wide[] = {UINT64_MAX, 1};
    const uint64_t three[] = {3, 3};
    ck_assert(tw_combine_into(TW_ELEMENT_U64, TW_COMBINE_SUM, wide, three, 2));
    ck_assert(wide[0] == 2 && wide[1] == 4);
    ck_assert(tw_combine_into(TW_ELEMENT_U64, TW_COMBINE_MAX, wide, three, 2));
    ck_assert(wide[0] == 3 && wide[1] == 4);
}
END_TEST

START_TEST(bytes_and_halves_have_no_sum)
{
    uint16_t a = 1, b = 1;
    ck_assert(!tw_combine_into(TW_ELEMENT_BF16, TW_COMBINE_SUM, &a, &b, 1));
    ck_assert(!tw_combine_into(TW_ELEMENT_BYTE, TW_COMBINE_MAX, &a, &b, 1));
    ck_assert(a == 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {both_orders_give_the_same_bits, maxima, whole_numbers_wrap,
                                  bytes_and_halves_have_no_sum};
    return run_suite("schedule_combine", tests, sizeof tests / sizeof tests[0]);
}
