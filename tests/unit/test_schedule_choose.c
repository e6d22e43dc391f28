/* links: tw_base tw_collective */
/* Schedules by name, layouts that fit or are refused, and the cheapest one. */
#include "unit/schedule_text.h"

START_TEST(found_by_operation_and_name)
{
    const struct tw_algorithm *sum = tw_algorithm_find(TW_SUM, "ring");
    const struct tw_algorithm *gather = tw_algorithm_find(TW_GATHER, "ring");
    ck_assert_ptr_nonnull(sum);
    ck_assert_ptr_nonnull(gather);
    ck_assert_ptr_ne(sum, gather);
    ck_assert_ptr_null(tw_algorithm_find(TW_GATHER, "binomial"));
    ck_assert_ptr_null(tw_algorithm_find(TW_SUM, "Ring"));
    ck_assert_ptr_null(tw_algorithm_at(-1));
    ck_assert_ptr_null(tw_algorithm_at(tw_algorithm_count()));
}
END_TEST

START_TEST(names_are_unique_within_an_operation)
{
    for (int i = 0; i < tw_algorithm_count(); i++)
        for (int j = 0; j < i; j++)
            ck_assert(tw_algorithm_at(i)->kind != tw_algorithm_at(j)->kind ||
                      strcmp(tw_algorithm_at(i)->member.name, tw_algorithm_at(j)->member.name) !=
                          0);
}
END_TEST

START_TEST(layouts_are_completed_or_refused)
{
    struct tw_err err = {0};
    struct tw_layout layout = sum_layout(5, 12);
    ck_assert_int_eq(tw_layout_for(tw_algorithm_find(TW_SUM, "ring"), &layout, &err), TW_OK);
    ck_assert_uint_eq(layout.blocks, 5);
    ck_assert_int_eq(tw_layout_for(tw_algorithm_find(TW_SUM, "binomial"), &layout, &err), TW_OK);
    ck_assert_uint_eq(layout.blocks, 1);
    const struct tw_algorithm *gather = tw_algorithm_find(TW_GATHER, "ring");
    ck_assert_int_eq(tw_layout_for(gather, &layout, &err), TW_REFUSED);
    ck_assert_str_eq(err.text, "allgather \"ring\" cannot carry allreduce");
    layout.ranks = 0;
    ck_assert_int_eq(tw_layout_for(tw_algorithm_find(TW_SUM, "ring"), &layout, &err), TW_INTERNAL);
}
END_TEST

START_TEST(broken_starts_are_seen)
{
    const struct tw_algorithm *gather = tw_algorithm_find(TW_GATHER, "ring");
    static const uint64_t good[] = {0, 2, 2, 5}, late[] = {1, 2, 2, 5}, back[] = {0, 3, 2, 5};
    struct tw_layout layout = gather_layout(3, good);
    ck_assert_int_eq(tw_layout_for(gather, &layout, NULL), TW_OK);
    layout.count = 6;
    ck_assert_int_eq(tw_layout_for(gather, &layout, NULL), TW_INTERNAL);
    layout = gather_layout(3, late);
    ck_assert_int_eq(tw_layout_for(gather, &layout, NULL), TW_INTERNAL);
    layout = gather_layout(3, back);
    ck_assert_int_eq(tw_layout_for(gather, &layout, NULL), TW_INTERNAL);
    layout.starts = NULL;
    ck_assert_int_eq(tw_layout_for(gather, &layout, NULL), TW_INTERNAL);
}
END_TEST

static int never(const struct tw_layout *layout)
{
    (void)layout;
    return 0;
}

START_TEST(what_does_not_fit_is_refused)
{
    struct tw_algorithm narrow = *tw_algorithm_find(TW_SUM, "ring");
    narrow.fits = never;
    struct tw_layout layout = sum_layout(5, 12);
    struct tw_err err = {0};
    ck_assert_int_eq(tw_layout_for(&narrow, &layout, &err), TW_REFUSED);
    ck_assert_str_eq(err.text, "allreduce \"ring\" cannot run 12 elements on 5 ranks");
}
END_TEST

static const char *chosen(const struct tw_layout *layout, double alpha_s, double beta_sB)
{
    const struct tw_algorithm *algorithm = tw_algorithm_choose(layout, alpha_s, beta_sB, 0);
    return algorithm ? algorithm->member.name : "none";
}

/* 13 ranks, α = 1, β = 1, M = 13·b bytes: ring 24(1 + b), doubling (3 + 2)(1 + M), binomial 8(1 +
 * M); Rabenseifner 8 + about 3.75M; a torus does not fit. b = 0: 24 against 5. b = 4 (13 elements
 * of 4 B, P' = 8 blocks of 2 or 1): 120 against 5·53 = 265 and 8 + (2·(28 + 16 + 8) + 2·52) = 216.
 * β = 0.1: 24·1.4 = 33.6, 5·6.2 = 31, 8 + 20.8 = 28.8.
 * 16 ranks: Rabenseifner has the ring's bytes in 8 steps for 30: 8 + 30b always beats it, and beats
 * 4(1 + 16b) from b = 4/34 on. */
