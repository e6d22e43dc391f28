/* links: tw_train */
/* The bucket cut: order, limits, offsets, sources, empty tensors. */
#include "train_toys.h"

static struct tw_cut cut_of(const struct toy *toy, uint64_t bucket_B)
{
    struct tw_cut cut;
    struct tw_err err = {0};
    struct tw_cut_rule rule = {.bucket_B = bucket_B};
    ck_assert_int_eq(tw_cut_make(&cut, toy->tensors, toy->tensor_count, &rule, &err), TW_OK);
    return cut;
}

/* Every tensor once, in reverse layer order, offsets without holes from 0, ids kept. */
static void check_cut(const struct tw_cut *cut, const struct toy *toy, uint64_t bucket_B)
{
    int next = toy->tensor_count - 1;
    for (int b = 0; b < cut->count; b++) {
        const struct tw_bucket *bucket = &cut->buckets[b];
        uint64_t end = 0;
        int values = 0;
        for (int i = 0; i < bucket->count; i++, next--) {
            ck_assert_uint_eq(bucket->tensors[i].id, toy->tensors[next].id);
            ck_assert_uint_eq(bucket->source[i], toy->tensors[next].offset);
            ck_assert_uint_eq(bucket->tensors[i].offset, end);
            end += tw_tensor_size(&bucket->tensors[i]);
            values += tw_tensor_size(&bucket->tensors[i]) > 0;
        }
        ck_assert_uint_eq(bucket->dimension, end);
        ck_assert(bucket_B == 0 || end * 4 <= bucket_B || values == 1);
    }
    ck_assert_int_eq(next, -1);
}

START_TEST(one_bucket)
{
    struct toy toy = toy_mixed();
    struct tw_cut cut = cut_of(&toy, 0);
    ck_assert_int_eq(cut.count, 1);
    ck_assert_int_eq(cut.buckets[0].count, 5);
    ck_assert_uint_eq(cut.buckets[0].dimension, 106);
    check_cut(&cut, &toy, 0);
    tw_cut_free(&cut);
}
END_TEST

/* Values in reverse order: 3, 36, 0, 7, 60. A limit of 39 values (156 B) closes after 3 + 36 + 0;
 * 7 is then alone, since 7 + 60 is too much, and 60 is its own bucket though it is too large. */
START_TEST(limit_is_kept)
{
    struct toy toy = toy_mixed();
    struct tw_cut cut = cut_of(&toy, 156);
    const uint64_t expected[] = {39, 7, 60};
    ck_assert_int_eq(cut.count, 3);
    for (int b = 0; b < 3; b++)
        ck_assert_uint_eq(cut.buckets[b].dimension, expected[b]);
    ck_assert_int_eq(cut.buckets[0].count, 3);
    check_cut(&cut, &toy, 156);
    tw_cut_free(&cut);
    cut = cut_of(&toy, 155); /* one byte less holds 38 values: 3 | 36 + 0 | 7 | 60 */
    ck_assert_int_eq(cut.count, 4);
    check_cut(&cut, &toy, 155);
    tw_cut_free(&cut);
}
END_TEST

START_TEST(every_limit)
{
    struct toy toy = toy_mixed();
    for (uint64_t bucket_B = 1; bucket_B <= 106 * 4 + 1; bucket_B++) {
        struct tw_cut cut = cut_of(&toy, bucket_B);
        check_cut(&cut, &toy, bucket_B);
        ck_assert_int_le(cut.count, 4); /* the empty tensor never opens a bucket */
        ck_assert_int_eq(cut.count == 1, bucket_B >= (uint64_t)106 * 4);
        tw_cut_free(&cut);
    }
}
END_TEST

/* ---- rules of training libraries ---- */

static void expect_rule(const struct toy *toy, struct tw_cut_rule rule, int count,
                        const uint64_t *expected)
{
    struct tw_cut cut;
    struct tw_err err = {0};
    ck_assert_msg(tw_cut_make(&cut, toy->tensors, toy->tensor_count, &rule, &err) == TW_OK, "%s",
                  err.text);
    ck_assert_int_eq(cut.count, count);
    for (int b = 0; b < count; b++)
        ck_assert_uint_eq(cut.buckets[b].dimension, expected[b]);
    tw_cut_free(&cut);
}

