/* links: tw_base tw_collective */
/* Rabenseifner's all-reduce against its drawing, fold included. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "rabenseifner");
}

/* P' = 4, rem = 1: rank 0 folds into 1; new numbers 0, 1, 2, 3 are ranks 1, 2, 3, 4. */
START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0-3",
        "+0 b0-3",
        "",
        "",
        "",
        "",
        ">2 b2-3 +2 b0-1",
        ">1 b0-1 +1 b2-3",
        ">4 b2-3 +4 b0-1",
        ">3 b0-1 +3 b2-3",
        "",
        ">3 b1 +3 b0",
        ">4 b3 +4 b2",
        ">1 b0 +1 b1",
        ">2 b2 +2 b3",
        "",
        ">3 b0 =3 b1",
        ">4 b2 =4 b3",
        ">1 b1 =1 b0",
        ">2 b3 =2 b2",
        "",
        ">2 b0-1 =2 b2-3",
        ">1 b2-3 =1 b0-1",
        ">4 b0-1 =4 b2-3",
        ">3 b2-3 =3 b0-1",
        "=1 b0-3",
        ">0 b0-3",
        "",
        "",
        "",
    };
    schedule_is(tested(), sum_layout(5, 12), expected, 6);
}
END_TEST

/* 12 f32 are 48 B, 4 blocks of 12 B. Fold and unfold 2(1 + 480) + 4800 = 5762; the halves of 24 B
 * and 12 B there and back: 2(1 + 240) + 2400 = 2882 and 2(1 + 120) + 1200 = 1442; together 10086.
 */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(5, 12);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 10086);
}
END_TEST

/* ResNet-50: 25,557,032 f32 on 64 nodes, 1.25e9 B/s, α = 50 µs. Halves of 32, 16, …, 1 blocks of
 * the even cut into 64, of which the first 40 have 399329 elements and the rest 399328: 12778528 +
 * 6389264 + 3194632 + 1597316 + 798658 + 399329 = 25157727 elements (all 40 longer ones lie ahead
 * of the 32), times 4 B: 2(6·50 µs + 100630908 B/1.25e9 B/s) = 0.6 ms + 161.0094528 ms. */
START_TEST(resnet50_on_64_nodes)
{
    struct tw_layout layout = sum_layout(64, 25557032);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq_tol(tested()->cost(&layout, 50e-6, 1 / 1.25e9, 0), 0.1616094528, 1e-13);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand, resnet50_on_64_nodes};
    return run_suite("schedule_allreduce_rabenseifner", tests, sizeof tests / sizeof tests[0]);
}
