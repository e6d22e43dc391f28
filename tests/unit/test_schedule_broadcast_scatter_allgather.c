/* links: tw_base tw_collective */
/* Scatter and all-gather against the drawing: what is dealt is not sent again. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_BROADCAST, "scatter_allgather");
}

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">4 b4",
        "",
        "",
        "",
        "=0 b4",
        ">2 b2-3",
        "",
        "=0 b2-3",
        "",
        "",
        ">1 b1",
        "=0 b1",
        ">3 b3",
        "=2 b3",
        "",
        ">1 b0",
        ">2 b1 =0 b0",
        ">3 b2 =1 b1",
        ">4 b3 =2 b2",
        "=3 b3",
        ">1 b4",
        ">2 b0 =0 b4",
        ">3 b1 =1 b0",
        ">4 b2 =2 b1",
        "=3 b2",
        ">1 b3",
        ">2 b4 =0 b3",
        ">3 b0 =1 b4",
        ">4 b1 =2 b0",
        "=3 b1",
        ">1 b2",
        "=0 b2",
        ">3 b4",
        ">4 b0 =2 b4",
        "=3 b0",
    };
    schedule_is(tested(), broadcast_layout(5, 12, 0), expected, 7);
}
END_TEST

/* Two ranks, root 1: half is dealt, half follows. */
START_TEST(two_ranks_from_the_second)
{
    static const char *const expected[] = {
        "=1 b1",
        ">0 b1",
        "=1 b0",
        ">0 b0",
    };
    schedule_is(tested(), broadcast_layout(2, 3, 1), expected, 2);
}
END_TEST

/* 12 f32 on 5 ranks: 48 B, the first block 12 B. 7 steps, 48 - 12 + 4·12 = 84 B: 7 + 840. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = broadcast_layout(5, 12, 2);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 847);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, two_ranks_from_the_second, cost_by_hand};
    return run_suite("schedule_broadcast_scatter_allgather", tests, sizeof tests / sizeof tests[0]);
}
