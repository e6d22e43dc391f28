/* links: tw_base tw_compressors */
/* The quantised reduce-scatter: two roundings by hand, whose they are, message sizes, damage. */
#include "compressor_cases.h"

static void start(struct group *group, const char *options, int ranks, uint64_t d)
{
    group_start(group, "quant_reduce", TW_FP64, options, ranks, 1);
    add_tensor(group, 1, d, 1);
    group_open(group, 1);
}

/* Two ranks, slices of 2, int4 both ways. Rank 0 sends {7, 2} exactly (M = 7) and {−14, 3}: 3/14·7
 * = 1.5 is a tie, to even 2, that is 4. Rank 1 sends {0, 0} and {7, 1}. Sums: {7, 2} and {−7, 5},
 * the second 5/7·7 = 5 exactly. So the mean is {3.5, 1, −3.5, 2.5}. Rank 0's own is C₁(x): {7, 2,
 * −14, 4}; rank 1's, the owner of the second slice, C₂(S) − (S − C₁) = {0, 0, 7, 1}. */
START_TEST(test_first_rounding)
{
    double x[2][4] = {{7, 2, -14, 3}, {0, 0, 7, 1}};
    static const double mean[4] = {3.5, 1, -3.5, 2.5};
    static const double own[2][4] = {{7, 2, -14, 4}, {0, 0, 7, 1}};
    struct group group;
    start(&group, "first=int4 second=int4", 2, 4);
    for (int r = 0; r < 2; r++)
        group.x[r] = x[r];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < 4; i++) {
            ck_assert_double_eq(((double *)group.mean[r])[i], mean[i]);
            ck_assert_double_eq(((double *)group.own[r])[i], own[r][i]);
        }
    group_close(&group);
}
END_TEST

/* The first stage exact, the second not: slice 1 is owned by rank 1, S = {14 + 0, 2 + 1} = {14, 3},
 * C₂(3) = 4 (a tie again). The owner's own is 1 + (4 − 3) = 2, and the average of own, (2 + 2)/2,
 * is the mean 4/2. */
START_TEST(test_second_rounding)
{
    double x[2][4] = {{0, 0, 14, 2}, {0, 0, 0, 1}};
    struct group group;
    start(&group, "first=int4 second=int4", 2, 4);
    for (int r = 0; r < 2; r++)
        group.x[r] = x[r];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (int r = 0; r < 2; r++) {
        ck_assert_double_eq(((double *)group.mean[r])[2], 7);
        ck_assert_double_eq(((double *)group.mean[r])[3], 2);
        ck_assert_double_eq(((double *)group.own[r])[3], 2);
    }
    group_close(&group);
}
END_TEST

/* d = 10 on 3 ranks: slices of 4 (2 values of fill), blocks of 3: 2 scales of 8 B; int8 4 B, int4
 * 2 B of codes. The fill is no value: rank 2 holds 8 and 9 alone. */
START_TEST(test_bytes)
{
    double x[3][10];
    struct group group;
    start(&group, "block=3", 3, 10);
    for (int r = 0; r < 3; r++) {
        for (int i = 0; i < 10; i++)
            x[r][i] = i == 9 ? 127 : 0;
        group.x[r] = x[r];
    }
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (int q = 0; q < 3; q++) {
        ck_assert_uint_eq(group.answers[0][q].count, 3 * (2 * 8 + 4));
        ck_assert_uint_eq(group.answer_starts[1][q + 1] - group.answer_starts[1][q], 2 * 8 + 2);
        ck_assert_double_eq(((double *)group.mean[q])[9], 127);
        ck_assert_double_eq(((double *)group.mean[q])[8], 0);
    }
    group_close(&group);
}
END_TEST

static int wrong_phase;
static uint64_t wrong_at;
static unsigned char wrong_byte;

static void replace(int phase, struct tw_answer *answer)
{
    if (phase == wrong_phase)
        ((unsigned char *)answer->data)[wrong_at] = wrong_byte;
}

static tw_status replaced_step(struct group *group, int phase, uint64_t at, unsigned char byte)
{
    wrong_phase = phase;
    wrong_at = at;
    wrong_byte = byte;
    group->spoil = replace;
    tw_status status = group_step(group, 0);
    group->spoil = NULL;
    return status;
}

/* One block of 3 values: a scale of 8 B, then 3 codes: int8 at 8, int4 in 1½ bytes from 8 on. Codes
 * above 2R, a negative and an infinite scale, bits behind the last code. */
START_TEST(test_damage)
{
    double x[2][6] = {{1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1}};
    struct group group;
    start(&group, "", 2, 6);
    for (int r = 0; r < 2; r++)
        group.x[r] = x[r];
    ck_assert_int_eq(replaced_step(&group, 0, 8, 255), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 0, 8, 254), TW_OK);
    ck_assert_int_eq(replaced_step(&group, 0, 7, 0xc0), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 0, 7, 0x7f), TW_OK); /* 3e306 or so, a magnitude */
    ck_assert_int_eq(replaced_step(&group, 1, 8, 0x0f), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 1, 8, 0xee), TW_OK);
    ck_assert_int_eq(replaced_step(&group, 1, 9, 0x17), TW_CORRUPT);
    ck_assert_int_eq(replaced_step(&group, 1, 7, 0xff), TW_CORRUPT);
    group_close(&group);
}
END_TEST

/* However many ranks round, the mean is off by one rounding of each stage: per value at most
 * M₁/(2·127) of every rank and M₂/(2·7)/N of the sum. Gaussian, d = 4096. */
START_TEST(test_two_roundings)
{
    for (int ranks = 2; ranks <= 16; ranks *= 2) {
        struct group group;
        start(&group, "block=64", ranks, 4096);
        for (int r = 0; r < ranks; r++) {
            group.x[r] = vector_of(TW_FP64, 4096);
            fill(group.x[r], GAUSSIAN, TW_FP64, 4096, r);
        }
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        double most = 0, sum_most = 0, off = 0;
        for (uint64_t i = 0; i < 4096; i++) {
            double sum = 0;
            for (int r = 0; r < ranks; r++) {
                sum += get(group.x[r], TW_FP64, i);
                most = fmax(most, fabs(get(group.x[r], TW_FP64, i)));
            }
            sum_most = fmax(sum_most, fabs(sum));
            off = fmax(off, fabs(get(group.mean[0], TW_FP64, i) - sum / ranks));
        }
        double first = most / 254;
        ck_assert_msg(off <= first + (sum_most / ranks + first) / 14,
                      "%d ranks: off by %g, seed %u", ranks, off, SEED);
        for (int r = 0; r < ranks; r++)
            free(group.x[r]);
        group_close(&group);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quant_reduce");
    TCase *tcase = tcase_create("quant_reduce");
    tcase_add_test(tcase, test_first_rounding);
    tcase_add_test(tcase, test_second_rounding);
    tcase_add_test(tcase, test_bytes);
    tcase_add_test(tcase, test_damage);
    tcase_add_test(tcase, test_two_roundings);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
