/* links: tw_base tw_compressors */
/* Majority vote: votes, ties, zeros; counted by all-reduce or from all messages. */
#include "coded_case.h"

/* Two of three; a tie of two and two is 0; +0 votes + and −0 votes −. */
START_TEST(test_votes)
{
    const double three[] = {5, -1, 0, -0.1, -2, -0.0, 7, 3, -0.0};
    const double four[] = {1, -1, -2, -1, 1, 3, -9, -1, 4, 9, -1, 5};
    for (int sum = 0; sum < 2; sum++) {
        struct group group;
        const char *options = sum ? "exchange=sum" : "";
        coded_open(&group, "majority", TW_FP32, options, 3, 3, three);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_double_eq(mean_at(&group, 0), 1);
        ck_assert_double_eq(mean_at(&group, 1), -1);
        ck_assert_double_eq(mean_at(&group, 2), -1);
        ck_assert_double_eq(own_of(&group, 1, 0), -1);
        coded_close(&group);
        coded_open(&group, "majority", TW_FP32, options, 4, 3, four);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_double_eq(mean_at(&group, 0), 0);  /* + − − + */
        ck_assert_double_eq(mean_at(&group, 1), -1); /* − + − − (value 1 of four ranks) */
        ck_assert_double_eq(mean_at(&group, 2), 1);
        coded_close(&group);
    }
}
END_TEST

/* Both ways of counting give the same bits, for every number of ranks and both scales. */
START_TEST(test_ways_agree)
{
    static double x[16 * 50];
    for (int i = 0; i < 16 * 50; i++)
        x[i] = (i * 7919 % 1009) / 100.0 - 5;
    for (int ranks = 1; ranks <= 16; ranks++)
        for (int mean = 0; mean < 2; mean++) {
            static struct group gather, sum;
            coded_open(&gather, "majority", TW_FP32, mean ? "scale=mean" : "", ranks, 50, x);
            coded_open(&sum, "majority", TW_FP32, mean ? "scale=mean exchange=sum" : "exchange=sum",
                       ranks, 50, x);
            ck_assert_int_eq(group_step(&gather, 0), TW_OK);
            ck_assert_int_eq(group_step(&sum, 0), TW_OK);
            ck_assert_int_eq(memcmp(gather.mean[0], sum.mean[0], 50 * sizeof(float)), 0);
            ck_assert_int_eq(memcmp(gather.own[0], sum.own[0], 50 * sizeof(float)), 0);
            coded_close(&gather);
            coded_close(&sum);
        }
}
END_TEST

/* scale=mean: magnitudes 2 and 4 (means of |1|, |3| and |−3|, |5|): ±3 where they agree. */
START_TEST(test_scale)
{
    const double x[] = {1, 3, -3, 5};
    struct group group;
    coded_open(&group, "majority", TW_FP64, "scale=mean", 2, 2, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(mean_at(&group, 0), 0);
    ck_assert_double_eq(mean_at(&group, 1), 3);
    ck_assert_double_eq(own_of(&group, 1, 0), -4);
    ck_assert_double_eq(group.ops->delta(&group.problem), 0.5);
    coded_close(&group);
}
END_TEST

/* 1000 bits are 125 bytes, with a scale 129. Counts 0 … 8 take 4 bits: 8 lanes a word; 0 … 3 take
 * 2: 16 lanes, 63 words. */
START_TEST(test_bytes)
{
    ck_assert_uint_eq(sent("majority", TW_FP32, "", 8, 1000), 125);
    ck_assert_uint_eq(sent("majority", TW_FP32, "scale=mean", 8, 1000), 129);
    ck_assert_uint_eq(sent("majority", TW_FP32, "exchange=sum", 8, 1000), 125);
    ck_assert_uint_eq(sent("majority", TW_FP32, "exchange=sum", 3, 1000), 63);
}
END_TEST

/* A fourth bit that no value uses; three votes of two ranks (lanes of 2 bits). */
START_TEST(test_damage)
{
    const double x[] = {1, -2, 3, -4, 5, 6};
    struct group group;
    coded_open(&group, "majority", TW_FP32, "", 2, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 1, 0x08), TW_CORRUPT);
    ck_assert_int_eq(step_with(&group, 1, NAN), TW_INPUT);
    coded_close(&group);
    coded_open(&group, "majority", TW_FP32, "exchange=sum", 2, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 0, 0x03), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 0, 0x40), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 0, 0x02), TW_OK);
    coded_close(&group);
}
END_TEST

RUN_TESTS("majority", test_votes, test_ways_agree, test_scale, test_bytes, test_damage)