START_TEST(the_cheapest_is_chosen)
{
    struct tw_layout layout = sum_layout(13, 0);
    ck_assert_str_eq(chosen(&layout, 1, 1), "recursive_doubling");
    layout.count = 13;
    ck_assert_str_eq(chosen(&layout, 1, 1), "ring");
    ck_assert_str_eq(chosen(&layout, 1, 0.1), "rabenseifner");
    layout.ranks = 16;
    layout.count = 16;
    ck_assert_str_eq(chosen(&layout, 1, 1), "rabenseifner");
    layout.count = 0;
    ck_assert_str_eq(chosen(&layout, 1, 1), "recursive_doubling");
}
END_TEST

/* 3 ranks, 1 element of 4 B each, α = β = 1: ring 2(1 + 4) = 10, Bruck 2 + 4 + 4 = 10: a tie, which
 * the first one listed wins; on 4 ranks ring 3·5 = 15, doubling and Bruck 2 + 3·4 = 14. */
START_TEST(gathering_in_few_steps)
{
    static const uint64_t starts[] = {0, 1, 2, 3, 4};
    struct tw_layout gather = gather_layout(3, starts);
    ck_assert_ptr_eq(tw_algorithm_choose(&gather, 1, 1, 1), tw_algorithm_find(TW_GATHER, "ring"));
    gather = gather_layout(4, starts);
    ck_assert_ptr_eq(tw_algorithm_choose(&gather, 1, 1, 1), tw_algorithm_find(TW_GATHER, "bruck"));
}
END_TEST

/* On five ranks without bytes: ring 8α, doubling 4α, binomial 6α; with γ the byte-heavy ones lose:
 * 100 elements, b = 80: ring 4·80γ, doubling 3·400γ, binomial 3·400γ. */
START_TEST(combining_counts)
{
    struct tw_layout layout = sum_layout(5, 100);
    ck_assert_str_eq(tw_algorithm_choose(&layout, 1, 0, 0)->member.name, "recursive_doubling");
    ck_assert_str_eq(tw_algorithm_choose(&layout, 1, 0, 1)->member.name, "ring");
}
END_TEST

/* What a schedule may not claim to be chosen by cost: several ports, several lanes, an asymptote.
 */
START_TEST(what_does_not_compete)
{
    struct tw_layout layout = sum_layout(64, 1); /* all at once would be 2α for 6α */
    const struct tw_algorithm *chosen_one = tw_algorithm_choose(&layout, 1, 0, 0);
    ck_assert_str_eq(chosen_one->member.name, "recursive_doubling");
    for (int i = 0; i < tw_algorithm_count(); i++)
        ck_assert_int_ne(tw_algorithm_at(i)->cost_kind, TW_COST_ASYMPTOTE);
}
END_TEST

START_TEST(layouts_of_the_other_kinds)
{
    const struct tw_algorithm *ring = tw_algorithm_find(TW_REDUCE_SCATTER, "ring");
    static const uint64_t starts[] = {0, 2, 2, 5}, back[] = {0, 3, 2, 5};
    struct tw_layout layout = sum_layout(3, 5);
    layout.kind = TW_REDUCE_SCATTER;
    ck_assert_int_eq(tw_layout_for(ring, &layout, NULL), TW_OK); /* an even cut */
    ck_assert_uint_eq(tw_layout_elements(&layout, 0), 2);
    layout.starts = starts;
    ck_assert_int_eq(tw_layout_for(ring, &layout, NULL), TW_OK);
    ck_assert_uint_eq(tw_layout_elements(&layout, 2), 3);
    layout.starts = back;
    ck_assert_int_eq(tw_layout_for(ring, &layout, NULL), TW_INTERNAL);
}
END_TEST

START_TEST(ties_go_to_the_first_listed)
{
    struct tw_layout layout = sum_layout(1, 100);
    ck_assert_ptr_eq(tw_algorithm_choose(&layout, 1, 1, 1), tw_algorithm_find(TW_SUM, "ring"));
    layout.ranks = 8;
    ck_assert_ptr_eq(tw_algorithm_choose(&layout, 0, 0, 0), tw_algorithm_find(TW_SUM, "ring"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        found_by_operation_and_name,      names_are_unique_within_an_operation,
        layouts_are_completed_or_refused, broken_starts_are_seen,
        what_does_not_fit_is_refused,     the_cheapest_is_chosen,
        gathering_in_few_steps,           what_does_not_compete,
        layouts_of_the_other_kinds,       combining_counts,
        ties_go_to_the_first_listed};
    return run_suite("schedule_choose", tests, sizeof tests / sizeof tests[0]);
}
