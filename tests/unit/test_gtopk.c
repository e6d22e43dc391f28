/* links: tw_base tw_compressors */
/* gTop-K by hand, and what its merging rank keeps: nothing is lost over all ranks. */
#include "compressor_cases.h"

static void open_vectors(struct group *group, const char *name, const char *options, int ranks,
                         uint64_t d, double *const *x)
{
    group_start(group, name, TW_FP64, options, ranks, SEED);
    add_tensor(group, 1, d, 1);
    group_open(group, 0);
    for (int r = 0; r < ranks; r++)
        group->x[r] = x[r];
}

/* Three ranks, k = 2 of 5, merged as (x0 ⊕ x1) ⊕ x2.
 *   x0 keeps 5 at 0 and −4 at 1; x1 keeps 4 at 1 and 3 at 2; x2 keeps 1 at 1 and 2 at 2.
 *   x0 ⊕ x1 = 5, 0, 3 at 0, 1, 2: keeps 5 and 3, drops the 0 at 1.
 *   … ⊕ x2 = 5, 1, 5 at 0, 1, 2: keeps 5 and 5, rank 0 drops the 1 at 1.
 * mean = (5, 0, 5, 0, 0)/3; rank 0's own is (5, −4 − 0 − 1, 0, 0, 0), the others' what they sent.
 */
START_TEST(merges_by_hand)
{
    double x0[] = {5, -4, 1, 0, 0.5}, x1[] = {0, 4, 3, 0, 0.5}, x2[] = {0, 1, 2, 0, 0.5};
    double *const x[] = {x0, x1, x2};
    static const double own[3][5] = {{5, -5, 0, 0, 0}, {0, 4, 3, 0, 0}, {0, 1, 2, 0, 0}};
    struct group group;
    open_vectors(&group, "gtopk", "ratio=0.4", 3, 5, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    const double *mean = group.mean[0];
    ck_assert(mean[0] == 5.0 / 3 && mean[1] == 0 && mean[2] == 5.0 / 3 && mean[3] == 0 &&
              mean[4] == 0);
    for (int r = 0; r < 3; r++)
        for (int i = 0; i < 5; i++)
            ck_assert_msg(((double *)group.own[r])[i] == own[r][i], "rank %d, value %d", r, i);
    struct tw_support support = support_of(&group, 0);
    ck_assert_uint_eq(support.count, 2); /* 0 and 1: what it dropped is where it sent, too */
    ck_assert_uint_eq(group.request[0].count, 2 * (8 + 4));
    group_close(&group);
}
END_TEST

/* An index that loses in one merge and comes back in another: 3 at 2 is dropped by rank 0 against
 * 5 and 4, then 2's 9 at 2 wins. The paper's rule would count the 3 as sent, and lose it; here rank
 * 0 keeps it: Σ own is the answer, so at 2 it is 9, with −3 on rank 0 and 3 on rank 1. */
START_TEST(mass_dropped_on_the_way_is_kept)
{
    double x0[] = {5, 0, 0, 0}, x1[] = {0, 4, 3, 0}, x2[] = {0, 0, 9, 1}, x3[] = {0, 0, 0, 1};
    double *const x[] = {x0, x1, x2, x3};
    struct group group;
    open_vectors(&group, "gtopk", "ratio=0.5", 4, 4, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    const double *mean = group.mean[0];
    ck_assert(mean[0] == 5.0 / 4 && mean[1] == 0 && mean[2] == 9.0 / 4 && mean[3] == 0);
    ck_assert(((double *)group.own[0])[2] == -3 && ((double *)group.own[1])[2] == 3 &&
              ((double *)group.own[2])[2] == 9);
    for (int i = 0; i < 4; i++) {
        double sum = 0;
        for (int r = 0; r < 4; r++)
            sum += ((double *)group.own[r])[i];
        ck_assert(sum == 4 * mean[i]);
    }
    group_close(&group);
}
END_TEST

static void write_message(unsigned char *wire, const double *values, const uint32_t *indices)
{
    memcpy(wire, values, 2 * sizeof *values);
    memcpy(wire + 2 * sizeof *values, indices, 2 * sizeof *indices);
}

/* A partial of another length, or whose indices do not ascend inside the vector, is no partial; a
 * sum that overflows is no number. Nothing is kept of a merge that is not to keep. */
START_TEST(bad_partials_are_refused)
{
    double x0[] = {5, -4, 1, 0, 0.5};
    double *const x[] = {x0, x0};
    const double values[] = {1, 2}, huge[] = {1e308, 1e308};
    const uint32_t good[] = {0, 3}, twice[] = {3, 3}, outside[] = {3, 5};
    _Alignas(8) unsigned char a[24], b[24], c[24];
    uint64_t count;
    struct group group;
    open_vectors(&group, "gtopk", "ratio=0.4", 2, 5, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    struct tw_instance *instance = &group.instance[0];
    struct tw_partial left = {24, a}, right = {24, b};
    write_message(a, values, good);
    const uint32_t *const bad[] = {twice, outside};
    for (int i = 0; i < 2; i++) {
        write_message(b, values, bad[i]);
        ck_assert_int_eq(group.ops->merge(instance->shared, instance->own[0], 1, &left, &right, c,
                                          &count, &group.merge),
                         TW_CORRUPT);
    }
    write_message(b, values, good);
    right.count = 23;
    ck_assert_int_eq(group.ops->merge(instance->shared, instance->own[0], 1, &left, &right, c,
                                      &count, &group.merge),
                     TW_CORRUPT);
    right.count = 24;
    write_message(a, huge, good);
    write_message(b, huge, good);
    ck_assert_int_eq(group.ops->merge(instance->shared, instance->own[0], 1, &left, &right, c,
                                      &count, &group.merge),
                     TW_INPUT);
    group_close(&group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gtopk");
    TCase *tcase = tcase_create("gtopk");
    tcase_add_test(tcase, merges_by_hand);
    tcase_add_test(tcase, mass_dropped_on_the_way_is_kept);
    tcase_add_test(tcase, bad_partials_are_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
