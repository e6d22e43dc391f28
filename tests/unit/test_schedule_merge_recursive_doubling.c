/* links: tw_base tw_collective */
/* Doubling merges against their drawing, a cost of unequal partials by hand, and what makes the
 * schedule `auto`: with equal partials the tree is never cheaper. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *doubling(void)
{
    return tw_algorithm_find(TW_MERGE, "recursive_doubling");
}

static struct tw_layout merge_layout(int ranks, uint64_t count, const uint64_t *starts)
{
    struct tw_layout layout = sum_layout(ranks, count);
    layout.kind = TW_MERGE;
    layout.starts = starts;
    return layout;
}

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        ">1 b7",
        "+0 b7",
        "",
        "",
        "", /* fold */
        "",
        ">2 b0 +2 b1",
        ">1 b1 +1 b0",
        ">4 b2 +4 b3",
        ">3 b3 +3 b2", /* xor 1 */
        "",
        ">3 b4 +3 b5",
        ">4 b4 +4 b5",
        ">1 b5 +1 b4",
        ">2 b5 +2 b4", /* xor 2 */
        "=1 b6",
        ">0 b6",
        "",
        "",
        "", /* unfold */
    };
    schedule_is(doubling(), merge_layout(5, 16, NULL), expected, 4);
}
END_TEST

/* Two ranks: each sends its own, and no result travels. */
START_TEST(two_ranks)
{
    static const char *const expected[] = {">1 b0 +1 b1", ">0 b1 +0 b0"};
    schedule_is(doubling(), merge_layout(2, 6, NULL), expected, 1);
}
END_TEST

/* Three ranks, P' = 2: blocks 0 and 1 of 2 and 3 f32 in the doubling, the result of 5, the folded
 * rank's of 4: (3 + 5 + 4)·4 = 48 B in three steps: 3·1 + 48·10 = 483, nothing for γ. */
START_TEST(cost_by_hand)
{
    static const uint64_t starts[] = {0, 2, 5, 10, 14};
    struct tw_layout layout = merge_layout(3, 14, starts);
    ck_assert_int_eq(tw_layout_for(doubling(), &layout, NULL), TW_OK);
    ck_assert_uint_eq(layout.blocks, 4);
    ck_assert(doubling()->cost(&layout, 1, 10, 100) == 483);
}
END_TEST

/* floor(log2 p) + 2f <= 2 ceil(log2 p) messages of one size, so the order of the two never depends
 * on the network, and `auto` need not know it. */
START_TEST(auto_is_the_cheaper_one_on_any_network)
{
    const struct tw_algorithm *tree = tw_algorithm_find(TW_MERGE, "tree");
    static const double constants[][2] = {{1e-5, 0}, {0, 1e-9}, {5e-5, 8e-10}};
    int dearer = 0;
    ck_assert_ptr_eq(tw_algorithm_merge_auto(), doubling());
    for (int p = 2; p <= 300; p++)
        for (int k = 0; k < 3; k++) {
            struct tw_layout one = merge_layout(p, 0, NULL), other = one;
            one.count = 100 * (uint64_t)doubling()->blocks(&one);
            other.count = 100 * (uint64_t)tree->blocks(&other);
            ck_assert(tw_layout_for(doubling(), &one, NULL) == TW_OK &&
                      tw_layout_for(tree, &other, NULL) == TW_OK);
            dearer += doubling()->cost(&one, constants[k][0], constants[k][1], 0) >
                      tree->cost(&other, constants[k][0], constants[k][1], 0) * (1 + 1e-12);
            ck_assert_ptr_eq(tw_algorithm_choose(&one, constants[k][0], constants[k][1], 0),
                             doubling());
        }
    ck_assert_int_eq(dearer, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, two_ranks, cost_by_hand,
                                  auto_is_the_cheaper_one_on_any_network};
    return run_suite("schedule_merge_recursive_doubling", tests, sizeof tests / sizeof tests[0]);
}
