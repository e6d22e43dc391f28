/* links: tw_base tw_compressors */
/* The counter hash behind stochastic rounding: no bias of a bit, of a value, of neighbours or of
 * keys. Bounds are 5 standard deviations of independent fair bits (chance 6e-7 each); seeds fixed,
 * so a pass is a pass for good. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "base/rounding.h"

#define N 65536

static struct tw_rounding key_of(uint32_t rank, uint32_t step)
{
    struct tw_stream_key key = {20260101, 0, rank, step, 3, TW_PURPOSE_ROUNDING};
    return tw_rounding_open(&key);
}

/* Σ of N fair bits is N/2 within 5·√N/2. The same of bit b of neighbours i, i+1 and of i, i+2^k
 * compared, and of the same index under the keys of two steps and of two ranks. */
static void check_bits(struct tw_rounding key, struct tw_rounding other, uint32_t distance)
{
    long ones[32] = {0}, near[32] = {0}, far[32] = {0};
    for (uint32_t i = 0; i < N; i++) {
        uint32_t own = tw_rounding_bits(key, i);
        uint32_t neighbour = own ^ tw_rounding_bits(key, i + distance);
        uint32_t elsewhere = own ^ tw_rounding_bits(other, i);
        for (int b = 0; b < 32; b++) {
            ones[b] += own >> b & 1;
            near[b] += neighbour >> b & 1;
            far[b] += elsewhere >> b & 1;
        }
    }
    double most = 5.0 * sqrt((double)N) / 2.0;
    for (int b = 0; b < 32; b++) {
        ck_assert_msg(fabs((double)ones[b] - N / 2.0) <= most, "bit %d: %ld ones", b, ones[b]);
        ck_assert_msg(fabs((double)near[b] - N / 2.0) <= most, "bit %d, distance %u: %ld differ", b,
                      distance, near[b]);
        ck_assert_msg(fabs((double)far[b] - N / 2.0) <= most, "bit %d, keys: %ld differ", b,
                      far[b]);
    }
}

START_TEST(test_bits)
{
    for (uint32_t k = 0; k < 16; k++)
        check_bits(key_of(0, k), k % 2 ? key_of(0, k + 1) : key_of(1, k), 1U << k);
}
END_TEST

/* Units are uniform: mean 1/2 (deviation 1/√(12N)), mean square 1/3 (√(4/45N)), and 256 cells are
 * filled with χ² of 255 degrees of freedom: 255 ± 5·√510. They lie inside (0, 1). */
START_TEST(test_units)
{
    for (uint32_t step = 0; step < 8; step++) {
        struct tw_rounding key = key_of(2, step);
        double sum = 0, squares = 0, chi2 = 0, cells[256] = {0};
        for (uint32_t i = 0; i < N; i++) {
            double unit = (double)tw_rounding_unit(key, i);
            ck_assert_msg(unit > 0 && unit < 1, "%g", unit);
            sum += unit;
            squares += unit * unit;
            cells[(int)(256 * unit)]++;
        }
        for (int c = 0; c < 256; c++)
            chi2 += (cells[c] - N / 256.0) * (cells[c] - N / 256.0) / (N / 256.0);
        ck_assert_double_eq_tol(sum / N, 0.5, 5.0 / sqrt(12.0 * N));
        ck_assert_double_eq_tol(squares / N, 1.0 / 3.0, 5.0 * sqrt(4.0 / 45.0 / N));
        ck_assert_double_eq_tol(chi2, 255.0, 5.0 * sqrt(510.0));
    }
}
END_TEST

/* For one index over many steps, as a value that is rounded at every step sees it: 4096 keys. */
START_TEST(test_steps)
{
    enum { STEPS = 4096 };
    for (uint32_t i = 0; i < 8; i++) {
        double sum = 0, product = 0, last = 0;
        for (uint32_t step = 0; step < STEPS; step++) {
            double unit = (double)tw_rounding_unit(key_of(0, step), i * 1000003U) - 0.5;
            sum += unit;
            product += unit * last;
            last = unit;
        }
        ck_assert_double_eq_tol(sum / STEPS, 0.0, 5.0 / sqrt(12.0 * STEPS));
        ck_assert_double_eq_tol(product / STEPS, 0.0, 5.0 / (12.0 * sqrt((double)STEPS)));
    }
}
END_TEST

/* The key decides, and nothing else. */
START_TEST(test_keys)
{
    struct tw_rounding one = key_of(0, 1), same = key_of(0, 1), other = key_of(1, 0);
    ck_assert_uint_eq(tw_rounding_bits(one, 12345), tw_rounding_bits(same, 12345));
    ck_assert(one.first != other.first && one.second != other.second);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rounding");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, test_bits);
    tcase_add_test(tcase, test_units);
    tcase_add_test(tcase, test_steps);
    tcase_add_test(tcase, test_keys);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
