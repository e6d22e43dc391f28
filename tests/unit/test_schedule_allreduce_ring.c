/* links: tw_base tw_collective */
/* The ring all-reduce against its drawing, with its constants worked out by hand. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *ring(void)
{
    return tw_algorithm_find(TW_SUM, "ring");
}

/* Reduce-scatter: rank r sends block r−s and combines r−s−1; gather: sends r+1−t, copies r−t. */
START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0 +4 b4", ">2 b1 +0 b0", ">3 b2 +1 b1", ">4 b3 +2 b2", ">0 b4 +3 b3", /* step 0 */
        ">1 b4 +4 b3", ">2 b0 +0 b4", ">3 b1 +1 b0", ">4 b2 +2 b1", ">0 b3 +3 b2", /* step 1 */
        ">1 b3 +4 b2", ">2 b4 +0 b3", ">3 b0 +1 b4", ">4 b1 +2 b0", ">0 b2 +3 b1", /* step 2 */
        ">1 b2 +4 b1", ">2 b3 +0 b2", ">3 b4 +1 b3", ">4 b0 +2 b4", ">0 b1 +3 b0", /* step 3 */
        ">1 b1 =4 b0", ">2 b2 =0 b1", ">3 b3 =1 b2", ">4 b4 =2 b3", ">0 b0 =3 b4", /* step 4 */
        ">1 b0 =4 b4", ">2 b1 =0 b0", ">3 b2 =1 b1", ">4 b3 =2 b2", ">0 b4 =3 b3", /* step 5 */
        ">1 b4 =4 b3", ">2 b0 =0 b4", ">3 b1 =1 b0", ">4 b2 =2 b1", ">0 b3 =3 b2", /* step 6 */
        ">1 b3 =4 b2", ">2 b4 =0 b3", ">3 b0 =1 b4", ">4 b1 =2 b0", ">0 b2 =3 b1", /* step 7 */
    };
    schedule_is(ring(), sum_layout(5, 12), expected, 8);
}
END_TEST

START_TEST(two_ranks_exchange_halves)
{
    static const char *const expected[] = {
        ">1 b0 +1 b1", ">0 b1 +0 b0", /* step 0 */
        ">1 b1 =1 b0", ">0 b0 =0 b1", /* step 1 */
    };
    schedule_is(ring(), sum_layout(2, 3), expected, 2);
}
END_TEST

/* 12 f32 on 5 ranks: blocks of 3, 3, 2, 2, 2 elements, the largest 12 B:
 * 2·4·(1 + 12·10) + 4·12·100 = 968 + 4800 = 5768. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(5, 12);
    ck_assert_int_eq(tw_layout_for(ring(), &layout, NULL), TW_OK);
    ck_assert_uint_eq(layout.blocks, 5);
    ck_assert(ring()->cost(&layout, 1, 10, 100) == 5768);
}
END_TEST

/* ResNet-50: 25,557,032 f32 on 64 nodes, 1.25e9 B/s, α = 50 µs. Blocks of ⌈25557032/64⌉ = 399329
 * elements, 1597316 B: 126·(50 µs + 1597316/1.25e9 s) = 126·1327.8528 µs = 167.3094528 ms. */
START_TEST(resnet50_on_64_nodes)
{
    struct tw_layout layout = sum_layout(64, 25557032);
    ck_assert_int_eq(tw_layout_for(ring(), &layout, NULL), TW_OK);
    ck_assert_double_eq_tol(ring()->cost(&layout, 50e-6, 1 / 1.25e9, 0), 0.1673094528, 1e-13);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, two_ranks_exchange_halves, cost_by_hand,
                                  resnet50_on_64_nodes};
    return run_suite("schedule_allreduce_ring", tests, sizeof tests / sizeof tests[0]);
}
