/* links: tw_base tw_compressors */
/* Top-K: the counter-examples to its average, which values it keeps, and what it makes of messages
 * with any one bit wrong. */
#include "codec.h"
#include "compressor_rig.h"

static void open_flat(struct group *group, enum tw_precision precision, const char *options,
                      int ranks, uint64_t d)
{
    group_start(group, "topk", precision, options, ranks, 1);
    add_tensor(group, 1, d, 0);
    group_open(group, 0);
}

/* Two ranks, four values, Top-1.
 * (10,−9,1,1) and (−9,10,1,1): the average is (.5,.5,1,1), the mean of what is kept (5,5,0,0):
 * ‖(4.5,4.5,−1,−1)‖² / ‖(.5,.5,1,1)‖² = 42.5 / 2.5 = 17, exact in binary.
 * (10,1,1,1) and (−10,1,1,1): the average is (0,1,1,1), what is kept cancels: 3/3 = 1. */
START_TEST(test_average_is_no_contraction)
{
    double first[2][4] = {{10, -9, 1, 1}, {-9, 10, 1, 1}};
    double second[2][4] = {{10, 1, 1, 1}, {-10, 1, 1, 1}};
    double average1[4] = {0.5, 0.5, 1, 1}, average2[4] = {0, 1, 1, 1};
    struct group group;
    open_flat(&group, TW_FP64, "ratio=0.25", 2, 4);
    group.x[0] = first[0];
    group.x[1] = first[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    double ratio = distance2(group.mean[0], average1, TW_FP64, 4) / norm2(average1, TW_FP64, 4);
    ck_assert_double_eq(ratio, 17.0);
    group.x[0] = second[0];
    group.x[1] = second[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ratio = distance2(group.mean[0], average2, TW_FP64, 4) / norm2(average2, TW_FP64, 4);
    ck_assert_double_eq(ratio, 1.0);
    group_close(&group);
}
END_TEST

/* Tensors of 10, 0 and 3 values at ratio .25: k = 2, 0 and 1 (⌊.75⌋ raised to 1); over the bucket
 * k = ⌊.25·13⌋ = 3. The tie at 4.0 goes to the lower index. */
START_TEST(test_scope)
{
    float x[13] = {1, -4, 4, 0.5F, 4, 0, 3, -2, 1, 1, 0.25F, -0.5F, 0.5F};
    static const uint32_t by_tensor[] = {1, 2, 11}, by_bucket[] = {1, 2, 4};
    for (int bucket = 0; bucket < 2; bucket++) {
        struct group group = {0};
        group_start(&group, "topk", TW_FP32, bucket ? "ratio=0.25 scope=bucket" : "ratio=0.25", 1,
                    1);
        add_tensor(&group, 2, 5, 0);
        add_tensor(&group, 0, 7, 0);
        add_tensor(&group, 1, 3, 1);
        group_open(&group, 0);
        group.x[0] = x;
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        struct tw_support support = support_of(&group, 0);
        ck_assert_uint_eq(support.count, 3);
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): 3 indices of 4 B */
        ck_assert_mem_eq(support.indices, bucket ? by_bucket : by_tensor, 12);
        /* 3 values of 4 bytes and 3 indices of 4 */
        ck_assert_uint_eq(group.request[0].count, 24);
        group_close(&group);
    }
}
END_TEST

/* 3×4 and a vector of 3 at ratio .5. Rows keep 2 of 4; columns ⌊1.5⌋ = 1 of 3; the vector is one
 * part in both and keeps 1. Ties to the lower index of the part. */
START_TEST(test_rows_and_columns)
{
    float x[15] = {1, -9, 8, 2, 3, 3, 3, 3, 0, 0, -1, 0.5F, 5, 6, -7};
    static const uint32_t rows[] = {1, 2, 4, 5, 10, 11, 14}, columns[] = {1, 2, 4, 7, 14};
    for (int by_column = 0; by_column < 2; by_column++) {
        struct group group;
        group_start(&group, "topk", TW_FP32,
                    by_column ? "ratio=0.5 scope=column" : "ratio=0.5 scope=row", 1, 1);
        add_tensor(&group, 3, 4, 0);
        add_tensor(&group, 1, 3, 1);
        group_open(&group, 0);
        group.x[0] = x;
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        struct tw_support support = support_of(&group, 0);
        ck_assert_uint_eq(support.count, by_column ? 5 : 7);
        ck_assert_mem_eq(support.indices, by_column ? columns : rows, 4 * support.count);
        group_close(&group);
    }
}
END_TEST

/* .07·100 is 7.000000000000001 and .29·100 is 28.999999999999996 in binary. */
START_TEST(test_counts)
{
    static const struct {
        double share;
        uint64_t of, ceil, floor;
    } rows[] = {{0.07, 100, 7, 7}, {0.29, 100, 29, 29}, {0.2, 11, 3, 2},  {0.001, 10, 1, 1},
                {1.0, 5, 5, 5},    {0.5, 0, 0, 0},      {1e-12, 3, 1, 1}, {0.999, 1000, 999, 999}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(tw_count_ceil(rows[i].share, rows[i].of), rows[i].ceil);
        ck_assert_uint_eq(tw_count_floor(rows[i].share, rows[i].of), rows[i].floor);
    }
}
END_TEST

/* Whether a list is one of these parts': the definition written out once more. */
static int is_legal(const uint64_t *indices, const uint64_t *kept, const uint64_t *sizes, int parts)
{
    uint64_t start = 0, i = 0;
    for (int p = 0; p < parts; start += sizes[p++])
        for (uint64_t n = 0; n < kept[p]; n++, i++) {
            if (indices[i] < start || indices[i] >= start + sizes[p])
                return 0;
            if (n > 0 && indices[i] <= indices[i - 1])
                return 0;
        }
    return 1;
}

static unsigned char *flipped_message;
static int flipped_bit;

static void flip(int phase, struct tw_answer *answer)
{
    (void)phase;
    flipped_message = (unsigned char *)answer->data + answer->starts[1];
    flipped_message[flipped_bit / 8] ^= (unsigned char)(1U << (flipped_bit % 8));
}

/* Every bit of rank 1's message once: indices that no sender can have sent are refused, everything
 * else is taken (a wrong value is a value). */
static void flip_every_bit(const char *options, unsigned index_B)
{
    static const uint64_t sizes[] = {10, 6}, kept[] = {3, 1}; /* ⌊.3·10⌋, ⌊.3·6⌋ */
    float x[2][16];
    struct group group;
    group_start(&group, "topk", TW_FP32, options, 2, 1);
    add_tensor(&group, 2, 5, 0);
    add_tensor(&group, 1, 6, 1);
    group_open(&group, 0);
    for (int i = 0; i < 32; i++)
        x[i / 16][i % 16] = (float)((i * 7) % 32) - 11.0F;
    group.x[0] = x[0];
    group.x[1] = x[1];
    group.spoil = flip;
    int refused = 0, bits = 4 * (4 + (int)index_B) * 8;
    for (flipped_bit = 0; flipped_bit < bits; flipped_bit++) {
        uint64_t indices[4];
        tw_status status = group_step(&group, 0);
        for (uint64_t i = 0; i < 4; i++)
            indices[i] = tw_codec_index(flipped_message + 16, index_B, i);
        int legal = is_legal(indices, kept, sizes, 2);
        ck_assert_msg(status == (legal ? TW_OK : TW_CORRUPT), "bit %d: %s", flipped_bit,
                      tw_status_text(status));
        refused += !legal;
    }
    ck_assert_int_gt(refused, bits / 4);
    group_close(&group);
}

START_TEST(test_bits)
{
    flip_every_bit("ratio=0.3", 4);
    flip_every_bit("ratio=0.3 index=u64", 8);
}
END_TEST

/* One message of bytes, or two typed ones: the same mean. */
START_TEST(test_exchange)
{
    float x[2][9] = {{1, 2, 3, 4, 5, -6, 7, -8, 9}, {9, 8, -7, 6, 5, 4, 3, 2, 1}};
    struct group one, two;
    open_flat(&one, TW_FP32, "ratio=0.4", 2, 9);
    open_flat(&two, TW_FP32, "ratio=0.4 exchange=two index=u64", 2, 9);
    for (int r = 0; r < 2; r++)
        one.x[r] = two.x[r] = x[r];
    ck_assert_int_eq(group_step(&one, 0), TW_OK);
    ck_assert_int_eq(group_step(&two, 0), TW_OK);
    ck_assert_mem_eq(one.mean[0], two.mean[0], sizeof x[0]);
    ck_assert_int_eq(one.request[0].element, TW_ELEMENT_BYTE);
    ck_assert_uint_eq(one.request[0].count, 3 * 8); /* ⌊.4·9⌋ = 3 */
    ck_assert_int_eq(two.request[0].element, TW_ELEMENT_F32);
    ck_assert_int_eq(two.request[1].element, TW_ELEMENT_U64);
    ck_assert_uint_eq(two.request[1].count, 3);
    /* kept: 7,−8,9 at 6,7,8 and 9,8,−7 at 0,1,2, halved */
    static const float expected[9] = {4.5F, 4, -3.5F, 0, 0, 0, 3.5F, -4, 4.5F};
    ck_assert_mem_eq(one.mean[0], expected, sizeof expected);
    group_close(&one);
    group_close(&two);
}
END_TEST

/* Values that travel in 2 bytes: own() is what was sent. fp16 keeps 11 bits of significand, 1 +
 * 2^-11
 * + 2^-12 goes up to 1 + 2^-10; 1e6 goes to the largest number, 65504, and not to infinity, so that
 * a residual stays finite; -2^-30 goes to 0. bf16 keeps 8 bits: 1 + 3·2^-9 goes to 1 + 2^-7, the
 * largest float to the largest bf16 (2 − 2^-7)·2^127. try_alone counts what rounding takes. */
static void send_rounded(const char *options, enum tw_precision precision, const double *in,
                         const double *out, uint64_t wire_B)
{
    struct group group;
    void *x = vector_of(precision, 5);
    double left = 0.0;
    open_flat(&group, precision, options, 1, 5);
    for (uint64_t i = 0; i < 5; i++) {
        set(x, precision, i, in[i]);
        left += (in[i] - out[i]) * (in[i] - out[i]);
    }
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (uint64_t i = 0; i < 5; i++) {
        ck_assert_double_eq(get(group.own[0], precision, i), out[i]);
        ck_assert_double_eq(get(group.mean[0], precision, i), out[i]);
    }
    ck_assert_uint_eq(group.request[0].count, wire_B);
    double alone = group.ops->try_alone(group.instance[0].shared, group.instance[0].own[0], x);
    ck_assert_double_eq_tol(alone, left, 1e-12 * left);
    free(x);
    group_close(&group);
}

START_TEST(test_values)
{
    static const double in16[5] = {0x1.003p0, 1e6, -1e6, -0x1p-30, 0x1p-40};
    static const double out16[5] = {0x1.004p0, 65504, -65504, 0, 0};
    static const double in_b[5] = {0x1.018p0, 0x1.fffffep127, -0x1.fffffep127, 3, 0x1p-100};
    static const double out_b[5] = {0x1.02p0, 0x1.fep127, -0x1.fep127, 3, 0x1p-100};
    for (int p = 0; p < 2; p++) {
        /* five values of 2 bytes and five indices of 4; or a bitmap of 5 bits; all gaps are 0 and
         * R = 0, so Rice takes one bit each */
        send_rounded("ratio=1 values=fp16", (enum tw_precision)p, in16, out16, 30);
        send_rounded("ratio=1 values=fp16 index=bitmap", (enum tw_precision)p, in16, out16, 11);
        send_rounded("ratio=1 values=bf16 index=rice", (enum tw_precision)p, in_b, out_b, 11);
    }
}
END_TEST

/* Ranks send as many bytes as their indices take: k = 4 of 64, q = 15/16 falls below .618 after
 * three squarings (.879, .772, .597), R = 3. Indices 0…3: four gaps of 0,
 * 4 bits each: 2 bytes. Indices 15, 31, 47, 63: gaps of 15, quotient 1, 5 bits each: 3 bytes. */
START_TEST(test_rice_sizes)
{
    float x[2][64] = {{0}};
    struct group group;
    struct tw_plan plan = {0};
    open_flat(&group, TW_FP32, "ratio=0.0625 index=rice values=fp16", 2, 64);
    for (int i = 0; i < 4; i++) {
        x[0][i] = 1;
        x[1][16 * i + 15] = 2;
    }
    group.x[0] = x[0];
    group.x[1] = x[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_uint_eq(group.answer_starts[0][1], 4 * 2 + 2);
    ck_assert_uint_eq(group.answer_starts[0][2] - group.answer_starts[0][1], 4 * 2 + 3);
    for (int i = 0; i < 64; i++)
        ck_assert_float_eq(((float *)group.mean[0])[i], i < 4 ? 0.5F : i % 16 == 15 ? 1.0F : 0.0F);
    ck_assert_int_eq(group.ops->plan(&group.problem, &plan), TW_REFUSED);
    ck_assert_ptr_null(plan.phases);
    group_close(&group);
}
END_TEST

/* Every bit of a coded message of rank 1 wrong once: refused, or a list of k indices all the same;
 * never a crash, and never a mean that is not finite (values are left alone). */
static void flip_coded(const char *options, int values_B)
{
    float x[2][40];
    struct group group;
    open_flat(&group, TW_FP32, options, 2, 40);
    for (int i = 0; i < 80; i++)
        x[i / 40][i % 40] = (float)((i * 7) % 83) - 31.0F;
    group.x[0] = x[0];
    group.x[1] = x[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    int bits = 8 * (int)(group.answer_starts[0][2] - group.answer_starts[0][1]), refused = 0;
    group.spoil = flip;
    for (flipped_bit = 8 * values_B; flipped_bit < bits; flipped_bit++) {
        tw_status status = group_step(&group, 0);
        ck_assert(status == TW_OK || status == TW_CORRUPT);
        refused += status == TW_CORRUPT;
        for (int i = 0; i < 40 && status == TW_OK; i++)
            ck_assert(isfinite(((float *)group.mean[0])[i]));
    }
    ck_assert_int_gt(refused, 0);
    group_close(&group);
}

START_TEST(test_coded_bits)
{
    flip_coded("ratio=0.2 index=rice values=fp16", 16); /* ⌊.2·40⌋ = 8 values of 2 bytes */
    flip_coded("ratio=0.2 index=bitmap", 32);
    flip_coded("ratio=0.2 index=rice", 32);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("topk");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_average_is_no_contraction);
    tcase_add_test(tcase, test_scope);
    tcase_add_test(tcase, test_rows_and_columns);
    tcase_add_test(tcase, test_counts);
    tcase_add_test(tcase, test_bits);
    tcase_add_test(tcase, test_exchange);
    tcase_add_test(tcase, test_values);
    tcase_add_test(tcase, test_rice_sizes);
    tcase_add_test(tcase, test_coded_bits);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
