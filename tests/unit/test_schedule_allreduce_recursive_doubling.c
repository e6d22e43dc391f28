/* links: tw_base tw_collective */
/* Recursive doubling against its drawing: the fold of the first 2·rem ranks, the new numbers. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *doubling(void)
{
    return tw_algorithm_find(TW_SUM, "recursive_doubling");
}

/* P' = 4, rem = 1: rank 0 folds into 1; new numbers 0, 1, 2, 3 are ranks 1, 2, 3, 4. */
START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0",
        "+0 b0",
        "",
        "",
        "", /* fold */
        "",
        ">2 b0 +2 b0",
        ">1 b0 +1 b0",
        ">4 b0 +4 b0",
        ">3 b0 +3 b0", /* xor 1 */
        "",
        ">3 b0 +3 b0",
        ">4 b0 +4 b0",
        ">1 b0 +1 b0",
        ">2 b0 +2 b0", /* xor 2 */
        "=1 b0",
        ">0 b0",
        "",
        "",
        "", /* unfold */
    };
    schedule_is(doubling(), sum_layout(5, 12), expected, 4);
}
END_TEST

/* P' = 4, rem = 3: new numbers 0, 1, 2, 3 are ranks 1, 3, 5, 6. */
START_TEST(seven_ranks_fold_three)
{
    static const char *const expected[] = {
        ">1 b0", "+0 b0",       ">3 b0", "+2 b0",       ">5 b0", "+4 b0",       "",
        "",      ">3 b0 +3 b0", "",      ">1 b0 +1 b0", "",      ">6 b0 +6 b0", ">5 b0 +5 b0",
        "",      ">5 b0 +5 b0", "",      ">6 b0 +6 b0", "",      ">1 b0 +1 b0", ">3 b0 +3 b0",
        "=1 b0", ">0 b0",       "=3 b0", ">2 b0",       "=5 b0", ">4 b0",       "",
    };
    schedule_is(doubling(), sum_layout(7, 1), expected, 4);
}
END_TEST

START_TEST(four_ranks_do_not_fold)
{
    static const char *const expected[] = {
        ">1 b0 +1 b0", ">0 b0 +0 b0", ">3 b0 +3 b0", ">2 b0 +2 b0",
        ">2 b0 +2 b0", ">3 b0 +3 b0", ">0 b0 +0 b0", ">1 b0 +1 b0",
    };
    schedule_is(doubling(), sum_layout(4, 12), expected, 2);
}
END_TEST

/* 12 f32 are 48 B. 5 ranks: (2 + 2)(1 + 48·10) + (2 + 1)·48·100 = 1924 + 14400 = 16324.
 * 4 ranks: 2·(1 + 480) + 2·4800 = 962 + 9600 = 10562. */
START_TEST(cost_by_hand)
{
    struct tw_layout five = sum_layout(5, 12), four = sum_layout(4, 12);
    ck_assert_int_eq(tw_layout_for(doubling(), &five, NULL), TW_OK);
    ck_assert_int_eq(tw_layout_for(doubling(), &four, NULL), TW_OK);
    ck_assert(doubling()->cost(&five, 1, 10, 100) == 16324);
    ck_assert(doubling()->cost(&four, 1, 10, 100) == 10562);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, seven_ranks_fold_three,
                                  four_ranks_do_not_fold, cost_by_hand};
    return run_suite("schedule_allreduce_recursive_doubling", tests,
                     sizeof tests / sizeof tests[0]);
}
