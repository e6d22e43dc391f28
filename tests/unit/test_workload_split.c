/* links: tw_workload tw_base */
/* Every sample to exactly one rank, every rank at least one, for all kinds of split. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "workload/split.h"

#define SAMPLES 6000
#define CLASSES 10

static uint8_t labels[SAMPLES];

static void set_labels(void)
{
    for (int i = 0; i < SAMPLES; i++)
        labels[i] = (uint8_t)(i * 7 % CLASSES); /* 600 of each, not sorted */
}

static tw_status make(struct tw_split *split, enum tw_split_kind kind, double alpha, int ranks,
                      uint64_t seed, struct tw_err *err)
{
    const struct tw_stream_key key = {
        .seed = seed, .rank = TW_RANK_ALL, .step = TW_STEP_NONE, .purpose = TW_PURPOSE_SPLIT};
    const struct tw_split_setup setup = {.kind = kind,
                                         .alpha = alpha,
                                         .ranks = ranks,
                                         .labels = labels,
                                         .samples = SAMPLES,
                                         .classes = CLASSES};
    struct tw_stream stream;

    tw_stream_open(&stream, &key);
    return tw_split_make(split, &setup, &stream, err);
}

static void check_cover(const struct tw_split *split)
{
    uint8_t seen[SAMPLES] = {0};

    ck_assert_uint_eq(split->starts[0], 0);
    ck_assert_uint_eq(split->starts[split->ranks], SAMPLES);
    for (int r = 0; r < split->ranks; r++)
        ck_assert_uint_lt(split->starts[r], split->starts[r + 1]);
    for (int i = 0; i < SAMPLES; i++) {
        ck_assert_uint_lt(split->order[i], SAMPLES);
        ck_assert_uint_eq(seen[split->order[i]]++, 0);
    }
}

/* Mean over ranks of Σ_c (share of class c in the part − 1/10)²: 0 when each part is like all. */
static double unevenness(const struct tw_split *split)
{
    double sum = 0;

    for (int r = 0; r < split->ranks; r++) {
        double count[CLASSES] = {0};
        for (uint32_t i = split->starts[r]; i < split->starts[r + 1]; i++)
            count[labels[split->order[i]]]++;
        for (int c = 0; c < CLASSES; c++)
            sum += pow(count[c] / tw_split_size(split, r) - 0.1, 2);
    }
    return sum / split->ranks;
}

START_TEST(covers_all_samples)
{
    static const int ranks[] = {1, 2, 7, 16, 64};
    struct tw_err err = {0};

    for (int kind = TW_SPLIT_IID; kind <= TW_SPLIT_CONTIGUOUS; kind++) {
        for (int i = 0; i < 5; i++) {
            struct tw_split split;
            ck_assert_msg(!make(&split, (enum tw_split_kind)kind, 0.5, ranks[i], 11, &err), "%s",
                          err.text);
            check_cover(&split);
            for (int r = 0; r < ranks[i] && kind != TW_SPLIT_DIRICHLET; r++) {
                const uint32_t size = tw_split_size(&split, r);
                ck_assert_uint_ge(size, SAMPLES / (uint32_t)ranks[i]);
                ck_assert_uint_le(size, (SAMPLES - 1) / (uint32_t)ranks[i] + 1);
            }
            tw_split_free(&split);
        }
    }
}
END_TEST

START_TEST(contiguous_keeps_the_order)
{
    struct tw_err err = {0};
    struct tw_split split;

    ck_assert_int_eq(make(&split, TW_SPLIT_CONTIGUOUS, 1, 7, 3, &err), TW_OK);
    for (uint32_t i = 0; i < SAMPLES; i++)
        ck_assert_uint_eq(split.order[i], i);
    tw_split_free(&split);
}
END_TEST

