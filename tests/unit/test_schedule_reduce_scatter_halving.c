/* links: tw_base tw_collective */
/* Recursive halving against its drawing, fold included, with unequal and empty blocks. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_REDUCE_SCATTER, "halving");
}

static const uint64_t starts[] = {0, 3, 3, 10, 11, 12}; /* 3, 0, 7, 1, 1 elements */

/* P' = 4, rem = 1: new numbers 0, 1, 2, 3 are ranks 1, 2, 3, 4; number 0 has blocks 0 and 1. */
START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0-4",
        "+0 b0-4",
        "",
        "",
        "",
        "",
        ">3 b3-4 +3 b0-2",
        ">4 b3-4 +4 b0-2",
        ">1 b0-2 +1 b3-4",
        ">2 b0-2 +2 b3-4",
        "",
        ">2 b2 +2 b0-1",
        ">1 b0-1 +1 b2",
        ">4 b4 +4 b3",
        ">3 b3 +3 b4",
        "=1 b0",
        ">0 b0",
        "",
        "",
        "",
    };
    schedule_is(tested(), scatter_layout(5, starts), expected, 4);
}
END_TEST

/* Blocks of 12, 0, 28, 4, 4 B. Fold: 1 + 480 + 4800 = 5281. Numbers 0-1 share 40 B, 2-3 share 8 B:
 * 1 + 400 + max(4000 + H01, 800 + H23). H01, halves of 12 B and 28 B: 1 + 280 + max(1200 + 121,
 * 2800) = 3081, where 121 is the unfolding of 12 B. H23: 1 + 40 + 400 = 441. 401 + 7081 = 7482; all
 * 12763. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = scatter_layout(5, starts);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 12763);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand};
    return run_suite("schedule_reduce_scatter_halving", tests, sizeof tests / sizeof tests[0]);
}
