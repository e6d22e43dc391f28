/* links: tw_base tw_compressors */
/* Lists that are added on their way, with coded indices and rounded values: what they weigh, what
 * is refused, and that nothing is lost when a sum is rounded. */
#include "coded_case.h"

/* Bytes that rank r's message of a gather, or of what one of all ranks is sent, has. */
static uint64_t part_B(const struct tw_answer *answer, int r)
{
    return answer->starts[r + 1] - answer->starts[r];
}

/* Six values, two ranks, k = 2 of each: {0: 9, 4: −8} and {3: 7, 4: 6}; slices 0…2 and 3…5. */
static const double six[] = {9, 0, 0, 0, -8, 1, 0, 2, 0, 7, 6, 0};
static const double six_mean[] = {4.5, 0, 0, 3.5, -1, 0};

/* A list is a count of 4 B, values of 4 or 2 B, and the indices. A bitmap of 3 values is 1 B, also
 * of none. Rice: 1 of 3 has q = 2/3, above .618, so R = 1: the gap 0 or 1 is a one and a low bit, 1
 * B; 2 of 3 has R = 0: gaps 0 and 0 are two ones, 1 B; none is 0 B. u64 is 8 B each. Slice 1 as a
 * whole is 3 values, of fp16 6 B: 4 + 6 is not below the 9 B of the list, and 4 + 12 is of the 24 B
 * with u64. */
static const struct {
    const char *options;
    uint64_t sent[2][2], sums[2]; /* [rank][slice] */
} slices[] = {{"ratio=0.34 index=bitmap values=fp16", {{7, 7}, {5, 9}}, {7, 9}},
              {"ratio=0.34 index=rice", {{9, 9}, {4, 13}}, {9, 13}},
              {"ratio=0.34 index=u64 gather=switch", {{16, 16}, {4, 28}}, {16, 16}},
              {"ratio=0.34 index=bitmap values=bf16 gather=switch", {{7, 7}, {5, 9}}, {7, 9}},
              {"ratio=0.34 index=rice values=fp16 gather=dense", {{7, 7}, {4, 9}}, {6, 6}}};

START_TEST(test_bytes_of_slices)
{
    for (size_t c = 0; c < sizeof slices / sizeof *slices; c++) {
        struct group group;
        int wrong = 0;
        coded_open(&group, "alltoall_topk", TW_FP32, slices[c].options, 2, 6, six);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (int q = 0; q < 2; q++) {
            for (int r = 0; r < 2; r++)
                wrong += part_B(&group.answers[0][q], r) != slices[c].sent[r][q];
            wrong += group.answer_starts[1][q + 1] - group.answer_starts[1][q] != slices[c].sums[q];
        }
        for (uint64_t i = 0; i < 6; i++)
            wrong += mean_at(&group, i) != six_mean[i];
        ck_assert_msg(wrong == 0, "%s: %d wrong", slices[c].options, wrong);
        coded_close(&group);
    }
}
END_TEST

/* Ok-Topk on the same: L as above, boundaries at (4 + 4)/2 = 4: slices 0…3 and 4…5. Sums 9, 7 and
 * −2; the second largest is 7. Lists of fp16 with bitmaps of 4 and 2 values, 1 B each: rank 0 sends
 * 4 + 2 + 1 to either owner, rank 1 as much; gathered sums 4 + 2·2 and 4 + 2; the result 4 + 2·2 +
 * 1 and, empty, 4 + 1. −8 and 6 stay with their ranks. */
START_TEST(test_bytes_of_oktopk)
{
    static const uint64_t sums_B[] = {8, 6}, result_B[] = {9, 5};
    static const double mean[] = {4.5, 0, 0, 3.5, 0, 0};
    struct group group;
    int wrong = 0;
    coded_open(&group, "oktopk", TW_FP32, "ratio=0.34 index=bitmap values=fp16", 2, 6, six);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (int q = 0; q < 2; q++) {
        for (int r = 0; r < 2; r++)
            wrong += part_B(&group.answers[1][q], r) != 7;
        wrong += part_B(&group.answers[2][0], q) != sums_B[q];
        wrong += part_B(&group.answers[3][0], q) != result_B[q];
    }
    for (uint64_t i = 0; i < 6; i++)
        wrong += mean_at(&group, i) != mean[i] ||
                 own_of(&group, 0, i) + own_of(&group, 1, i) != 2 * mean[i];
    ck_assert_int_eq(wrong, 0);
    coded_close(&group);
}
END_TEST

/* A merge of the two lists: {0: 9, 3: 7, 4: −2}. gTop-K sends 2·2 + 1 B of fp16 under a bitmap of 6
 * values and again as much of the result {9, 7}; 2·8 + 2·4 with u64. SparCML's switch: 4 entries of
 * 4 B and 1 B are 17 < 24, so the result is a list, 4 + 3·4 + 1; without coding 4·8 ≥ 24 made it
 * dense, 4 + 24; 4 entries of 2 B and 8 B are more than 6·2, so 4 + 12. */
static const struct {
    const char *member, *options;
    uint64_t result_B;
    double mean4;
} merges[] = {{"gtopk", "ratio=0.34 index=bitmap values=fp16", 5, 0},
              {"gtopk", "ratio=0.34 index=u64", 24, 0},
              {"sparcml", "ratio=0.34 index=bitmap", 17, -1},
              {"sparcml", "ratio=0.34", 28, -1},
              {"sparcml", "ratio=0.34 index=u64 values=bf16", 16, -1},
              {"sparcml", "ratio=0.34 index=u64 values=bf16 dense=never", 34, -1}};

