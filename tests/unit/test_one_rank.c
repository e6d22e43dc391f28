/* links: tw_base tw_compressors */
/* Ranks behind plain calls: two exchange by hand, and what cannot be opened is refused by name. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "one_rank.h"

#define D 8

/* randk's values are summed; with ratio 1 the mean is the mean. */
START_TEST(test_sum)
{
    static const float x[2][D] = {{1, 2, 3, 4, 5, 6, 7, 8}, {3, 0, 1, 0, 3, 0, 1, 0}};
    const struct tw_compressor *randk = tw_compressor_find("randk", TW_FP32);
    struct tw_one_rank *one[2];
    struct tw_request request[2];
    float sum[D], out[D], own[D] = {0};
    for (int r = 0; r < 2; r++) {
        one[r] = tw_one_rank_open(randk, "  ratio=1 ", 2, 4, 2, r, 20260101, NULL);
        ck_assert_ptr_nonnull(one[r]);
        ck_assert_int_eq(tw_one_rank_phases(one[r]), 1);
        tw_one_rank_begin(one[r], 3);
        ck_assert_int_eq(tw_one_rank_local(one[r], 0, x[r], NULL, &request[r]), TW_OK);
        ck_assert_uint_eq(request[r].count, D);
    }
    for (int i = 0; i < D; i++)
        sum[i] = ((const float *)request[0].data)[i] + ((const float *)request[1].data)[i];
    struct tw_answer answer = {TW_SUM, TW_ELEMENT_F32, 2, D, sum, NULL};
    for (int r = 0; r < 2; r++) {
        ck_assert_int_eq(tw_one_rank_digest(one[r], 0, &answer), TW_OK);
        tw_one_rank_mean(one[r], out);
        for (int i = 0; i < D; i++)
            ck_assert(out[i] == (x[0][i] + x[1][i]) / 2);
    }
    tw_one_rank_own(one[1], 2.0, own); /* own += 2·C(x₁), and C is the identity here */
    for (int i = 0; i < D; i++)
        ck_assert(own[i] == 2 * x[1][i]);
    answer.count = D - 1;
    ck_assert_int_eq(tw_one_rank_digest(one[0], 0, &answer), TW_CORRUPT);
    tw_one_rank_close(one[0]);
    tw_one_rank_close(one[1]);
    tw_one_rank_close(NULL);
}
END_TEST

static void refused(const char *member, const char *options, int rank, tw_status status,
                    const char *words)
{
    struct tw_err err = {0};
    const struct tw_compressor *ops = tw_compressor_find(member, TW_FP64);
    ck_assert_ptr_null(tw_one_rank_open(ops, options, 1, D, 2, rank, 1, &err));
    ck_assert_msg(err.status == status && strstr(err.text, words), "%s %s: status %d '%s'", member,
                  options ? options : "(none)", (int)err.status, err.text);
}

START_TEST(test_refusals)
{
    refused("topk", NULL, 0, TW_INPUT, "topk: option ratio is missing");
    refused("topk", "scope=bucket xratio=1", 0, TW_UNKNOWN, "xratio");
    refused("topk", "ratio", 0, TW_INPUT, "'ratio' is not name=value");
    refused("topk", "ratio=0.1 scope=bucket ratio=0.2", 0, TW_INPUT, "'ratio' is given twice");
    refused("topk", "ratio=2", 0, TW_RANGE, "ratio");
    refused("topk", "ratio=0.1", 2, TW_INTERNAL, "ranks 2 to 2 of 2");
    refused("gtopk", "ratio=0.1", 0, TW_REFUSED, "gtopk merges on the way");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("one rank");
    TCase *all = tcase_create("all");
    tcase_add_test(all, test_sum);
    tcase_add_test(all, test_refusals);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
