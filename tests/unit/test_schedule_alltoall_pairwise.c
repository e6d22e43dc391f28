/* links: tw_base tw_collective */
/* The pairwise all-to-all against its drawing: block r·p + q goes from r to q. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_ALL_TO_ALL, "pairwise");
}

/* Three ranks; rows 1 2 3 | 0 5 1 | 4 0 2 elements. */
static const uint64_t starts[] = {0, 1, 3, 6, 6, 11, 12, 16, 16, 18};

static struct tw_layout five(void)
{
    return (struct tw_layout){
        .kind = TW_ALL_TO_ALL, .element = TW_ELEMENT_F32, .element_B = 4, .ranks = 5, .count = 50};
}

START_TEST(three_ranks_of_unequal_blocks)
{
    static const char *const expected[] = {
        ">1 b1 =2 b6", ">2 b5 =0 b1", ">0 b6 =1 b5", ">2 b2 =1 b3", ">0 b3 =2 b7", ">1 b7 =0 b2",
    };
    schedule_is(tested(), alltoall_layout(3, starts), expected, 2);
}
END_TEST

/* Distance 1: 2, 1 and 4 elements, the largest 16 B; distance 2: 3, 0 and 0 elements, 12 B:
 * 1 + 160 + 1 + 120. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = alltoall_layout(3, starts);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 282);
}
END_TEST

/* 50 f32, cut evenly into 25 blocks of 8 B: 4(1 + 80). */
START_TEST(an_even_cut_needs_no_starts)
{
    struct tw_layout layout = five();
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 324);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {three_ranks_of_unequal_blocks, cost_by_hand,
                                  an_even_cut_needs_no_starts};
    return run_suite("schedule_alltoall_pairwise", tests, sizeof tests / sizeof tests[0]);
}
