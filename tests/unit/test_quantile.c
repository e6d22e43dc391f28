/* links: tw_base tw_compressors */
/* The elementary functions of compressors/ against libm's and GSL's, over their whole ranges. */
#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include "quantile.h"

static double off(double value, double wanted)
{
    return fabs(value - wanted) / fmax(fabs(wanted), 1e-300);
}

START_TEST(test_elementary)
{
    ck_assert_double_eq(tw_ln(1.0), 0.0);
    ck_assert_double_eq(tw_exponential(0.0), 1.0);
    ck_assert_double_eq(tw_exponential(-800.0), 0.0);
    ck_assert(isinf(tw_exponential(711.0)));
    ck_assert_double_eq_tol(tw_ln(0x1p-1074), -1074 * 0.693147180559945309417, 1e-12);
    double worst_ln = 0, worst_exp = 0;
    for (double x = 1e-300; x < 1e300; x *= 1.37)
        worst_ln = fmax(worst_ln, off(tw_ln(x), log(x)));
    for (double x = 0.5; x < 2.0; x += 1e-4)
        worst_ln = fmax(worst_ln, fabs(tw_ln(x) - log(x)) / fmax(fabs(x - 1), 1e-6));
    for (double x = -700; x < 700; x += 0.0371)
        worst_exp = fmax(worst_exp, off(tw_exponential(x), exp(x)));
    ck_assert_msg(worst_ln < 1e-15, "ln: %g", worst_ln);
    ck_assert_msg(worst_exp < 1e-15, "exp: %g", worst_exp);
}
END_TEST

START_TEST(test_normal)
{
    double worst = 0;
    ck_assert_double_eq_tol(tw_normal_upper(0.5), 0.0, 1e-12);
    /* the 97.5 % point that every table has */
    ck_assert_double_eq_tol(tw_normal_upper(0.025), 1.959963984540054, 1e-12);
    for (double p = 0.499; p > 1e-290; p *= 0.83)
        worst = fmax(worst, off(tw_normal_upper(p), gsl_cdf_ugaussian_Qinv(p)));
    ck_assert_msg(worst < 1e-11, "%g", worst);
}
END_TEST

/* A quantile is right when the tail beyond it is: GSL's own inverse is not good at small shapes. */
START_TEST(test_gamma)
{
    static const double shapes[] = {0.02, 0.1, 0.3, 0.5, 0.9, 1, 1.7, 5, 40};
    gsl_set_error_handler_off();
    for (double p = 0.9; p > 1e-12; p *= 0.6)
        ck_assert_double_lt(off(tw_gamma_upper(1.0, p), -log(p)), 1e-12); /* exponential */
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (double p = 0.9; p > 1e-9; p *= 0.6) {
            double x = tw_gamma_upper(shapes[s], p);
            double q = x > 1e-200 ? gsl_cdf_gamma_Q(x, shapes[s], 1.0) : p;
            ck_assert_msg(off(q, p) < 1e-9, "shape %g, p %g: x = %g has %g", shapes[s], p, x, q);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quantile");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_elementary);
    tcase_add_test(tcase, test_normal);
    tcase_add_test(tcase, test_gamma);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
