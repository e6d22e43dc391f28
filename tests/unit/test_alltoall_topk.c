/* links: tw_base tw_compressors */
/* Top-K through an all-to-all: the mean of Top-K by another way, the bytes of both ways, and lists
 * that no rank can have sent. */
#include "compressor_cases.h"

#define D 1001

static void fill_all(struct group *group, int ranks, enum generator generator)
{
    for (int r = 0; r < ranks; r++) {
        group->x[r] = vector_of(group->precision, D);
        fill(group->x[r], generator, group->precision, D, r);
    }
}

/* Same choice, same order of addition, rounded as often: every bit of the mean and of own. */
static int differs_from_topk(const char *options, enum tw_precision precision,
                             enum generator generator, int ranks)
{
    struct group group, topk;
    int differences = 0;
    size_t bytes = D * tw_precision_B(precision);
    group_start(&group, "alltoall_topk", precision, options, ranks, SEED);
    add_tensors(&group, D);
    group_open(&group, 0);
    group_start(&topk, "topk", precision, "ratio=0.07", ranks, SEED);
    add_tensors(&topk, D);
    group_open(&topk, 0);
    fill_all(&group, ranks, generator);
    memcpy(topk.x, group.x, sizeof topk.x);
    if (group_step(&group, 3) != TW_OK || group_step(&topk, 3) != TW_OK)
        ck_abort_msg("a step fails");
    differences += memcmp(group.mean[0], topk.mean[0], bytes) != 0;
    for (int r = 0; r < ranks; r++) {
        differences += memcmp(group.own[r], topk.own[r], bytes) != 0;
        free(group.x[r]);
    }
    group_close(&topk);
    group_close(&group);
    return differences;
}

START_TEST(test_equals_topk)
{
    static const char *const options[] = {"ratio=0.07", "ratio=0.07 gather=dense",
                                          "ratio=0.07 gather=switch"};
    int differences = 0;
    for (int o = 0; o < 3; o++)
        for (int p = 0; p < 2; p++)
            for (int g = 0; g < GENERATORS; g++)
                for (int ranks = 1; ranks <= 13; ranks += 4)
                    differences += differs_from_topk(options[o], (enum tw_precision)p,
                                                     (enum generator)g, ranks);
    ck_assert_msg(differences == 0, "%d vectors differ, seed %u", differences, SEED);
}
END_TEST

static const float inputs[2][6] = {{9, 0, 0, 0, -8, 1}, {0, 2, 0, 7, 6, 0}};

static void start_small(struct group *group, float x[2][6], const char *options)
{
    group_start(group, "alltoall_topk", TW_FP32, options, 2, 1);
    add_tensor(group, 1, 6, 1);
    group_open(group, 1);
    memcpy(x, inputs, sizeof inputs);
    for (int r = 0; r < 2; r++)
        group->x[r] = x[r];
}

/* Six values, two ranks, k = 2: rank 0 sends {0} to slice 0…2 and {4} to slice 3…5, rank 1 sends
 * nothing and {3, 4}. A list is 4 + 8 B per entry. Slice 0 has one sum, slice 1 two (−8 + 6 meet):
 * sparse 12 and 20 B; dense 3·4 B each; switch min(12, 4 + 12) = 12 and min(20, 4 + 12) = 16. */
START_TEST(test_bytes)
{
    static const struct {
        const char *options;
        uint64_t sums[2];
    } cases[] = {{"ratio=0.34", {12, 20}},
                 {"ratio=0.34 gather=dense", {12, 12}},
                 {"ratio=0.34 gather=switch", {12, 16}}};
    static const uint64_t sent[2][2] = {{12, 12}, {4, 20}};
    static const float mean[6] = {4.5F, 0, 0, 3.5F, -1, 0};
    for (int c = 0; c < 3; c++) {
        float x[2][6];
        struct group group;
        start_small(&group, x, cases[c].options);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (int q = 0; q < 2; q++) {
            const uint64_t *starts = group.answers[0][q].starts;
            ck_assert_uint_eq(starts[1] - starts[0], sent[0][q]);
            ck_assert_uint_eq(starts[2] - starts[1], sent[1][q]);
            ck_assert_uint_eq(group.answer_starts[1][q + 1] - group.answer_starts[1][q],
                              cases[c].sums[q]);
            ck_assert_mem_eq(group.mean[q], mean, sizeof mean);
        }
        group_close(&group);
    }
}
END_TEST

static int wrong_phase;
static uint64_t wrong_at;
static uint32_t wrong_word;

/* A word of the first message of every answer. */
static void replace(int phase, struct tw_answer *answer)
{
    if (phase == wrong_phase && answer->count >= wrong_at + 4)
        memcpy((unsigned char *)answer->data + wrong_at, &wrong_word, sizeof wrong_word);
}

static tw_status replaced_step(struct group *group, int phase, uint64_t at, uint32_t word)
{
    wrong_phase = phase;
    wrong_at = at;
    wrong_word = word;
    group->spoil = replace;
    tw_status status = group_step(group, 0);
    group->spoil = NULL;
    return status;
}

/* Counts that are not the message's, indices of another slice, twice the same one. The first inbox
 * begins with rank 0's list {9 at 0}: count at 0, index at 8. */
START_TEST(test_foreign_lists)
{
    float x[2][6];
    struct group group;
    start_small(&group, x, "ratio=0.34");
    for (int phase = 0; phase < 2; phase++) {
        ck_assert_int_eq(replaced_step(&group, phase, 0, 0), TW_CORRUPT);
        ck_assert_int_eq(replaced_step(&group, phase, 0, 2), TW_CORRUPT);
        ck_assert_int_eq(replaced_step(&group, phase, 0, UINT32_MAX), TW_CORRUPT);
        ck_assert_int_eq(replaced_step(&group, phase, 8, 3), TW_CORRUPT);
        ck_assert_int_eq(replaced_step(&group, phase, 8, UINT32_MAX), TW_CORRUPT);
    }
    /* slice 1 of the gather, from byte 12: count, two values, indices 3 and 4 at 24 and 28 */
    ck_assert_int_eq(replaced_step(&group, 1, 24, 4), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 1, 28, 3), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 1, 28, 6), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 1, 28, 5), TW_OK);
    /* after a refusal nothing is left over in the sums */
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_float_eq(((float *)group.mean[0])[0], 4.5F);
    ck_assert_float_eq(((float *)group.mean[0])[4], -1.0F);
    group_close(&group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alltoall_topk");
    TCase *tcase = tcase_create("alltoall_topk");
    tcase_add_test(tcase, test_equals_topk);
    tcase_add_test(tcase, test_bytes);
    tcase_add_test(tcase, test_foreign_lists);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
