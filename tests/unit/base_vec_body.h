/* The test of base/vec.h, for the TW_PRECISION that the including file sets. The reference is
 * written out one addition at a time and is never vectorised, so equal bits mean that the clone
 * this machine runs keeps the documented order and fuses nothing. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/vec.h"

#define SIZE_MAX_TESTED 1000
#define SLOW __attribute__((optimize("no-tree-vectorize"), noinline))
#ifdef __clang__
#undef SLOW
#define SLOW __attribute__((noinline))
#endif

struct triple {
    tw_real x[SIZE_MAX_TESTED], y[SIZE_MAX_TESTED], z[SIZE_MAX_TESTED];
};

static struct triple *draw(uint32_t tensor)
{
    struct triple *t = malloc(sizeof *t);
    ck_assert_ptr_nonnull(t);
    struct tw_stream_key key = {.seed = 11, .tensor = tensor, .purpose = TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    for (int i = 0; i < SIZE_MAX_TESTED; i++) {
        double pair[2];
        tw_stream_normals(&stream, pair, 2);
        /* magnitudes over many binades, so that another order of additions shows */
        t->x[i] = (tw_real)(pair[0] * pow(2, i % 23));
        t->y[i] = (tw_real)(pair[1] * pow(2, i % 19));
        t->z[i] = (tw_real)pair[0];
    }
    return t;
}

static const uint64_t sizes[] = {0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 999, 1000};
#define SIZES ((int)(sizeof sizes / sizeof sizes[0]))

/* Lane j sums the terms i ≡ j (mod 16); lanes are added 8+8, 4+4, 2+2, 1+1. */
SLOW static double in_lanes(const double *terms, uint64_t n)
{
    double lane[16] = {0};
    for (uint64_t i = 0; i < n; i++)
        lane[i % 16] += terms[i];
    for (int w = 8; w > 0; w /= 2)
        for (int j = 0; j < w; j++)
            lane[j] += lane[j + w];
    return lane[0];
}

SLOW static double reference(const tw_real *x, const tw_real *y, uint64_t n, int distance)
{
    double terms[SIZE_MAX_TESTED] = {0};
    for (uint64_t i = 0; i < n; i++) {
        double gap = (double)x[i] - (double)y[i];
        terms[i] = distance ? gap * gap : (double)x[i] * (double)y[i];
    }
    return in_lanes(terms, n);
}

START_TEST(sums_have_the_documented_bits)
{
    uint64_t n = sizes[_i];
    struct triple *t = draw(1);
    for (int shift = 0; shift < 3; shift++) { /* unaligned starts as well */
        const tw_real *x = t->x + shift, *y = t->y + shift;
        uint64_t m = n > 3 ? n - 3 : n;
        ck_assert(TW_T(tw_vec_dot)(x, y, m) == reference(x, y, m, 0));
        ck_assert(TW_T(tw_vec_norm2)(x, m) == reference(x, x, m, 0));
        ck_assert(TW_T(tw_vec_distance2)(x, y, m) == reference(x, y, m, 1));
    }
    free(t);
}
END_TEST

/* Against long double sums: error at most about 70 roundings of 2^-53 on Σ|terms|. */
START_TEST(sums_are_right)
{
    uint64_t n = sizes[_i];
    struct triple *t = draw(2);
    long double dot = 0, size = 0, distance = 0;
    for (uint64_t i = 0; i < n; i++) {
        long double x = t->x[i], y = t->y[i];
        dot += x * y;
        size += fabsl(x * y);
        distance += (x - y) * (x - y);
    }
    ck_assert(fabsl(TW_T(tw_vec_dot)(t->x, t->y, n) - dot) <= 70 * 0x1p-53L * size);
    ck_assert(fabsl(TW_T(tw_vec_distance2)(t->x, t->y, n) - distance) <= 70 * 0x1p-53L * distance);
    free(t);
}
END_TEST

/* Element by element in tw_real, each operation rounded once (volatile keeps it so), and nothing
 * written behind n. */
START_TEST(elementwise_kernels)
{
    uint64_t n = sizes[_i];
    struct triple *t = draw(3);
    static tw_real out[9][SIZE_MAX_TESTED + 1];
    int wrong[9] = {0};
    const volatile tw_real a = (tw_real)0.3, rest = 1 - a;
    for (int k = 0; k < 9; k++) {
        memcpy(out[k], t->y, sizeof t->y);
        out[k][n] = 77;
    }
    TW_T(tw_vec_copy)(out[0], t->x, n);
    TW_T(tw_vec_zero)(out[1], n);
    TW_T(tw_vec_add)(out[2], t->x, n);
    TW_T(tw_vec_axpy)(out[3], a, t->x, n);
    TW_T(tw_vec_scale)(out[4], a, t->x, n);
    TW_T(tw_vec_sum)(out[5], t->x, t->z, n);
    TW_T(tw_vec_difference)(out[6], t->x, t->z, n);
    TW_T(tw_vec_blend)(out[7], a, t->x, n);
    TW_T(tw_vec_sum)(out[8], out[8], out[8], n); /* the same array thrice */
    for (uint64_t i = 0; i < n; i++) {
        volatile tw_real x = t->x[i], y = t->y[i], z = t->z[i], ax = a * x, ry = rest * y;
        wrong[0] += out[0][i] != x;
        wrong[1] += out[1][i] != 0;
        wrong[2] += out[2][i] != (tw_real)(y + x);
        wrong[3] += out[3][i] != (tw_real)(y + ax);
        wrong[4] += out[4][i] != ax;
        wrong[5] += out[5][i] != (tw_real)(x + z);
        wrong[6] += out[6][i] != (tw_real)(x - z);
        wrong[7] += out[7][i] != (tw_real)(ry + ax);
        wrong[8] += out[8][i] != (tw_real)(y + y);
    }
    for (int k = 0; k < 9; k++) {
        ck_assert_msg(wrong[k] == 0, "kernel %d: %d wrong of %d", k, wrong[k], (int)n);
        ck_assert(out[k][n] == 77);
    }
    free(t);
}
END_TEST

START_TEST(one_bad_value_is_found_anywhere)
{
    struct triple *t = draw(4);
    const tw_real bad[] = {(tw_real)NAN, (tw_real)INFINITY, (tw_real)-INFINITY};
    ck_assert_int_eq(TW_T(tw_vec_finite)(t->x, 0), 1);
    ck_assert_int_eq(TW_T(tw_vec_finite)(t->x, 100), 1);
    for (int i = 0; i < 100; i++) {
        tw_real kept = t->x[i];
        t->x[i] = bad[i % 3];
        ck_assert_int_eq(TW_T(tw_vec_finite)(t->x, 100), 0);
        ck_assert_int_eq(TW_T(tw_vec_finite)(t->x, (uint64_t)i), 1);
        t->x[i] = kept;
    }
    free(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_vec");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, sums_have_the_documented_bits, 0, SIZES);
    tcase_add_loop_test(tcase, sums_are_right, 0, SIZES);
    tcase_add_loop_test(tcase, elementwise_kernels, 0, SIZES);
    tcase_add_test(tcase, one_bad_value_is_found_anywhere);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
