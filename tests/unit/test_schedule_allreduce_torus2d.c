/* links: tw_base tw_collective */
/* The 2-D torus against its drawing; which grids there are. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "torus2d");
}

START_TEST(six_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b1/2*3 +1 b0/2*3", ">0 b0/2*3 +0 b1/2*3", ">3 b1/2*3 +3 b0/2*3", ">2 b0/2*3 +2 b1/2*3",
        ">5 b1/2*3 +5 b0/2*3", ">4 b0/2*3 +4 b1/2*3", ">2 b0 +4 b4",         ">3 b1 +5 b5",
        ">4 b2 +0 b0",         ">5 b3 +1 b1",         ">0 b4 +2 b2",         ">1 b5 +3 b3",
        ">2 b4 +4 b2",         ">3 b5 +5 b3",         ">4 b0 +0 b4",         ">5 b1 +1 b5",
        ">0 b2 +2 b0",         ">1 b3 +3 b1",         ">2 b2 =4 b0",         ">3 b3 =5 b1",
        ">4 b4 =0 b2",         ">5 b5 =1 b3",         ">0 b0 =2 b4",         ">1 b1 =3 b5",
        ">2 b0 =4 b4",         ">3 b1 =5 b5",         ">4 b2 =0 b0",         ">5 b3 =1 b1",
        ">0 b4 =2 b2",         ">1 b5 =3 b3",         ">1 b0/2*3 =1 b1/2*3", ">0 b1/2*3 =0 b0/2*3",
        ">3 b0/2*3 =3 b1/2*3", ">2 b1/2*3 =2 b0/2*3", ">5 b0/2*3 =5 b1/2*3", ">4 b1/2*3 =4 b0/2*3",
    };
    schedule_is(tested(), sum_layout(6, 12), expected, 6);
}
END_TEST

/* 12 f32: blocks of 8 B, chunks of 24 B. Rows 2 + 24·(20 + 100) = 2882; columns 4(1 + 80) + 2·800.
 */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(6, 12);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 4806);
}
END_TEST

/* a × b with a the largest divisor up to the root: 2(a-1) + 2(b-1) steps. */
START_TEST(grids)
{
    static const int rows[][2] = {{4, 4}, {12, 10}, {16, 12}, {36, 20}, {64, 28}, {1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tw_layout layout = sum_layout(rows[i][0], 100);
        ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
        ck_assert_int_eq(tested()->steps(&layout), rows[i][1]);
    }
    struct tw_layout prime = sum_layout(7, 100);
    ck_assert_int_eq(tw_layout_for(tested(), &prime, NULL), TW_REFUSED);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {six_ranks_as_drawn, cost_by_hand, grids};
    return run_suite("schedule_allreduce_torus2d", tests, sizeof tests / sizeof tests[0]);
}
