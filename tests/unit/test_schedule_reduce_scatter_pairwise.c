/* links: tw_base tw_collective */
/* The pairwise reduce-scatter against its drawing, with unequal and empty blocks. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_REDUCE_SCATTER, "pairwise");
}

static const uint64_t starts[] = {0, 3, 3, 10, 11, 12}; /* 3, 0, 7, 1, 1 elements */

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b1 +4 b0", ">2 b2 +0 b1", ">3 b3 +1 b2", ">4 b4 +2 b3", ">0 b0 +3 b4",
        ">2 b2 +3 b0", ">3 b3 +4 b1", ">4 b4 +0 b2", ">0 b0 +1 b3", ">1 b1 +2 b4",
        ">3 b3 +2 b0", ">4 b4 +3 b1", ">0 b0 +4 b2", ">1 b1 +0 b3", ">2 b2 +1 b4",
        ">4 b4 +1 b0", ">0 b0 +2 b1", ">1 b1 +3 b2", ">2 b2 +4 b3", ">3 b3 +0 b4",
    };
    schedule_is(tested(), scatter_layout(5, starts), expected, 4);
}
END_TEST

/* Rank 2 receives and adds its 28 B in each of 4 steps: 4(1 + 280 + 2800) = 12324. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = scatter_layout(5, starts);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 12324);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand};
    return run_suite("schedule_reduce_scatter_pairwise", tests, sizeof tests / sizeof tests[0]);
}
