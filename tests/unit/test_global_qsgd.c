/* links: tw_base tw_compressors */
/* Global-QSGD: one norm, whole numbers in lanes that no sum overflows. */
#include "coded_case.h"

#define N 100

static void fill_ranks(double *x, int ranks)
{
    for (int r = 0; r < ranks; r++)
        for (int i = 0; i < N; i++)
            x[r * N + i] = ((i * 37 + r * 11) % 23 - 11) * (r + 1) * 0.01;
}

/* Bits of a sum of `ranks` codes 0 … 2s: 2s·ranks + 1 values. s = 7: 15 → 4 bits, 8 lanes, 13
 * words for 100 values; 29 → 5, 6 lanes, 17; 57 → 6, 5 lanes, 20; 113 → 7, 4 lanes, 25; 18 ranks:
 * 253 → 8, 4 lanes; 19: 267 → 9, 3 lanes, 34. s = 32767, two ranks: 131069 → 17 bits, 1 lane. */
START_TEST(test_words)
{
    static const struct {
        const char *options;
        int ranks;
        uint64_t words;
    } rows[] = {{"", 1, 13},
                {"", 2, 17},
                {"", 4, 20},
                {"", 8, 25},
                {"", 18, 25},
                {"", 19, 34},
                {"levels=32767", 2, 100}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        ck_assert_uint_eq(sent("global_qsgd", TW_FP32, rows[r].options, rows[r].ranks, N),
                          rows[r].words);
}
END_TEST

/* Every rank's C(x) is a whole number of n/s, n the largest norm; the mean is their sum over N. */
static void check_mean(const char *options, int ranks, int levels)
{
    static double x[16 * N];
    static struct group group;
    double norm = 0, sums[N] = {0};
    fill_ranks(x, ranks);
    coded_open(&group, "global_qsgd", TW_FP64, options, ranks, N, x);
    for (int r = 0; r < ranks; r++)
        norm = fmax(norm, sqrt(norm2(x + r * N, TW_FP64, N)));
    ck_assert_int_eq(group_step(&group, 3), TW_OK);
    ck_assert_int_eq(group.phases, 2);
    ck_assert_int_eq(group.request[0].combine, TW_COMBINE_MAX);
    for (int r = 0; r < ranks; r++)
        for (uint64_t i = 0; i < N; i++) {
            double q = own_of(&group, r, i) / norm * levels;
            ck_assert_double_eq_tol(q, nearbyint(q), 1e-9);
            sums[i] += nearbyint(q);
        }
    for (uint64_t i = 0; i < N; i++)
        ck_assert_double_eq_tol(mean_at(&group, i), norm * sums[i] / levels / ranks, 1e-14 * norm);
    coded_close(&group);
}

START_TEST(test_mean)
{
    for (int ranks = 1; ranks <= 16; ranks++) {
        check_mean("", ranks, 7);
        check_mean("levels=127", ranks, 127);
        check_mean("levels=20000", ranks, 20000);
    }
}
END_TEST

/* No overflow at the extreme: every rank has the same single value, level s on each. */
START_TEST(test_extreme)
{
    double x[16 * 3] = {0};
    struct group group;
    for (int r = 0; r < 16; r++)
        x[3 * r + 1] = -5;
    coded_open(&group, "global_qsgd", TW_FP32, "", 16, 3, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(mean_at(&group, 0), 0);
    ck_assert_double_eq(mean_at(&group, 1), -5);
    ck_assert_int_eq(step_with(&group, 0, NAN), TW_INPUT);
    coded_close(&group);
    ck_assert_double_eq(tw_compressor_find("global_qsgd", TW_FP32)->omega(&group.problem), -1);
}
END_TEST

/* A maximum below one's own norm, or no maximum at all; bits above the lanes, lanes beyond the last
 * value, and sums above 2sN. Two ranks, s = 7: 5 bits, 6 lanes of 30 bits; 3 values use 15. */
START_TEST(test_damage)
{
    const double x[] = {1, 2, 3, 4, 5, 6};
    struct group group;
    coded_open(&group, "global_qsgd", TW_FP32, "", 2, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0x3f), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0xc1), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 1, 3, 0x80), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 1, 2, 0x01), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 1, 0, 0xff), TW_CORRUPT); /* lane 31 of at most 28 */
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    coded_close(&group);
}
END_TEST

/* 2·32767·70000 is above 2^32. */
START_TEST(test_range)
{
    struct group group;
    struct tw_err err = {0};
    group_start(&group, "global_qsgd", TW_FP32, "levels=32767", 70000, 1);
    add_tensor(&group, 1, 10, 1);
    ck_assert_int_eq(group.ops->check(&group.problem, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.hint, "levels times ranks"));
    group.problem.ranks = 65536;
    ck_assert_int_eq(group.ops->check(&group.problem, &err), TW_OK);
}
END_TEST

RUN_TESTS("global_qsgd", test_words, test_mean, test_extreme, test_damage, test_range)