static struct toy toy_of(int count, const char *const *names, const uint64_t *values)
{
    struct toy toy = {.tensor_count = count};
    uint64_t offset = 0;
    for (int t = 0; t < count; t++) {
        toy.tensors[t] = (struct tw_tensor){
            .rows = 1, .columns = values[t], .offset = offset, .id = (uint32_t)t};
        snprintf(toy.tensors[t].name, sizeof toy.tensors[t].name, "%s", names[t]);
        offset += values[t];
    }
    return toy;
}

static const char *const block_names[] = {"embed.weight", "layers.0.a", "layers.0.b",
                                          "layers.10.a",  "layers.1.a", "norm.weight",
                                          "head.weight"};

/* From behind, in values of 4 bytes; 1 MiB are 262144, 25 MiB 6553600. The first bucket ends as
 * soon as it has 1 MiB: 200000 + 100000. Then 6553599 + 1 reach 25 MiB exactly, an empty tensor
 * behind them still goes in, and what is left is the last. */
START_TEST(rule_ddp)
{
    const uint64_t values[] = {5, 7000000, 0, 1, 6553599, 100000, 200000};
    const uint64_t expected[] = {300000, 6553600, 7000000, 5};
    struct toy toy = toy_of(7, block_names, values);
    expect_rule(&toy, (struct tw_cut_rule){.rule = TW_BUCKET_DDP}, 4, expected);
}
END_TEST

/* 40e6 values up to 40 ranks, a million per rank above: 41 ranks need one value more. */
START_TEST(rule_megatron)
{
    const uint64_t values[] = {5, 0, 7, 1000000, 0, 30000000, 10000000};
    const uint64_t expected[] = {40000000, 1000012}, more[] = {41000000, 12};
    struct toy toy = toy_of(7, block_names, values);
    expect_rule(&toy, (struct tw_cut_rule){.rule = TW_BUCKET_MEGATRON, .ranks = 40}, 2, expected);
    expect_rule(&toy, (struct tw_cut_rule){.rule = TW_BUCKET_MEGATRON, .ranks = 41}, 2, more);
}
END_TEST

/* head and norm stand together outside of blocks; blocks 1, 10 and 0 ("layers.1" is not the begin
 * of "layers.10"); the embedding. */
START_TEST(rule_fsdp)
{
    const uint64_t values[] = {64, 32, 16, 8, 4, 2, 1}, expected[] = {3, 4, 8, 48, 64};
    struct toy toy = toy_of(7, block_names, values);
    struct tw_cut cut;
    struct tw_err err = {0};
    struct tw_cut_rule rule = {.rule = TW_BUCKET_FSDP};
    expect_rule(&toy, rule, 5, expected);
    for (int t = 0; t < 7; t++)
        snprintf(toy.tensors[t].name, sizeof toy.tensors[t].name, "layer%d.weight", t);
    ck_assert_int_eq(tw_cut_make(&cut, toy.tensors, 7, &rule, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "no tensor has a number in its name"));
}
END_TEST

START_TEST(nothing_and_empty)
{
    struct toy toy = {0};
    struct tw_cut cut = cut_of(&toy, 100);
    ck_assert_int_eq(cut.count, 0);
    tw_cut_free(&cut);
    toy_add(&toy, 0, 3);
    toy_add(&toy, 5, 0);
    cut = cut_of(&toy, 100);
    ck_assert_int_eq(cut.count, 1);
    ck_assert_uint_eq(cut.buckets[0].dimension, 0);
    check_cut(&cut, &toy, 100);
    tw_cut_free(&cut);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("cut");
    tcase_add_test(tcase, one_bucket);
    tcase_add_test(tcase, limit_is_kept);
    tcase_add_test(tcase, every_limit);
    tcase_add_test(tcase, nothing_and_empty);
    tcase_add_test(tcase, rule_ddp);
    tcase_add_test(tcase, rule_megatron);
    tcase_add_test(tcase, rule_fsdp);
    return toy_main(tcase, "train cut");
}
