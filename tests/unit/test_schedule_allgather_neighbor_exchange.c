/* links: tw_base tw_collective */
/* Neighbour exchange against its drawing, with unequal and empty blocks. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_GATHER, "neighbor_exchange");
}

static const uint64_t starts[] = {0, 3, 3, 10, 11, 12, 12}; /* 3, 0, 7, 1, 1, 0 elements */

START_TEST(six_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0 =1 b1",     ">0 b1 =0 b0",     ">3 b2 =3 b3",     ">2 b3 =2 b2",
        ">5 b4 =5 b5",     ">4 b5 =4 b4",     ">5 b0-1 =5 b4-5", ">2 b0-1 =2 b2-3",
        ">1 b2-3 =1 b0-1", ">4 b2-3 =4 b4-5", ">3 b4-5 =3 b2-3", ">0 b4-5 =0 b0-1",
        ">1 b4-5 =1 b2-3", ">0 b2-3 =0 b4-5", ">3 b0-1 =3 b4-5", ">2 b4-5 =2 b0-1",
        ">5 b2-3 =5 b0-1", ">4 b0-1 =4 b2-3",
    };
    schedule_is(tested(), gather_layout(6, starts), expected, 3);
}
END_TEST

/* 12, 0, 28, 4, 4, 0 B: the largest block 28 B, the largest pair 32 B in two steps:
 * 3·1 + 280 + 2·320 = 923. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = gather_layout(6, starts);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 923);
}
END_TEST

START_TEST(odd_numbers_are_refused)
{
    static const uint64_t even[] = {0, 1, 2, 3, 4, 5};
    struct tw_layout layout = gather_layout(5, even);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_REFUSED);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {six_ranks_as_drawn, cost_by_hand, odd_numbers_are_refused};
    return run_suite("schedule_allgather_neighbor_exchange", tests, sizeof tests / sizeof tests[0]);
}
