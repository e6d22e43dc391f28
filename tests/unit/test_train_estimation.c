/* links: tw_train */
/* rTop-k's statistical model (arXiv 2005.10761), by whole runs of one step.
 *
 * One step of descent estimates θ; the rate undoes the share that is sent, r/k for a choice of k
 * among r. Where r takes in every one that a rank sees, the estimate is unbiased, of variance
 * θ_j·r/K − θ_j² per value and rank: the mean squared error is (s·r/K − Σθ²)/n. Hence, with K = 10:
 * - θ = 1 on s = 50 of d = 1000 values, Σθ² = s: r = s gives s(s/K − 1)/n, r = d (a random choice
 *   of all) s(d/K − 1)/n; Top-K takes the first K, ties to the lower index: s − K for every n;
 * - θ = .05 on all 1000, Σθ² = 2.5: r = d gives (5000 − 2.5)/n; r = 100, which the number of ones
 *   (50 ± 6.9) does not reach by seven deviations, (500 − 2.5)/n. Scaling by a rank's own number of
 *   ones instead of r would need that number sent. Everything sent: (s − Σθ²)/n.
 * A mean of many seeds is within 3 of its standard errors. */
#include "unit/train_problems.h"

struct method {
    const char *compressor, *options, *optimizer;
};
static const struct method rtopk = {"rtopk", "ratio=0.01 pool=5", "rate=5"};
static const struct method wide = {"rtopk", "ratio=0.01 pool=10", "rate=10"};
static const struct method any = {"rtopk", "ratio=0.01 pool=100", "rate=100"};
static const struct method topk = {"topk", "ratio=0.01", "rate=1"};
static const struct method dense = {"none", "", "rate=1"};

static const struct {
    const struct method *method;
    int support, ranks;
    uint64_t seeds;
    double expected;
} rows[] = {
    {&rtopk, 50, 1, 100, 200},     {&rtopk, 50, 4, 200, 50},       {&rtopk, 50, 16, 100, 12.5},
    {&rtopk, 50, 64, 50, 3.125},   {&any, 50, 1, 600, 4950},       {&any, 50, 4, 200, 1237.5},
    {&any, 50, 16, 100, 309.375},  {&any, 50, 64, 50, 77.34375},   {&topk, 50, 1, 10, 40},
    {&topk, 50, 4, 10, 40},        {&topk, 50, 64, 10, 40},        {&dense, 1000, 4, 150, 11.875},
    {&any, 1000, 5, 150, 999.5},   {&any, 1000, 10, 150, 499.75},  {&any, 1000, 40, 50, 124.9375},
    {&wide, 1000, 10, 800, 49.75}, {&wide, 1000, 40, 50, 12.4375},
};

/* Mean squared error over seeds 1, 2, … and the standard error of this mean. */
static double error_of(const struct method *method, int support, int ranks, uint64_t seeds,
                       double *deviation)
{
    static struct problem_run p;
    double sum = 0, square = 0;
    char options[64];

    snprintf(options, sizeof options, "s=50 support=%d", support);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        problem_setup(&p, "estimation", options, ranks, 1);
        problem_method(&p, method->compressor, method->options, "none", "", method->optimizer);
        p.r.setup.seed = seed;
        toy_train(&p.r);
        const double error = p.r.run.curve[1].distance * p.r.run.curve[1].distance;
        sum += error / (double)seeds;
        square += error * error / (double)seeds;
        tw_run_free(&p.r.run);
    }
    *deviation = sqrt(fmax(square - sum * sum, 0) / (double)seeds);
    return sum;
}

START_TEST(errors_are_as_computed)
{
    double deviation;
    const double error =
        error_of(rows[_i].method, rows[_i].support, rows[_i].ranks, rows[_i].seeds, &deviation);
    ck_assert_msg(fabs(error - rows[_i].expected) <= 3 * deviation + 1e-9,
                  "%s %s, support %d, %d ranks, seeds from 1: %g ± %g, not %g",
                  rows[_i].method->compressor, rows[_i].method->options, rows[_i].support,
                  rows[_i].ranks, error, deviation, rows[_i].expected);
}
END_TEST

/* s(s − K)/(Kn) < s − K exactly when n > s/K = 5: its bias never averages out for Top-K. At n = 4
 * 50 against 40, at n = 7 28.6, both far more than 3 standard errors from 40; at 5 they tie. */
START_TEST(rtopk_beats_topk_with_more_than_five_ranks)
{
    for (int n = 1; n <= 10; n++) {
        double deviation, none;
        const double random = error_of(&rtopk, 50, n, 100, &deviation);
        const double largest = error_of(&topk, 50, n, 5, &none);
        ck_assert_double_eq_tol(largest, 40, 1e-9);
        if (n < 5)
            ck_assert_msg(random - largest > 3 * deviation, "%d ranks: %g ± %g", n, random,
                          deviation);
        else if (n > 6)
            ck_assert_msg(largest - random > 3 * deviation, "%d ranks: %g ± %g", n, random,
                          deviation);
        else
            ck_assert_msg(fabs(random - 200.0 / n) <= 3 * deviation, "%d ranks: %g ± %g", n, random,
                          deviation);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("estimation");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, errors_are_as_computed, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, rtopk_beats_topk_with_more_than_five_ranks);
    return toy_main(tcase, "train estimation");
}
