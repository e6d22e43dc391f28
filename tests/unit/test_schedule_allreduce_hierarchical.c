/* links: tw_base tw_collective */
/* The hierarchical all-reduce against its drawing; what it needs of a layout. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "hierarchical");
}

START_TEST(two_nodes_of_two_ranks)
{
    static const char *const expected[] = {
        ">1 b1/2*2 +1 b0/2*2", ">0 b0/2*2 +0 b1/2*2", ">3 b1/2*2 +3 b0/2*2", ">2 b0/2*2 +2 b1/2*2",
        ">2 b2 +2 b0",         ">3 b3 +3 b1",         ">0 b0 +0 b2",         ">1 b1 +1 b3",
        ">2 b0 =2 b2",         ">3 b1 =3 b3",         ">0 b2 =0 b0",         ">1 b3 =1 b1",
        ">1 b0/2*2 =1 b1/2*2", ">0 b1/2*2 =0 b0/2*2", ">3 b0/2*2 =3 b1/2*2", ">2 b1/2*2 =2 b0/2*2",
    };
    struct tw_layout layout = sum_layout(4, 12);
    layout.node_ranks = 2;
    schedule_is(tested(), layout, expected, 4);
}
END_TEST

/* 12 f32, chunks of 24 B, blocks of 12 B: inside 2 + 24·(20 + 100) = 2882; between 2(1 + 120) +
 * 1200. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(4, 12);
    layout.node_ranks = 2;
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 4324);
}
END_TEST

START_TEST(needs_nodes_of_one_size)
{
    struct tw_layout layout = sum_layout(6, 12);
    static const int refused[] = {0, 1, 4, 5, 12}, taken[] = {2, 3, 6};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        layout.node_ranks = refused[i];
        ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_REFUSED);
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        layout.node_ranks = taken[i];
        ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {two_nodes_of_two_ranks, cost_by_hand, needs_nodes_of_one_size};
    return run_suite("schedule_allreduce_hierarchical", tests, sizeof tests / sizeof tests[0]);
}
