/* links: tw_base tw_compressors */
/* Ok-Topk: a step by hand, what is used again and when, balance, volume, damage. */
#include "compressor_cases.h"

#define D 8

static const float inputs[2][D] = {{9, -8, 1, 0, 0, 0, 2, 0}, {0, 7, 0, 0, 5, 1, 0, 0}};

static void start(struct group *group, float x[2][D], const char *options)
{
    group_start(group, "oktopk", TW_FP32, options, 2, 1);
    add_tensor(group, 1, D, 1);
    group_open(group, 1);
    memcpy(x, inputs, sizeof inputs);
    for (int r = 0; r < 2; r++)
        group->x[r] = x[r];
}

static uint64_t message_B(const struct tw_answer *answer, int r)
{
    return answer->starts[r + 1] - answer->starts[r];
}

/* k = 2: thresholds 8 and 5, L = {0, 1} and {1, 4}; their second halves begin at 1 and 4, so the
 * slices are 0…1 and 2…7 (⌊5/2⌋ = 2). Sums 9, −8 + 7 = −1 and 5; the second largest is 5, so
 * G = {0, 4}: −8 and 7 stay with their ranks. A list is 4 + 8 B per entry, sums 4 + 4 B each. */
START_TEST(test_by_hand)
{
    static const float mean[D] = {4.5F, 0, 0, 0, 2.5F, 0, 0, 0};
    static const float own[2][D] = {{9, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 5, 0, 0, 0}};
    static const uint64_t split_B[2][2] = {{20, 4}, {12, 12}};
    static const uint64_t sums_B[2] = {12, 8}, result_B[2] = {12, 12};
    float x[2][D];
    struct group group;
    start(&group, x, "ratio=0.25");
    ck_assert_int_eq(group_step(&group, 5), TW_OK);
    ck_assert_uint_eq(group.request[0].count, 1);
    ck_assert_uint_eq(((const uint64_t *)group.answer_data[0])[0], 1 + 4);
    for (int q = 0; q < 2; q++) {
        for (int r = 0; r < 2; r++)
            ck_assert_uint_eq(message_B(&group.answers[1][q], r), split_B[r][q]);
        ck_assert_uint_eq(message_B(&group.answers[2][0], q), sums_B[q]);
        ck_assert_uint_eq(message_B(&group.answers[3][0], q), result_B[q]);
        ck_assert_mem_eq(group.mean[q], mean, sizeof mean);
        ck_assert_mem_eq(group.own[q], own[q], sizeof own[q]);
        ck_assert_uint_eq(support_of(&group, q).count, 1);
        ck_assert_uint_eq(support_of(&group, q).indices[0], q == 0 ? 0 : 4);
    }
    group_close(&group);
}
END_TEST

static void halve(float x[2][D])
{
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < D; i++)
            x[r][i] /= 2;
}

/* Thresholds every 2 steps, boundaries every 3; from step 10 on. Half of x is below both ranks'
 * thresholds: in step 11 nothing is sent; in step 12 thresholds are found anew. A step that does
 * not follow finds everything anew. */
START_TEST(test_used_again)
{
    static const struct {
        uint32_t step;
        int boundaries, sums;
        float mean0;
    } steps[] = {{10, 1, 1, 4.5F},  {11, 0, 0, 0},     {12, 0, 1, 2.25F},
                 {13, 1, 0, 2.25F}, {14, 0, 1, 2.25F}, {20, 1, 1, 2.25F}};
    float x[2][D];
    struct group group;
    start(&group, x, "ratio=0.25 thresholds=2 boundaries=3");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        ck_assert_int_eq(group_step(&group, steps[i].step), TW_OK);
        ck_assert_uint_eq(group.request[0].count, (unsigned)steps[i].boundaries);
        ck_assert_int_eq(group.answers[2][0].count > 0, steps[i].sums);
        ck_assert_float_eq(((float *)group.mean[1])[0], steps[i].mean0);
        if (i == 0)
            halve(x);
    }
    group_close(&group);
}
END_TEST

