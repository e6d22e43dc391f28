/* links: tw_base tw_collective */
/* The binomial all-reduce against its drawing. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *binomial(void)
{
    return tw_algorithm_find(TW_SUM, "binomial");
}

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        "+1 b0", ">0 b0", "+3 b0", ">2 b0", "",      /* reduce, distance 1 */
        "+2 b0", "",      ">0 b0", "",      "",      /* 2 */
        "+4 b0", "",      "",      "",      ">0 b0", /* 4 */
        ">4 b0", "",      "",      "",      "=0 b0", /* broadcast, distance 4 */
        ">2 b0", "",      "=0 b0", "",      "",      /* 2 */
        ">1 b0", "=0 b0", ">3 b0", "=2 b0", "",      /* 1 */
    };
    schedule_is(binomial(), sum_layout(5, 12), expected, 6);
}
END_TEST

START_TEST(two_ranks)
{
    static const char *const expected[] = {"+1 b0", ">0 b0", ">1 b0", "=0 b0"};
    schedule_is(binomial(), sum_layout(2, 12), expected, 2);
}
END_TEST

/* 12 f32 are 48 B, 3 levels: 2·3·(1 + 480) + 3·4800 = 2886 + 14400 = 17286. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(5, 12);
    ck_assert_int_eq(tw_layout_for(binomial(), &layout, NULL), TW_OK);
    ck_assert(binomial()->cost(&layout, 1, 10, 100) == 17286);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, two_ranks, cost_by_hand};
    return run_suite("schedule_allreduce_binomial", tests, sizeof tests / sizeof tests[0]);
}
