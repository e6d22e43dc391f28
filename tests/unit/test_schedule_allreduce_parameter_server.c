/* links: tw_base tw_collective */
/* The single parameter server against its drawing. */
#include "unit/schedule_text.h"

static const struct tw_algorithm *tested(void)
{
    return tw_algorithm_find(TW_SUM, "parameter_server");
}

START_TEST(five_ranks_as_drawn)
{
    static const char *const expected[] = {
        "+1 b0 +2 b0 +3 b0 +4 b0", ">0 b0", ">0 b0", ">0 b0", ">0 b0",
        ">1 b0 >2 b0 >3 b0 >4 b0", "=0 b0", "=0 b0", "=0 b0", "=0 b0",
    };
    schedule_is(tested(), sum_layout(5, 12), expected, 2);
}
END_TEST

/* 48 B from each of 4 workers: 2(1 + 4·480) + 4·4800. */
START_TEST(cost_by_hand)
{
    struct tw_layout layout = sum_layout(5, 12);
    ck_assert_int_eq(tw_layout_for(tested(), &layout, NULL), TW_OK);
    ck_assert_double_eq(tested()->cost(&layout, 1, 10, 100), 23042);
}
END_TEST

/* For nothing on 64 ranks it would take 2 for the 6 of doubling, but incast is not for auto. */
START_TEST(is_not_chosen_by_cost)
{
    struct tw_layout layout = sum_layout(64, 0);
    ck_assert_ptr_eq(tw_algorithm_choose(&layout, 1, 1, 1),
                     tw_algorithm_find(TW_SUM, "recursive_doubling"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {five_ranks_as_drawn, cost_by_hand, is_not_chosen_by_cost};
    return run_suite("schedule_allreduce_parameter_server", tests, sizeof tests / sizeof tests[0]);
}
