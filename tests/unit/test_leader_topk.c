/* links: tw_base tw_compressors */
/* Leader's Top-K: whose turn it is, what the others send, and indices that nobody chose. */
#include "compressor_rig.h"

#define D 6

static const float inputs[2][D] = {{1, -9, 2, 8, 0, 3}, {7, 1, -6, 2, 4, 5}};

static void start(struct group *group, float x[2][D], const char *options)
{
    group_start(group, "leader_topk", TW_FP32, options, 2, 1);
    add_tensor(group, 1, 4, 1);
    add_tensor(group, 1, 2, 1);
    group_open(group, 1);
    memcpy(x, inputs, sizeof inputs);
    for (int r = 0; r < 2; r++)
        group->x[r] = x[r];
}

/* Of the tensors {0…3} and {4, 5} with ratio 0.5 two and one index are kept. In step 0 rank 0
 * leads: its largest are 1, 3 and 5; in step 1 rank 1: 0, 2 and 5. The mean of the two ranks'
 * values there, by hand. 4·3 B of indices and 4·3 B of values. */
START_TEST(test_turns)
{
    static const uint32_t indices[2][3] = {{1, 3, 5}, {0, 2, 5}};
    static const float means[2][D] = {{0, -4, 0, 5, 0, 4}, {4, 0, -2, 0, 0, 4}};
    float x[2][D];
    struct group group;
    start(&group, x, "ratio=0.5");
    for (uint32_t step = 0; step < 4; step++) {
        ck_assert_int_eq(group_step(&group, step), TW_OK);
        ck_assert_int_eq(group.request[0].root, (int)(step % 2));
        ck_assert_uint_eq(group.request[0].count, 3);
        ck_assert_uint_eq(group.request[1].count, 3);
        for (int r = 0; r < 2; r++) {
            ck_assert_mem_eq(group.mean[r], means[step % 2], sizeof means[0]);
            ck_assert_mem_eq(support_of(&group, r).indices, indices[step % 2], sizeof indices[0]);
            for (int i = 0; i < D; i++)
                ck_assert_float_eq(((float *)group.own[r])[i],
                                   means[step % 2][i] == 0 ? 0 : x[r][i]);
        }
    }
    group_close(&group);
}
END_TEST

static uint32_t wrong[3];

static void replace(int phase, struct tw_answer *answer)
{
    if (phase == 0)
        memcpy((uint32_t *)answer->data, wrong, sizeof wrong);
}

/* Indices must ascend inside their tensor: two of 0…3, one of 4 and 5. */
START_TEST(test_foreign_indices)
{
    static const uint32_t tried[][3] = {{1, 1, 5}, {3, 1, 5}, {1, 4, 5},
                                        {1, 3, 3}, {1, 3, 6}, {1, 3, UINT32_MAX}};
    float x[2][D];
    struct group group;
    start(&group, x, "ratio=0.5");
    group.spoil = replace;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        memcpy(wrong, tried[i], sizeof wrong);
        ck_assert_int_eq(group_step(&group, 0), TW_CORRUPT);
    }
    memcpy(wrong, (uint32_t[]){0, 1, 4}, sizeof wrong);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    group_close(&group);
}
END_TEST

/* Only the leader's choice looks at every value: its NaN refuses, another's shows where it is kept.
 */
START_TEST(test_not_finite)
{
    float x[2][D];
    struct group group;
    start(&group, x, "ratio=0.5");
    x[1][3] = NAN;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert(isnan(((float *)group.mean[0])[3]));
    ck_assert_int_eq(group_step(&group, 1), TW_INPUT);
    group_close(&group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leader_topk");
    TCase *tcase = tcase_create("leader_topk");
    tcase_add_test(tcase, test_turns);
    tcase_add_test(tcase, test_foreign_indices);
    tcase_add_test(tcase, test_not_finite);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
