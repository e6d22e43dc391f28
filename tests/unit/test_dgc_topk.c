/* links: tw_base tw_compressors */
/* DGC's selection: never more than k, nearly k, and what is done with an excess. */
#include "threshold_case.h"

#define D (1U << 16)

/* 1 % of 2^16 normal numbers: the sample has 656 values or more, its threshold keeps k give or take
 * 1/√(.01·656) = 39 %; below 0.8 k it is lowered, and between 0.8 and 1 it stands. Above k exactly
 * the k largest are sent. Ten draws: both happen, so draws differ. */
START_TEST(test_counts)
{
    struct group dgc, top;
    float *x = numbers(draw_normal, D, 1);
    uint64_t k = D / 100, full = 0, first = 0, different = 0;
    open_flat(&dgc, "dgc_topk", TW_FP32, "ratio=0.01", 2, D);
    open_flat(&top, "topk", TW_FP32, "ratio=0.01", 1, D);
    dgc.x[0] = dgc.x[1] = top.x[0] = x;
    ck_assert_int_eq(group_step(&top, 0), TW_OK);
    for (uint32_t step = 0; step < 10; step++) {
        ck_assert_int_eq(group_step(&dgc, step), TW_OK);
        struct tw_support sent = support_of(&dgc, 0), best = support_of(&top, 0);
        ck_assert_uint_le(sent.count, k);
        ck_assert_uint_ge(sent.count, (uint64_t)(0.8 * (double)k));
        full += sent.count == k;
        if (sent.count == k)
            ck_assert_mem_eq(sent.indices, best.indices, 4 * k);
        /* fewer than k above a threshold are among the k largest */
        for (uint64_t i = 0, b = 0; i < sent.count; i++) {
            while (b < k && best.indices[b] < sent.indices[i])
                b++;
            ck_assert(b < k && best.indices[b] == sent.indices[i]);
        }
        different += step > 0 && sent.count != first;
        first = step == 0 ? sent.count : first;
        different += support_of(&dgc, 1).count != sent.count;
    }
    ck_assert_msg(full > 0 && full < 10, "seed %u: %d of 10 full", SEED, (int)full);
    ck_assert_uint_gt(different, 0);
    group_close(&dgc);
    group_close(&top);
    free(x);
}
END_TEST

/* Ten values, ratio .4: 2/ρ = 5 values at least are sampled, of stride 32·⌈10/160⌉ + 1 = 33, less 8
 * until 10/stride reaches 5: 25, 17, 9, 1: all ten are the sample, so t is their 4th largest, k
 * = 4. With ties at t six values pass: more than 1.3·4, the four largest go, lower indices first.
 * Without: exactly four. truncate: five pass (≤ 5.2), the first four of them go. */
START_TEST(test_excess)
{
    float ties[10] = {5, 1, 5, 5, 9, 1, 5, 5, 1, 1};
    float five[10] = {5, 1, 5, 1, 1, 5, 1, 5, 9, 1};
    static const uint32_t by_size[] = {0, 2, 3, 4}, largest[] = {0, 2, 5, 8};
    static const uint32_t in_order[] = {0, 2, 5, 7};
    const struct {
        float *x;
        const char *options;
        const uint32_t *expected;
    } rows[] = {{ties, "ratio=0.4", by_size},
                {ties, "ratio=0.4 excess=truncate", by_size},
                {five, "ratio=0.4", largest},
                {five, "ratio=0.4 excess=truncate", in_order}};
    for (int i = 0; i < 4; i++) {
        struct group group;
        open_flat(&group, "dgc_topk", TW_FP32, rows[i].options, 1, 10);
        group.x[0] = rows[i].x;
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_uint_eq(support_of(&group, 0).count, 4);
        ck_assert_mem_eq(support_of(&group, 0).indices, rows[i].expected, 16);
        ck_assert_uint_eq(group.request[0].count, 4 + 4 * 8);
        group_close(&group);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_counts);
    tcase_add_test(tcase, test_excess);
    return run_case(tcase, "dgc_topk");
}
