/* links: tw_base tw_collective */
/* Sharded parameter servers against their drawing. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "sharded_server");
}

START_TEST(three_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b1 >2 b2 +1 b0 +2 b0", ">2 b2 >0 b0 +2 b1 +0 b1", ">0 b0 >1 b1 +0 b2 +1 b2",
        ">1 b0 >2 b0 =1 b1 =2 b2", ">2 b1 >0 b1 =2 b2 =0 b0", ">0 b2 >1 b2 =0 b0 =1 b1",
    };
    schedule_is(tested(), sum_layout(3, 12), expected, 2);
}
END_TEST

/* 13 f32 on 3 ranks: the largest share has 5 elements, 20 B: 2(1 + 2·200) + 2·2000. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(3, 13);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 4802);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {three_ranks_as_drawn, cost_by_hand};
    return run_suite("schedule_allreduce_sharded_server", tests, sizeof tests / sizeof tests[0]);
}
