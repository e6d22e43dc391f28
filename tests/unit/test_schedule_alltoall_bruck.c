/* links: tw_base tw_collective */
/* Bruck's all-to-all against its drawing: block r·p + q goes from r to q. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_ALL_TO_ALL, "bruck");
}

/* Three ranks; rows 1 2 3 | 0 5 1 | 4 0 2 elements. */
static const uint64_t starts[] = {0, 1, 3, 6, 6, 11, 12, 16, 16, 18};

static struct tw_layout five(void)
{
    return (struct tw_layout){
        .kind = TW_ALL_TO_ALL, .element = TW_ELEMENT_F32, .element_B = 4, .ranks = 5, .count = 50};
}

/* Rank 0 of the drawing: (0,1) (0,3), then (0,2) (4,2), then (0,4). It gets, shifted by the
 * distance, (4,0) (4,2) from 4, then (3,0) (2,0) from 3, then (1,0) from 1. */
START_TEST(five_ranks_as_drawn)
{
    static const char *const first[] = {">1 b1 >1 b3 =4 b20 =4 b22", ">2 b2 >2 b22 =3 b15 =3 b10",
                                        ">4 b4 =1 b5"};
    struct tw_layout layout = five();
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_int_eq(tested()->steps(&layout), 3);
    for (int s = 0; s < 3; s++) {
        char text[256];
        schedule_text(tested(), &layout, 0, 0, s, text, sizeof text);
        ck_assert_str_eq(text, first[s]);
    }
}
END_TEST

/* The whole of three ranks: distance 1, then distance 2. */
START_TEST(three_ranks_of_unequal_blocks)
{
    static const char *const expected[] = {
        ">1 b1 =2 b6", ">2 b5 =0 b1", ">0 b6 =1 b5", ">2 b2 =1 b3", ">0 b3 =2 b7", ">1 b7 =0 b2",
    };
    schedule_is(tested(), alltoall_layout(3, starts), expected, 2);
}
END_TEST

/* Five ranks with blocks of 8 B: distances 1, 2, 3, 4 have 1, 1, 2, 1 digits, 40 B: 3 + 400. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = five();
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 403);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, three_ranks_of_unequal_blocks, cost_by_hand};
    return run_suite("schedule_alltoall_bruck", tests, sizeof tests / sizeof tests[0]);
}
