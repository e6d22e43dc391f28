/* links: tw_base tw_collective */
/* The tree of merges against its drawing, and a cost of unequal partials by hand. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tree(void)
{
    return tw_algorithm_find(TW_MERGE, "tree");
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
        "+1 b1", ">0 b1", "+3 b3", ">2 b3", "",      /* up, distance 1 */
        "+2 b2", "",      ">0 b2", "",      "",      /* 2 */
        "+4 b4", "",      "",      "",      ">0 b4", /* 4 */
        ">4 b0", "",      "",      "",      "=0 b0", /* down, distance 4 */
        ">2 b0", "",      "=0 b0", "",      "",      /* 2 */
        ">1 b0", "=0 b0", ">3 b0", "=2 b0", "",      /* 1 */
    };
    schedule_is(tree(), merge_layout(5, 10, NULL), expected, 6);
}
END_TEST

/* Blocks of 3, 1, 2, 5 and 4 f32: up max(1, 5), 2 and 4 of them, down 3·3 of the result: 20
 * elements, 80 B, in six messages: 6·1 + 80·10 = 806. Merging is not the schedule's: γ is for
 * nothing. */
START_TEST(cost_by_hand)
{
    static const uint64_t starts[] = {0, 3, 4, 6, 11, 15};
    struct tw_layout layout = merge_layout(5, 15, starts);
    ck_assert_int_eq(tw_layout_for(tree(), &layout, NULL), TW_OK);
    ck_assert(tree()->cost(&layout, 1, 10, 100) == 806);
}
END_TEST

/* Sizes that do not ascend, or do not end at the count, are no layout. */
START_TEST(broken_sizes_are_refused)
{
    static const uint64_t descends[] = {0, 3, 2, 6, 11, 15}, ends[] = {0, 3, 4, 6, 11, 14};
    struct tw_layout layout = merge_layout(5, 15, descends);
    ck_assert_int_eq(tw_layout_for(tree(), &layout, NULL), TW_INTERNAL);
    layout.starts = ends;
    ck_assert_int_eq(tw_layout_for(tree(), &layout, NULL), TW_INTERNAL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand, broken_sizes_are_refused};
    return run_suite("schedule_merge_tree", tests, sizeof tests / sizeof tests[0]);
}
