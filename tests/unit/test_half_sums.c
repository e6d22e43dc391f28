/* links: tw_base tw_compressors */
/* Values that are summed in two bytes at a support that all ranks share. */
#include "coded_case.h"

static const char *const shared[] = {"randk", "leader_topk", "random_block", "chunk_norm",
                                     "arctopk"};
#define SHARED (sizeof shared / sizeof *shared)

/* The last SUM of every such member has elements of two bytes, as many as of four without: 1000
 * values, 10 % kept. As one row of 1000 values the members of rows keep it whole. */
START_TEST(test_elements)
{
    static const char *const options[] = {"ratio=0.1", "ratio=0.1 values=fp16",
                                          "ratio=0.1 values=bf16"};
    static const enum tw_element elements[] = {TW_ELEMENT_F32, TW_ELEMENT_F16, TW_ELEMENT_BF16};
    for (size_t m = 0; m < SHARED; m++)
        for (int o = 0; o < 3; o++) {
            struct group group;
            struct tw_plan plan = {0};
            group_start(&group, shared[m], TW_FP32, options[o], 4, 1);
            add_tensor(&group, 1, 1000, 1);
            ck_assert_int_eq(group.ops->plan(&group.problem, &plan), TW_OK);
            const struct tw_plan_phase *last = &plan.phases[plan.phase_count - 1];
            ck_assert_int_eq(last->kind, TW_SUM);
            ck_assert_int_eq(last->element, elements[o]);
            ck_assert_uint_eq(last->count, m < 2 ? 100 : 1000);
            tw_plan_free(&plan);
        }
}
END_TEST

/* One vector of 4 values, all kept, on two ranks. fp16 is fine to 2^-10 near 1 and to 32 near
 * 65504: 1 + 2^-11 is sent as 1, and its half of a place stays with the rank; 1 + 1 = 2; 70000 is
 * sent as 65504, and 65504 − 65504 = 0;  40000 twice is no number of the type: ∞; 2^-25 is sent as
 * 0, and 2^-24 + 0 = 2^-24, half of it the mean. */
START_TEST(test_values)
{
    const double x[] = {1 + 0x1p-11, 70000, 40000, 0x1p-24, 1, -65504, 40000, 0x1p-25};
    const double sent[] = {1, 65504, 40000, 0x1p-24, 1, -65504, 40000, 0};
    const double mean[] = {1, 0, INFINITY, 0x1p-25};
    for (size_t m = 0; m < SHARED; m++) {
        struct group group;
        coded_open(&group, shared[m], TW_FP32, "ratio=1 values=fp16", 2, 4, x);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        int wrong = 0;
        for (uint64_t i = 0; i < 4; i++)
            wrong += own_of(&group, 0, i) != sent[i] || own_of(&group, 1, i) != sent[4 + i] ||
                     mean_at(&group, i) != mean[i];
        ck_assert_msg(wrong == 0, "%s: %d wrong", shared[m], wrong);
        double left =
            group.ops->try_alone(group.instance[0].shared, group.instance[0].own[0], group.x[0]);
        ck_assert_double_eq_tol(left, 0x1p-22 + 4496.0 * 4496.0, 1e-6);
        ck_assert_double_eq(group.ops->delta(&group.problem), -1.0);
        coded_close(&group);
    }
}
END_TEST

/* bf16: δ = share·(1 − 2^-16) where the share is proven: of randk k/d = 0.1, of random_block one
 * row of one, of a single rank's leader k/d. */
START_TEST(test_delta)
{
    static const double least[] = {0.1, 0.1, 1, 1, 1};
    for (size_t m = 0; m < SHARED; m++) {
        struct group group;
        group_start(&group, shared[m], TW_FP32, "ratio=0.1 values=bf16", 1, 1);
        add_tensor(&group, 1, 1000, 1);
        ck_assert_double_eq_tol(group.ops->delta(&group.problem), least[m] * (1 - 0x1p-16), 1e-15);
    }
}
END_TEST

RUN_TESTS("sums in two bytes", test_elements, test_values, test_delta)