#define LONG 20000
#define RANKS 8

/* Large values in the first tenth of the vector alone: even slices would send all 8k entries to
 * one owner. With boundaries that cut every rank's choice into equal parts, all ranks drawing from
 * the same law, an owner takes k on average and 1.5 k at most (the binomial's deviation is
 * √(8k/8·7/8) = 13 of k = 200, so this is 7 of them). In all, entries into the all-to-all and out
 * of the all-gather are below the paper's 6k(N − 1)/N words, two to an entry. */
START_TEST(test_balance_and_volume)
{
    struct group group;
    uint64_t k = LONG / 100;
    group_start(&group, "oktopk", TW_FP32, "ratio=0.01", RANKS, SEED);
    add_tensor(&group, 1, LONG, 1);
    group_open(&group, 0);
    for (int r = 0; r < RANKS; r++) {
        group.x[r] = vector_of(TW_FP32, LONG);
        fill(group.x[r], GAUSSIAN, TW_FP32, LONG, r);
        for (uint64_t i = LONG / 10; i < LONG; i++)
            set(group.x[r], TW_FP32, i, 0.001 * get(group.x[r], TW_FP32, i));
    }
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    uint64_t result = (group.answers[3][0].count - 4 * RANKS) / 8;
    ck_assert_uint_eq(result, k);
    for (int q = 0; q < RANKS; q++) {
        uint64_t in = (group.answers[1][q].count - 4 * RANKS) / 8;
        uint64_t own = (message_B(&group.answers[1][q], q) - 4) / 8;
        uint64_t given = (message_B(&group.answers[3][0], q) - 4) / 8;
        ck_assert_msg(2 * in <= 3 * k, "owner %d takes %llu entries, seed %u", q,
                      (unsigned long long)in, SEED);
        ck_assert_uint_lt(RANKS * (in - own + result - given), 3 * k * (RANKS - 1));
    }
    for (int r = 0; r < RANKS; r++)
        free(group.x[r]);
    group_close(&group);
}
END_TEST

static int wrong_phase;
static uint64_t wrong_at, wrong_B, wrong_word;

static void replace(int phase, struct tw_answer *answer)
{
    if (phase == wrong_phase)
        memcpy((unsigned char *)answer->data + wrong_at, &wrong_word, wrong_B);
}

static tw_status replaced_step(struct group *group, int phase, uint64_t at, uint64_t bytes,
                               uint64_t word)
{
    wrong_phase = phase;
    wrong_at = at;
    wrong_B = bytes;
    wrong_word = word;
    group->spoil = replace;
    tw_status status = group_step(group, 0);
    group->spoil = NULL;
    return status;
}

/* A boundary behind the bucket; entries that the moved slices do not hold; counts that are not the
 * message's; an index of another slice; an infinite sum, of which there is no k-th largest. */
START_TEST(test_damage)
{
    float x[2][D];
    struct group group;
    start(&group, x, "ratio=0.25");
    ck_assert_int_eq(replaced_step(&group, 0, 0, 8, 2 * (D + 1)), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 0, 0, 8, 2 * D), TW_OK);
    ck_assert_int_eq(replaced_step(&group, 1, 0, 4, 1), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 1, 12, 4, 2), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 2, 0, 4, 1), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 2, 4, 4, 0x7f800000), TW_INPUT);
    ck_assert_int_eq(replaced_step(&group, 3, 0, 4, 0), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 3, 8, 4, 2), TW_CORRUPT);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_float_eq(((float *)group.mean[0])[0], 4.5F);
    group_close(&group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oktopk");
    TCase *tcase = tcase_create("oktopk");
    tcase_add_test(tcase, test_by_hand);
    tcase_add_test(tcase, test_used_again);
    tcase_add_test(tcase, test_balance_and_volume);
    tcase_add_test(tcase, test_damage);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
