/* links: tw_base tw_collective */
/* The binomial broadcast against its drawing, from two roots. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_BROADCAST, "binomial");
}

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">4 b0", "", "",      "",      "=0 b0", ">2 b0", "", "=0 b0",
        "",      "", ">1 b0", "=0 b0", ">3 b0", "=2 b0", "",
    };
    schedule_is(tested(), broadcast_layout(5, 12, 0), expected, 3);
}
END_TEST

/* The same drawing with every rank moved up by three (mod 5). */
START_TEST(from_rank_three)
{
    static const char *const expected[] = {
        "",      "", "=3 b0", ">2 b0", "", "=3 b0", "",      "",
        ">0 b0", "", ">1 b0", "=0 b0", "", ">4 b0", "=3 b0",
    };
    schedule_is(tested(), broadcast_layout(5, 12, 3), expected, 3);
}
END_TEST

/* 12 f32 are 48 B, 3 levels: 3(1 + 480); nothing is combined. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = broadcast_layout(5, 12, 3);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 1443);
}
END_TEST

START_TEST(a_root_must_exist)
{
    struct tw_layout layout = broadcast_layout(5, 12, 5);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_INTERNAL);
    layout.root = -1;
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_INTERNAL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, from_rank_three, cost_by_hand,
                                  a_root_must_exist};
    return run_suite("schedule_broadcast_binomial", tests, sizeof tests / sizeof tests[0]);
}
