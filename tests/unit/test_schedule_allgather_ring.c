/* links: tw_base tw_collective */
/* The ring all-gather against its drawing, with unequal and empty contributions. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *ring(void)
{
    return tw_algorithm_find(TW_GATHER, "ring");
}

static const uint64_t starts[] = {0, 3, 3, 10, 11, 12}; /* 3, 0, 7, 1, 1 elements */

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b0 =4 b4", ">2 b1 =0 b0", ">3 b2 =1 b1", ">4 b3 =2 b2", ">0 b4 =3 b3", /* step 0 */
        ">1 b4 =4 b3", ">2 b0 =0 b4", ">3 b1 =1 b0", ">4 b2 =2 b1", ">0 b3 =3 b2", /* step 1 */
        ">1 b3 =4 b2", ">2 b4 =0 b3", ">3 b0 =1 b4", ">4 b1 =2 b0", ">0 b2 =3 b1", /* step 2 */
        ">1 b2 =4 b1", ">2 b3 =0 b2", ">3 b4 =1 b3", ">4 b0 =2 b4", ">0 b1 =3 b0", /* step 3 */
    };
    schedule_is(ring(), gather_layout(5, starts), expected, 4);
}
END_TEST

/* The largest contribution, 7 f32 = 28 B, moves in each of 4 steps: 4·(1 + 28·10) = 1124; nothing
 * is combined, so γ does not count. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = gather_layout(5, starts);
    ck_assert_int_eq(tw_layout_for(ring(), &layout, NULL), TW_OK);
    ck_assert_uint_eq(layout.blocks, 5);
    ck_assert(ring()->cost(&layout, 1, 10, 100) == 1124);
}
END_TEST

/* Top-K 1 % of ResNet-50 on 64 nodes: ⌊.01·25557032⌋ = 255570 entries of 8 B, 1.25e9 B/s, 50 µs:
 * 63·(50 µs + 2044560/1.25e9 s) = 63·1685.648 µs = 106.195824 ms. */
START_TEST(topk_of_resnet50_on_64_nodes)
{
    uint64_t even[65];
    for (uint64_t r = 0; r <= 64; r++)
        even[r] = 255570 * r;
    struct tw_layout layout = gather_layout(64, even);
    layout.element = TW_ELEMENT_U64;
    layout.element_B = 8;
    ck_assert_int_eq(tw_layout_for(ring(), &layout, NULL), TW_OK);
    ck_assert_double_eq_tol(ring()->cost(&layout, 50e-6, 1 / 1.25e9, 0), 0.106195824, 1e-13);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand, topk_of_resnet50_on_64_nodes};
    return run_suite("schedule_allgather_ring", tests, sizeof tests / sizeof tests[0]);
}
