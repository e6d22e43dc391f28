/* links: tw_base tw_collective */
/* The double binary tree: NCCL's trees, ticks, one message each way. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "double_binary_tree");
}

/* Two ranks, one segment (12 f32): lane 0 has its root at rank 0, lane 1 at rank 1. A = 1; the leaf
 * has depth 1, x = 2: up in tick 1 - 3 + 2 = 0, down in tick 3 of 4. */
START_TEST(two_ranks_one_segment)
{
    static const char *const first[] = {"+1 b0", ">0 b0", "", "", "", "", ">1 b0", "=0 b0"};
    static const char *const second[] = {">1 b1", "+0 b1", "", "", "", "", "=1 b1", ">0 b1"};
    struct tw_layout layout = sum_layout(2, 12);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_int_eq(tested()->lanes(&layout), 2);
    ck_assert_uint_eq(layout.blocks, 2);
    lane_is(tested(), &layout, 0, first, 4);
    lane_is(tested(), &layout, 1, second, 4);
}
END_TEST

/* Three ranks (A = 3), two segments in lane 0: 0 - 2 - 1. Node 2: depth 1, x = 2: up 3 - 3 + 2 = 2,
 * down 5; node 1, its left child: depth 2, x = 3: up 3 - 6 + 3 = 0, down 6. Second segments 3 ticks
 * later. */
START_TEST(three_ranks_two_segments)
{
    static const char *const expected[] = {
        "",
        ">2 b0",
        "+1 b0", /* 0 */
        "",
        "",
        "", /* 1 */
        "+2 b0",
        "",
        ">0 b0", /* 2 */
        "",
        ">2 b1",
        "+1 b1", /* 3 */
        "",
        "",
        "", /* 4 */
        "+2 b1 >2 b0",
        "",
        ">0 b1 =0 b0", /* 5 */
        "",
        "=2 b0",
        ">1 b0", /* 6 */
        "",
        "",
        "", /* 7 */
        ">2 b1",
        "",
        "=0 b1", /* 8 */
        "",
        "=2 b1",
        ">1 b1", /* 9 */
        "",
        "",
        "", /* 10: idle, the bound of the count is for any tree */
    };
    struct tw_layout layout = sum_layout(3, 12);
    layout.segment = 3;
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_uint_eq(layout.blocks, 4);
    lane_is(tested(), &layout, 0, expected, 11);
}
END_TEST

/* NCCL's drawing of 14 ranks: parents of 1 … 13 in the first tree; the second is its mirror. */
START_TEST(the_trees_of_nccl)
{
    static const int parents[] = {-1, 2, 4, 2, 8, 6, 4, 6, 0, 10, 12, 10, 8, 12};
    struct tw_layout layout = sum_layout(14, 14);
    layout.segment = 7;
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    int told[2][14];
    memset(told, -1, sizeof told);
    for (int lane = 0; lane < 2; lane++)
        for (int r = 0; r < 14; r++)
            for (int s = 0; s < tested()->steps(&layout) && told[lane][r] < 0; s++) {
                struct tw_piece pieces[2];
                int count = tested()->step(&layout, lane, r, s, pieces);
                for (int i = 0; i < count; i++)
                    if (pieces[i].action == TW_RECEIVE_COPY)
                        told[lane][r] = pieces[i].peer; /* only a parent's data are copied */
            }
    for (int r = 0; r < 14; r++) {
        ck_assert_int_eq(told[0][r], parents[r]);
        ck_assert_int_eq(told[1][13 - r], parents[r] < 0 ? -1 : 13 - parents[r]);
    }
}
END_TEST

/* 512 KiB are 131072 f32. 64 ranks, 100 MB: 12.5e6 f32 per tree are 96 segments, 4·6 + 3·95 = 309
 * ticks of at most 130209 elements. */
START_TEST(segments_of_nccl)
{
    struct tw_layout layout = sum_layout(64, 25000000);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_uint_eq(layout.blocks, 2 * 96);
    ck_assert_int_eq(tested()->steps(&layout), 309);
    ck_assert_double_eq(tested()->cost(&layout, 1, 0, 0), 309);
    ck_assert_double_eq(tested()->cost(&layout, 0, 1, 0), 309 * 2 * 130209 * 4.0);
    ck_assert_double_ge(tested()->cost(&layout, 0, 1, 0), tw_injection_bound(&layout, 1));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {two_ranks_one_segment, three_ranks_two_segments,
                                  the_trees_of_nccl, segments_of_nccl};
    return run_suite("schedule_allreduce_double_binary_tree", tests,
                     sizeof tests / sizeof tests[0]);
}