START_TEST(alpha_sets_unevenness)
{
    struct tw_err err = {0};
    struct tw_split even, mild, strong, sorted;

    ck_assert_int_eq(make(&even, TW_SPLIT_IID, 1, 10, 3, &err), TW_OK);
    ck_assert_int_eq(make(&mild, TW_SPLIT_DIRICHLET, 1e5, 10, 3, &err), TW_OK);
    ck_assert_int_eq(make(&strong, TW_SPLIT_DIRICHLET, 0.1, 10, 3, &err), TW_OK);
    ck_assert_int_eq(make(&sorted, TW_SPLIT_SORTED, 1, 10, 3, &err), TW_OK);
    /* 600 samples a rank: Σ_c of the variances .09/600 = .0015, more or less */
    ck_assert_double_lt(unevenness(&even), 0.004);
    ck_assert_double_lt(unevenness(&mild), 0.004);
    ck_assert_double_gt(unevenness(&strong), 0.1);
    /* one class per rank: .9² + 9·.1² = .9 exactly */
    ck_assert_double_eq_tol(unevenness(&sorted), 0.9, 1e-12);
    tw_split_free(&even);
    tw_split_free(&mild);
    tw_split_free(&strong);
    tw_split_free(&sorted);
}
END_TEST

/* Mean share of class 0 that rank 0 receives, and its variance, over 2000 seeds: Beta(α, 3α) has
 * mean 1/4 and variance (1/4)(3/4)/(4α+1) = .0625 for α = .5; the standard errors are
 * √(.0625/2000) = .0056 and below .0025. Dealing in whole samples moves a share by at most 1/600.
 */
START_TEST(dirichlet_has_its_moments)
{
    enum { SEEDS = 2000 };
    double sum = 0, square = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct tw_err err = {0};
        struct tw_split split;
        double count = 0;

        ck_assert_int_eq(make(&split, TW_SPLIT_DIRICHLET, 0.5, 4, seed, &err), TW_OK);
        for (uint32_t i = split.starts[0]; i < split.starts[1]; i++)
            count += labels[split.order[i]] == 0;
        sum += count / 600;
        square += count / 600 * count / 600;
        tw_split_free(&split);
    }
    const double mean = sum / SEEDS, variance = square / SEEDS - mean * mean;
    ck_assert_double_eq_tol(mean, 0.25, 0.018);
    ck_assert_double_eq_tol(variance, 0.0625, 0.008);
}
END_TEST

START_TEST(is_a_function_of_the_seed)
{
    struct tw_err err = {0};

    for (int kind = TW_SPLIT_IID; kind <= TW_SPLIT_SORTED; kind++) {
        struct tw_split a, b, c;
        ck_assert_int_eq(make(&a, (enum tw_split_kind)kind, 0.5, 8, 1, &err), TW_OK);
        ck_assert_int_eq(make(&b, (enum tw_split_kind)kind, 0.5, 8, 1, &err), TW_OK);
        ck_assert_int_eq(make(&c, (enum tw_split_kind)kind, 0.5, 8, 2, &err), TW_OK);
        ck_assert_mem_eq(a.order, b.order, SAMPLES * sizeof *a.order);
        ck_assert_mem_eq(a.starts, b.starts, 9 * sizeof *a.starts);
        ck_assert(memcmp(a.order, c.order, SAMPLES * sizeof *a.order) != 0);
        tw_split_free(&a);
        tw_split_free(&b);
        tw_split_free(&c);
    }
}
END_TEST

START_TEST(refuses_what_cannot_be)
{
    struct tw_split split;
    struct tw_err err = {0};

    ck_assert_int_eq(make(&split, TW_SPLIT_DIRICHLET, 0, 4, 1, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "alpha"));
    ck_assert_int_eq(make(&split, TW_SPLIT_DIRICHLET, -1, 4, 1, &err), TW_RANGE);
    ck_assert_int_eq(make(&split, TW_SPLIT_DIRICHLET, (double)NAN, 4, 1, &err), TW_RANGE);
    ck_assert_int_eq(make(&split, TW_SPLIT_IID, 1, SAMPLES + 1, 1, &err), TW_RANGE);
    ck_assert_int_eq(make(&split, TW_SPLIT_IID, 1, 0, 1, &err), TW_RANGE);
    /* ten classes, each almost wholly to one rank, cannot reach 64 ranks */
    ck_assert_int_eq(make(&split, TW_SPLIT_DIRICHLET, 1e-4, 64, 1, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "without a sample"));
    ck_assert_ptr_null(split.order);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload split");
    TCase *tests = tcase_create("split");
    SRunner *runner;
    int failed;

    set_labels();
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, covers_all_samples);
    tcase_add_test(tests, contiguous_keeps_the_order);
    tcase_add_test(tests, alpha_sets_unevenness);
    tcase_add_test(tests, dirichlet_has_its_moments);
    tcase_add_test(tests, is_a_function_of_the_seed);
    tcase_add_test(tests, refuses_what_cannot_be);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
