/* links: tw_base tw_compressors */
/* SparCML: where the sum of lists turns dense, the bytes of either, and that nothing is lost. */
#include "compressor_cases.h"

enum { D = 16 };

/* Rank r has r + 1 at `each` places from first[r] on. */
static void open_places(struct group *group, const char *options, int ranks, const int *first,
                        int each, float x[][D])
{
    group_start(group, "sparcml", TW_FP32, options, ranks, SEED);
    add_tensor(group, 1, D, 1);
    group_open(group, 0);
    for (int r = 0; r < ranks; r++) {
        for (int i = 0; i < each; i++)
            x[r][first[r] + i] = (float)(r + 1);
        group->x[r] = x[r];
    }
}

/* fp32, d = 16: lists turn dense from (n_a + n_b)·8 ≥ 64 on, that is from 8 entries, whether or not
 * they share indices. k = 3: 6 entries stay a list of 4 + 8·6 = 52 bytes (or 28 where all meet).
 * k = 4: 8 entries are the dense 4 + 4·16 = 68, though the list would be 4 + 8·4 = 36. */
START_TEST(switches_where_the_paper_does)
{
    static const struct {
        const char *options;
        int each, second;
        uint64_t bytes;
    } rows[] = {
        {"ratio=0.1875", 3, 8, 52}, /* 3/16 */
        {"ratio=0.1875", 3, 0, 28},           {"ratio=0.25", 4, 8, 68}, {"ratio=0.25", 4, 0, 68},
        {"ratio=0.25 dense=never", 4, 8, 68}, /* 4 + 8·8, by chance as long */
        {"ratio=0.25 dense=never", 4, 0, 36}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct group group;
        float x[2][D] = {{0}};
        const int first[] = {0, rows[i].second};
        open_places(&group, rows[i].options, 2, first, rows[i].each, x);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_uint_eq(group.request[0].count, 4 + 8 * (uint64_t)rows[i].each);
        ck_assert_msg(group.answers[0][0].count == rows[i].bytes, "row %zu: %d bytes", i,
                      (int)group.answers[0][0].count);
        for (int k = 0; k < D; k++) /* sums of small whole numbers, halved: exact */
            ck_assert(((float *)group.mean[0])[k] == (x[0][k] + x[1][k]) / 2);
        group_close(&group);
    }
}
END_TEST

/* Four ranks, k = 2: 4 entries, then 8: the second merge is dense, and a third (of five ranks) adds
 * a list to a dense vector. All is exact. */
START_TEST(dense_and_sparse_are_added)
{
    struct group group;
    float x[5][D] = {{0}};
    static const int first[] = {0, 2, 4, 6, 7};
    open_places(&group, "ratio=0.125", 5, first, 2, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_uint_eq(group.answers[0][0].count, 68);
    for (int k = 0; k < D; k++) {
        float sum = x[0][k] + x[1][k] + x[2][k] + x[3][k] + x[4][k];
        ck_assert(((float *)group.mean[0])[k] == sum / 5);
    }
    group_close(&group);
}
END_TEST

/* The exact mean of the ranks' Top-K, whatever the switch: `topk` adds in double and rounds once,
 * merges round to float (2^-24) up to three times, so each value is within 2^-21 of the sizes. */
START_TEST(mean_is_that_of_topk)
{
    static const char *const options[] = {"ratio=0.1", "ratio=0.3", "ratio=0.3 dense=never"};
    for (int o = 0; o < 3; o++) {
        static struct group merged, gathered; /* large for a stack */
        void *x[8];
        char plain[16];
        snprintf(plain, sizeof plain, "%.9s", options[o]);
        group_start(&merged, "sparcml", TW_FP32, options[o], 8, SEED);
        group_start(&gathered, "topk", TW_FP32, plain, 8, SEED);
        add_tensors(&merged, 1000);
        add_tensors(&gathered, 1000);
        group_open(&merged, 0);
        group_open(&gathered, 0);
        for (int r = 0; r < 8; r++) {
            x[r] = vector_of(TW_FP32, 1000);
            fill(x[r], STUDENT2, TW_FP32, 1000, r);
            merged.x[r] = gathered.x[r] = x[r];
        }
        ck_assert_int_eq(group_step(&merged, 0), TW_OK);
        ck_assert_int_eq(group_step(&gathered, 0), TW_OK);
        int wrong = 0;
        for (uint64_t i = 0; i < 1000; i++) {
            double size = 0;
            for (int r = 0; r < 8; r++)
                size += fabs(get(merged.own[r], TW_FP32, i)) / 8;
            wrong += fabs(get(merged.mean[0], TW_FP32, i) - get(gathered.mean[0], TW_FP32, i)) >
                     0x1p-21 * size;
        }
        ck_assert_msg(wrong == 0, "%s: %d values, seed %u", options[o], wrong, SEED);
        group_close(&merged);
        group_close(&gathered);
        for (int r = 0; r < 8; r++)
            free(x[r]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sparcml");
    TCase *tcase = tcase_create("sparcml");
    tcase_add_test(tcase, switches_where_the_paper_does);
    tcase_add_test(tcase, dense_and_sparse_are_added);
    tcase_add_test(tcase, mean_is_that_of_topk);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
