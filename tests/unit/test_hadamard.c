/* links: tw_base tw_compressors */
/* The random rotation: orthonormal, its own way back, spreading. Both precisions are linked; float
 * is tried here. */
#define TW_PRECISION 32
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>
#include "base/vec.h"
#include "hadamard_real.h"

static const struct tw_rounding signs = {0x12345678U, 0x9abcdef0U};

/* 1500 = 1024 + 256 + 128 + 64 + 16 + 8 + 4: a value is spread over its own chunk and no further,
 * evenly: chunk c has entries ±1/√c. */
START_TEST(test_spike)
{
    static const struct {
        uint64_t at, first, size;
    } rows[] = {
        {5, 0, 1024}, {1023, 0, 1024}, {1024, 1024, 256}, {1300, 1280, 128}, {1499, 1496, 4}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        float x[1500] = {0};
        x[rows[r].at] = 2;
        tw_hadamard_turn_f32(x, 1500, signs);
        int wrong = 0;
        for (uint64_t i = 0; i < 1500; i++) {
            int inside = i >= rows[r].first && i < rows[r].first + rows[r].size;
            double expected = inside ? 2.0 / sqrt((double)rows[r].size) : 0.0;
            wrong += fabs(fabs((double)x[i]) - expected) > 1e-6;
        }
        ck_assert_int_eq(wrong, 0);
    }
}
END_TEST

/* Back again within 10 roundings of a float; norms stay; every length from 0 to 40. */
START_TEST(test_back)
{
    for (uint64_t n = 0; n <= 40; n++) {
        float x[40], y[40];
        for (uint64_t i = 0; i < 40; i++)
            x[i] = y[i] = (float)(i * i % 17) - 5.5F;
        tw_hadamard_turn_f32(y, n, signs);
        double before = tw_vec_norm2_f32(x, n), after = tw_vec_norm2_f32(y, n);
        ck_assert_double_eq_tol(after, before, 1e-5 * before + 1e-12);
        tw_hadamard_back_f32(y, n, signs);
        for (uint64_t i = 0; i < 40; i++)
            ck_assert_double_eq_tol((double)y[i], (double)x[i], 40 * 0x1p-20);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hadamard");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_spike);
    tcase_add_test(tcase, test_back);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
