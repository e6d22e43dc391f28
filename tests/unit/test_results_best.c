/* links: tw_results tw_base */
/* Which setting of a tuning is best: a pure function of what its trials gave. */
#include <math.h>
#include "results/best.h"
#include "results_case.h"

START_TEST(the_least_or_the_largest_mean_wins)
{
    /* means 3, 2, 4 */
    const struct tw_score scores[] = {{2, 0, 0, 6, 6}, {2, 0, 0, 4, 4}, {1, 0, 0, 4, 4}};
    ck_assert_int_eq(tw_score_best(scores, 3, 0), 1);
    ck_assert_int_eq(tw_score_best(scores, 3, 1), 2);
    ck_assert(tw_score_mean(&scores[0]) == 3);
}
END_TEST

START_TEST(ties_go_to_the_first)
{
    const struct tw_score scores[] = {{1, 0, 0, 5, 5}, {1, 0, 0, 2, 2}, {2, 0, 0, 4, 4}};
    ck_assert_int_eq(tw_score_best(scores, 3, 0), 1);
    ck_assert_int_eq(tw_score_best(&scores[1], 2, 1), 0);
}
END_TEST

START_TEST(diverged_trials_lose)
{
    /* 1 of 2 diverged with a mean of 1; none of 2 with a mean of 100; all of 2 */
    const struct tw_score scores[] = {{2, 2, 0, 0, 0}, {2, 1, 0, 1, 1}, {2, 0, 0, 200, 200}};
    ck_assert_int_eq(tw_score_best(scores, 3, 0), 2);
    ck_assert_int_eq(tw_score_best(scores, 2, 0), 1);
    ck_assert_int_eq(tw_score_best(scores, 1, 0), 0);
    ck_assert(isnan(tw_score_mean(&scores[0])));
}
END_TEST

START_TEST(misses_lose_to_values)
{
    /* target missed once of twice (10 steps); never missed (mean 90); twice missed */
    const struct tw_score scores[] = {{2, 0, 1, 10, 1}, {2, 0, 0, 180, 1}, {2, 0, 2, 0, 0.1}};
    ck_assert_int_eq(tw_score_best(scores, 3, 0), 1);
    /* nobody reaches it: the second value decides, 0.4 against 0.3, whichever way the first goes */
    const struct tw_score none[] = {{2, 0, 2, 0, 0.8}, {2, 0, 2, 0, 0.6}};
    ck_assert_int_eq(tw_score_best(none, 2, 0), 1);
    ck_assert_int_eq(tw_score_best(none, 2, 1), 1);
}
END_TEST

START_TEST(what_was_not_tried_cannot_win)
{
    const struct tw_score scores[] = {{0, 0, 0, 0, 0}, {1, 1, 0, 0, 0}};
    ck_assert_int_eq(tw_score_best(scores, 2, 0), 1);
    ck_assert_int_eq(tw_score_best(scores, 1, 0), -1);
}
END_TEST

RUN_SUITE("results_best", the_least_or_the_largest_mean_wins, ties_go_to_the_first,
          diverged_trials_lose, misses_lose_to_values, what_was_not_tried_cannot_win)
