/* links: tw_base tw_collective */
/* The segmented ring against its drawing; its own segments. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "segmented_ring");
}

START_TEST(three_ranks_two_phases)
{
    static const char *const expected[] = {
        ">1 b2 +2 b1",         ">2 b0 +0 b2",         ">0 b1 +1 b0", /* segment 0 */
        ">1 b1 +2 b0",         ">2 b2 +0 b1",         ">0 b0 +1 b2",
        ">1 b5 +2 b4",         ">2 b3 +0 b5",         ">0 b4 +1 b3", /* segment 1 */
        ">1 b4 +2 b3",         ">2 b5 +0 b4",         ">0 b3 +1 b5",
        ">1 b0/3*2 =2 b2/3*2", ">2 b1/3*2 =0 b0/3*2", ">0 b2/3*2 =1 b1/3*2",
        ">1 b2/3*2 =2 b1/3*2", ">2 b0/3*2 =0 b2/3*2", ">0 b1/3*2 =1 b0/3*2",
    };
    struct tw_layout layout = sum_layout(3, 10);
    layout.segment = 2; /* ring blocks of at most 4 elements */
    schedule_is(tested(), layout, expected, 6);
}
END_TEST

/* 10 f32 on 3 ranks, 2 phases: the largest block has 4 elements, 16 B: 3·2 messages, 2·16 B twice,
 * and added once: 6 + 2·2·160 + 2·1600. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(3, 10);
    layout.segment = 2;
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 3846);
}
END_TEST

/* 1 MiB is 262144 f32: two ranks share 1048577 in halves of at most 524289, three segments. */
START_TEST(segments_of_a_mebibyte)
{
    struct tw_layout layout = sum_layout(2, 1048577);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_uint_eq(layout.blocks, 6);
    ck_assert_int_eq(tested()->steps(&layout), 4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {three_ranks_two_phases, cost_by_hand, segments_of_a_mebibyte};
    return run_suite("schedule_allreduce_segmented_ring", tests, sizeof tests / sizeof tests[0]);
}