START_TEST(test_bytes_of_merges)
{
    for (size_t c = 0; c < sizeof merges / sizeof *merges; c++) {
        struct group group;
        coded_open(&group, merges[c].member, TW_FP32, merges[c].options, 2, 6, six);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        int wrong = group.answers[0][0].count != merges[c].result_B;
        wrong += mean_at(&group, 0) != 4.5 || mean_at(&group, 3) != 3.5;
        wrong += mean_at(&group, 4) != merges[c].mean4 || mean_at(&group, 5) != 0;
        ck_assert_msg(wrong == 0, "%s [%s]: %d wrong, %llu B", merges[c].member, merges[c].options,
                      wrong, (unsigned long long)group.answers[0][0].count);
        coded_close(&group);
    }
}
END_TEST

/* All kept, two ranks. fp16 is fine to 2 from 2048 on: 2048 + 1 lies between 2048 and 2050 and goes
 * to the even 2048; 40000 + 40000 is beyond 65504. The mean has half of what travels, and what does
 * not travel is with one rank: C(x_0) + C(x_1) = 2·mean to the bit. */
static const char *const adding[][2] = {{"alltoall_topk", "ratio=1 values=fp16"},
                                        {"alltoall_topk", "ratio=1 values=fp16 gather=dense"},
                                        {"oktopk", "ratio=1 values=fp16 index=rice"},
                                        {"gtopk", "ratio=1 values=fp16 index=bitmap"},
                                        {"sparcml", "ratio=1 values=fp16"},
                                        {"sparcml", "ratio=1 values=fp16 dense=never index=rice"}};

START_TEST(test_nothing_is_lost)
{
    static const double x[] = {2048, 40000, 1, 40000}, mean[] = {1024, 32752};
    for (size_t c = 0; c < sizeof adding / sizeof *adding; c++)
        for (int p = 0; p < 2; p++) {
            struct group group;
            int wrong = 0;
            coded_open(&group, adding[c][0], (enum tw_precision)p, adding[c][1], 2, 2, x);
            ck_assert_int_eq(group_step(&group, 0), TW_OK);
            for (uint64_t i = 0; i < 2; i++)
                wrong += mean_at(&group, i) != mean[i] ||
                         own_of(&group, 0, i) + own_of(&group, 1, i) != 2 * mean[i];
            ck_assert_msg(wrong == 0, "%s [%s]: %d wrong", adding[c][0], adding[c][1], wrong);
            coded_close(&group);
        }
}
END_TEST

/* Three ranks, k = 1 of 7, slices 0…1, 2…3, 4…6. At 2 meet 2048 and 1, whose sum goes to 2048; the
 * owner, rank 1, sent nothing there (its value is at 0): its C(x) there is −1, and its support says
 * so. */
START_TEST(test_support_of_owners)
{
    static const double x[3 * 7] = {[2] = 2048, [7] = 4, [14 + 2] = 1}, at2[] = {2048, -1, 1};
    struct group group;
    coded_open(&group, "alltoall_topk", TW_FP32, "ratio=0.143 values=fp16", 3, 7, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(mean_at(&group, 2), (double)(2048.0F / 3.0F));
    for (int r = 0; r < 3; r++)
        ck_assert_double_eq(own_of(&group, r, 2), at2[r]);
    ck_assert_uint_eq(support_of(&group, 0).count, 1);
    ck_assert_uint_eq(support_of(&group, 1).count, 2);
    ck_assert_uint_eq(support_of(&group, 1).indices[0], 0);
    ck_assert_uint_eq(support_of(&group, 1).indices[1], 2);
    coded_close(&group);
}
END_TEST

/* δ is k/d without rounding, k/d·(1 − 2^-16) of a single rank's bf16, and nothing of several's or
 * of fp16. Rice-coded lists have no plan. */
START_TEST(test_claims)
{
    static const struct {
        const char *options;
        int ranks;
        double delta;
    } cases[] = {{"ratio=0.1 index=rice", 3, 0.1},
                 {"ratio=0.1 values=bf16", 1, 0.1 * (1 - 0x1p-16)},
                 {"ratio=0.1 values=bf16", 3, -1},
                 {"ratio=0.1 values=fp16", 1, -1}};
    static const char *const members[] = {"alltoall_topk", "sparcml"};
    for (int m = 0; m < 2; m++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            struct group group;
            group_start(&group, members[m], TW_FP32, cases[c].options, cases[c].ranks, 1);
            add_tensor(&group, 1, 1000, 1);
            ck_assert_double_eq_tol(group.ops->delta(&group.problem), cases[c].delta, 1e-15);
        }
}
END_TEST

/* Rice-coded lists have no plan; a bitmap of 1000 values is 125 B. */
START_TEST(test_plans)
{
    static struct group group; /* too large for the stack, with those of sent() */
    struct tw_plan plan = {0};
    group_start(&group, "gtopk", TW_FP32, "ratio=0.1 index=rice", 2, 1);
    add_tensor(&group, 1, 1000, 1);
    ck_assert_int_eq(group.ops->plan(&group.problem, &plan), TW_REFUSED);
    tw_plan_free(&plan);
    ck_assert_uint_eq(sent("gtopk", TW_FP32, "ratio=0.1", 2, 1000), 100 * 8);
    ck_assert_uint_eq(sent("gtopk", TW_FP32, "ratio=0.1 index=bitmap values=bf16", 2, 1000),
                      100 * 2 + 125);
}
END_TEST

RUN_TESTS("coded lists", test_bytes_of_slices, test_bytes_of_oktopk, test_bytes_of_merges,
          test_nothing_is_lost, test_support_of_owners, test_claims, test_plans)
