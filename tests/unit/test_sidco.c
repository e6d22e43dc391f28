/* links: tw_base tw_compressors */
/* SIDCo: fits to what they are made for find k; several stages find it on other data. */
#include "threshold_case.h"

#define D (1U << 17)

static double draw_exponential(gsl_rng *rng)
{
    return gsl_ran_exponential(rng, 2.0);
}

static double draw_gamma(gsl_rng *rng)
{
    return gsl_ran_gamma(rng, 0.6, 3.0);
}

/* Generalised Pareto with shape 1/5 (four moments): a tail (1 + x/5)^-5. */
static double draw_pareto(gsl_rng *rng)
{
    return 5.0 * (pow(gsl_rng_uniform_pos(rng), -0.2) - 1.0);
}

static double draw_heavy(gsl_rng *rng)
{
    return gsl_ran_tdist(rng, 2.0);
}

/* Share by which the count is off k. */
static double miss(float *x, const char *options, double ratio)
{
    char text[128];
    double k = floor(ratio * D);
    snprintf(text, sizeof text, "ratio=%.17g %s", ratio, options);
    return (double)count_sent("sidco", text, x, D) / k - 1;
}

/* One stage on its own distribution: the count has the chance of a binomial, 5/√k, and the fit's
 * own error: a mean of D values is off by m/√D, which moves the tail by ln(1/δ)/√D: below 2 %. The
 * moments of Pareto's tail are noisier: 10 %. */
START_TEST(test_own_distributions)
{
    static const struct {
        double (*draw)(gsl_rng *rng);
        const char *options;
        double slack;
    } rows[] = {{draw_exponential, "fit=exponential stages=1", 0.02},
                {draw_gamma, "fit=gamma stages=1", 0.05},
                {draw_pareto, "fit=pareto stages=1", 0.10}};
    for (int i = 0; i < 3; i++) {
        float *x = numbers(rows[i].draw, D, (uint32_t)i);
        for (double ratio = 0.2; ratio > 0.001; ratio /= 5) {
            double off = miss(x, rows[i].options, ratio);
            ck_assert_msg(fabs(off) < rows[i].slack + 5 / sqrt(ratio * D),
                          "seed %u, %s, ratio %g: off by %g", SEED, rows[i].options, ratio, off);
        }
        free(x);
    }
}
END_TEST

/* The exponential tail of normal numbers is far off in one stage, and several stages bring every
 * fit within the tolerance of 20 %; of heavy tails, Pareto alone. */
START_TEST(test_stages)
{
    static const char *const fits[] = {"fit=exponential", "fit=pareto", "fit=gamma"};
    float *normal = numbers(draw_normal, D, 5), *heavy = numbers(draw_heavy, D, 6);
    ck_assert_double_gt(fabs(miss(normal, "fit=exponential stages=1", 0.001)), 0.5);
    for (int i = 0; i < 3; i++)
        for (double ratio = 0.1; ratio > 0.001; ratio /= 3) {
            double off[2] = {miss(normal, fits[i], ratio), miss(heavy, fits[i], ratio)};
            ck_assert_msg(fabs(off[0]) <= 0.2 && (i != 1 || fabs(off[1]) <= 0.2),
                          "seed %u, %s, ratio %g: off by %g and %g", SEED, fits[i], ratio, off[0],
                          off[1]);
        }
    free(normal);
    free(heavy);
}
END_TEST

/* |x| = 1 … 4: mean 2.5, and −2.5·ln(1/2) = 1.733: three values are above it; at k = 1 of 4,
 * −2.5·ln(1/4) = 3.466: one. Zeros are no part of the fit, nor sent. Equal values: m²/v is
 * infinite, the threshold is the value, all are sent. */
START_TEST(test_by_hand)
{
    float x[4] = {1, -2, 3, -4}, y[8] = {0, 1, 0, -2, 3, 0, -4, 0}, alike[3] = {5, -5, 5};
    ck_assert_uint_eq(count_sent("sidco", "ratio=0.5 stages=1", x, 4), 3);
    ck_assert_uint_eq(count_sent("sidco", "ratio=0.25 stages=1", x, 4), 1);
    ck_assert_uint_eq(count_sent("sidco", "ratio=0.125 stages=1", y, 8), 1);
    ck_assert_uint_eq(count_sent("sidco", "ratio=0.5", y, 8), 4);
    ck_assert_uint_eq(count_sent("sidco", "ratio=0.4 fit=pareto", alike, 3), 3);
    ck_assert_uint_eq(count_sent("sidco", "ratio=0.4 fit=gamma", alike, 3), 3);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, test_own_distributions);
    tcase_add_test(tcase, test_stages);
    tcase_add_test(tcase, test_by_hand);
    return run_case(tcase, "sidco");
}
