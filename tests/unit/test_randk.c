/* links: tw_base tw_compressors */
/* Rand-K: every index is drawn equally often, k of them, alike on all ranks. */
#include "compressor_rig.h"

#define D 40
#define K 10
#define STEPS 4000

/* Inclusions of index i over STEPS draws without replacement: mean STEPS·K/D, variance
 * STEPS·(K/D)(1 − K/D), and any two are correlated by −1/(D−1), so that
 * Σ(count − mean)² / (STEPS·(K/D)(1 − K/D)·D/(D−1)) is χ² with D − 1 = 39 degrees of freedom:
 * within 14.3 … 80.6 but for chances of 1e-4 (gsl_cdf_chisq_Pinv, Qinv). */
START_TEST(test_inclusion)
{
    float x[D];
    double counts[D] = {0};
    struct group group;
    group_start(&group, "randk", TW_FP32, "ratio=0.25", 1, 20260101);
    add_tensor(&group, 4, 10, 0);
    group_open(&group, 0);
    for (int i = 0; i < D; i++)
        x[i] = (float)(i + 1);
    group.x[0] = x;
    for (uint32_t s = 0; s < STEPS; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        struct tw_support support = support_of(&group, 0);
        ck_assert_uint_eq(support.count, K);
        for (uint64_t n = 0; n < support.count; n++)
            counts[support.indices[n]]++;
    }
    double share = (double)K / D, chi2 = 0.0;
    for (int i = 0; i < D; i++)
        chi2 += pow(counts[i] - STEPS * share, 2.0);
    chi2 /= STEPS * share * (1.0 - share) * D / (D - 1.0);
    ck_assert_msg(chi2 < 80.6 && chi2 > 14.3, "chi2 %g of 39", chi2);
    group_close(&group);
}
END_TEST

/* Other tensors, repetitions and seeds draw other indices; ranks draw the same. */
START_TEST(test_keys)
{
    float x[2 * 1000] = {0};
    static struct group group, other;
    group_start(&group, "randk", TW_FP32, "ratio=0.1", 2, 5);
    add_tensor(&group, 10, 100, 0);
    add_tensor(&group, 10, 100, 0);
    group_open(&group, 1);
    group_start(&other, "randk", TW_FP32, "ratio=0.1", 2, 5);
    other.problem.repetition = 1;
    add_tensor(&other, 10, 100, 0);
    add_tensor(&other, 10, 100, 0);
    group_open(&other, 0);
    for (int r = 0; r < 2; r++)
        group.x[r] = other.x[r] = x;
    ck_assert_int_eq(group_step(&group, 3), TW_OK);
    ck_assert_int_eq(group_step(&other, 3), TW_OK);
    struct tw_support first = support_of(&group, 0), second = support_of(&group, 1);
    ck_assert_uint_eq(first.count, 200);
    ck_assert_mem_eq(first.indices, second.indices, 800);
    int alike = 0;
    for (int i = 0; i < 100; i++)
        alike += first.indices[i] + 1000 == first.indices[100 + i];
    ck_assert_int_lt(alike, 50);
    ck_assert(memcmp(first.indices, support_of(&other, 0).indices, 800) != 0);
    /* no index on the wire: 200 values */
    ck_assert_int_eq(group.request[0].kind, TW_SUM);
    ck_assert_uint_eq(group.request[0].count, 200);
    group_close(&group);
    group_close(&other);
}
END_TEST

/* scale=unbiased sends d/k times the values: 4 of 16, times 4. */
START_TEST(test_scale)
{
    double x[16];
    struct group group;
    group_start(&group, "randk", TW_FP64, "ratio=0.25 scale=unbiased", 1, 5);
    add_tensor(&group, 4, 4, 0);
    group_open(&group, 0);
    for (int i = 0; i < 16; i++)
        x[i] = i + 1.0;
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    struct tw_support support = support_of(&group, 0);
    for (uint64_t n = 0; n < support.count; n++) {
        uint32_t i = support.indices[n];
        ck_assert_double_eq(((double *)group.mean[0])[i], 4.0 * x[i]);
    }
    ck_assert_double_eq(group.ops->omega(&group.problem), 3.0);
    ck_assert_double_eq(group.ops->delta(&group.problem), -1.0);
    group_close(&group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("randk");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_inclusion);
    tcase_add_test(tcase, test_keys);
    tcase_add_test(tcase, test_scale);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
