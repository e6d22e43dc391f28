/* links: tw_base tw_collective */
/* Bruck's all-gather against its drawing: wrapped runs, a short last step. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_GATHER, "bruck");
}

static const uint64_t starts[] = {0, 3, 3, 10, 11, 12}; /* 3, 0, 7, 1, 1 elements */

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">4 b0 =1 b1",     ">0 b1 =2 b2",         ">1 b2 =3 b3",     ">2 b3 =4 b4",
        ">3 b4 =0 b0",     ">3 b0-1 =2 b2-3",     ">4 b1-2 =3 b3-4", ">0 b2-3 =4 b4 =4 b0",
        ">1 b3-4 =0 b0-1", ">2 b4 >2 b0 =1 b1-2", ">1 b0 =4 b4",     ">2 b1 =0 b0",
        ">3 b2 =1 b1",     ">4 b3 =2 b2",         ">0 b4 =3 b3",
    };
    schedule_is(tested(), gather_layout(5, starts), expected, 3);
}
END_TEST

/* 12, 0, 28, 4, 4 B. The largest single block has 28 B, the largest two neighbours 28 + 4 = 32 B,
 * then single blocks again: 1 + 280 + 1 + 320 + 1 + 280 = 883. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = gather_layout(5, starts);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 883);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand};
    return run_suite("schedule_allgather_bruck", tests, sizeof tests / sizeof tests[0]);
}
