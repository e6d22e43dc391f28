/* links: tw_results tw_base */
/* Student's interval on pairs, against values worked out by hand.
 *
 * Quantiles of t in closed form: ν = 1: t_p = tan(π(p − ½));  ν = 2: t_p = (2p − 1) / √(2p(1 − p)).
 * At 95 %, p = 0.975: 12.706204736174698 and 4.302652729911275. */
#include <math.h>
#include "results/paired.h"
#include "results_case.h"

static struct tw_paired paired_of(const double *own, const double *base, int pairs, int sure)
{
    struct tw_paired paired;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_paired_make(own, base, pairs, sure, 0.95, &paired, &err), TW_OK);
    return paired;
}

static void near(double found, double wanted)
{
    ck_assert_msg(fabs(found - wanted) <= 1e-9 * fmax(1, fabs(wanted)), "%.17g, not %.17g", found,
                  wanted);
}

START_TEST(three_pairs)
{
    /* d = 1, 2, 3: mean 2, sd 1; half = 4.302652729911275 · 1 / √3 = 2.484. The base holds a
     * negative value, so that there is no ratio and the difference decides: [−0.48, 4.48] holds 0.
     */
    const double base[] = {-1, 5, 7}, own[] = {0, 7, 10};
    struct tw_paired p = paired_of(own, base, 3, 0);
    double half = 0.95 / sqrt(2 * 0.975 * 0.025) / sqrt(3);
    ck_assert_int_eq(p.kind, TW_PAIRED_INTERVAL);
    near(p.difference, 2);
    near(p.difference_low, 2 - half);
    near(p.difference_high, 2 + half);
    near(p.own_mean, 17. / 3);
    near(p.base_mean, 11. / 3);
    ck_assert(isnan(p.ratio) && isnan(p.ratio_low));
    ck_assert_int_eq(p.verdict, TW_VERDICT_UNDECIDED);
}
END_TEST

START_TEST(ratios_are_geometric)
{
    /* own ÷ base = 2, 4, 8: logarithms ln 2 · (1, 2, 3), mean 2 ln 2, sd ln 2: the ratio is 4, its
     * ends 4 · 2^(±4.3027/√3) = 4 · 5.594^(±1): above 1? 4 / 5.594 = 0.715: no */
    const double base[] = {1, 1, 1}, own[] = {2, 4, 8};
    struct tw_paired p = paired_of(own, base, 3, 0);
    double spread = exp2(0.95 / sqrt(2 * 0.975 * 0.025) / sqrt(3));
    near(p.ratio, 4);
    near(p.ratio_low, 4 / spread);
    near(p.ratio_high, 4 * spread);
    ck_assert_int_eq(p.verdict, TW_VERDICT_UNDECIDED);
    /* the same against a base of ten times as much: 0.4 · 5.594 = 2.24, still not told apart; of a
     * hundred times: 0.224 < 1, less */
    const double hundred[] = {100, 100, 100};
    ck_assert_int_eq(paired_of(own, hundred, 3, 0).verdict, TW_VERDICT_LESS);
    ck_assert_int_eq(paired_of(hundred, own, 3, 0).verdict, TW_VERDICT_GREATER);
}
END_TEST

START_TEST(pairs_take_out_what_both_share)
{
    /* Far spread over repetitions, but always 1 apart, give or take 0.1: d = 0.9, 1, 1.1, sd 0.1,
     * half = 0.248: told apart, which means of groups would not do (sd 50). */
    const double base[] = {1, 51, 101}, own[] = {1.9, 52, 102.1};
    struct tw_paired p = paired_of(own, base, 3, 0);
    near(p.difference_low, 1 - 0.1 * 0.95 / sqrt(2 * 0.975 * 0.025) / sqrt(3));
    ck_assert(p.difference_low > 0);
}
END_TEST

START_TEST(two_pairs)
{
    /* d = −1, −3: mean −2, sd √2, half = tan(0.475π) · √2 / √2 */
    const double base[] = {1, 4}, own[] = {0, 1};
    struct tw_paired p = paired_of(own, base, 2, 0);
    near(p.difference_high, -2 + tan(0.475 * M_PI));
    near(p.difference_low, -2 - tan(0.475 * M_PI));
}
END_TEST

START_TEST(exact_values_have_no_interval)
{
    const double base[] = {4, 4, 4}, own[] = {3, 3, 3}, varied[] = {3, 2, 7};
    struct tw_paired p = paired_of(own, base, 3, 0);
    ck_assert_int_eq(p.kind, TW_PAIRED_EXACT);
    ck_assert_int_eq(p.verdict, TW_VERDICT_LESS);
    near(p.ratio, 0.75);
    ck_assert(isnan(p.ratio_low) && isnan(p.difference_high));
    ck_assert_int_eq(paired_of(base, base, 3, 0).verdict, TW_VERDICT_EQUAL);
    ck_assert_int_eq(paired_of(varied, varied, 3, 0).verdict, TW_VERDICT_EQUAL);
    ck_assert_int_eq(paired_of(own, base, 1, 1).kind, TW_PAIRED_EXACT);
}
END_TEST

START_TEST(one_pair_tells_nothing)
{
    const double base[] = {4}, own[] = {3};
    struct tw_paired p = paired_of(own, base, 1, 0);
    ck_assert_int_eq(p.kind, TW_PAIRED_SINGLE);
    ck_assert_int_eq(p.verdict, TW_VERDICT_NONE);
    near(p.ratio, 0.75);
    near(p.difference, -1);
    ck_assert(isnan(p.difference_low));
    p = paired_of(own, base, 0, 1);
    ck_assert_int_eq(p.kind, TW_PAIRED_NONE);
    ck_assert(isnan(p.difference) && isnan(p.ratio) && isnan(p.own_mean));
}
END_TEST

START_TEST(confidence_has_a_range)
{
    const double base[] = {4, 5}, own[] = {3, 6};
    const double wrong[] = {0, 1, -1, 95, NAN};
    struct tw_paired p;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct tw_err err = {0};
        ck_assert_int_eq(tw_paired_make(own, base, 2, 0, wrong[i], &p, &err), TW_RANGE);
    }
}
END_TEST

RUN_SUITE("results_paired", three_pairs, ratios_are_geometric, pairs_take_out_what_both_share,
          two_pairs, exact_values_have_no_interval, one_pair_tells_nothing, confidence_has_a_range)
