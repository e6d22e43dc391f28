/* links: tw_base tw_collective */
/* The recursive doubling all-gather against its drawing, with unequal and empty blocks. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_GATHER, "recursive_doubling");
}

static const uint64_t starts[] = {0, 3, 3, 10, 12}; /* 3, 0, 7, 2 elements */

START_TEST(four_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0 =1 b1",     ">0 b1 =0 b0",     ">3 b2 =3 b3",     ">2 b3 =2 b2",
        ">2 b0-1 =2 b2-3", ">3 b0-1 =3 b2-3", ">0 b2-3 =0 b0-1", ">1 b2-3 =1 b0-1",
    };
    schedule_is(tested(), gather_layout(4, starts), expected, 2);
}
END_TEST

/* 12, 0, 28, 8 B. Step 0: 1 + 120 for ranks 0 and 1, 1 + 280 for 2 and 3; step 1: 36 B, 281 + 361.
 */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = gather_layout(4, starts);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 642);
}
END_TEST

START_TEST(other_numbers_are_refused)
{
    static const uint64_t even[] = {0, 1, 2, 3, 4, 5};
    struct tw_layout layout = gather_layout(5, even);
    struct tw_err err = {0};
    ck_assert_int_eq(tw_layout_for(tested(), &layout, &err), TW_REFUSED);
    ck_assert_str_eq(err.text, "allgather \"recursive_doubling\" cannot run 5 elements on 5 ranks");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {four_ranks_as_drawn, cost_by_hand, other_numbers_are_refused};
    return run_suite("schedule_allgather_recursive_doubling", tests,
                     sizeof tests / sizeof tests[0]);
}
