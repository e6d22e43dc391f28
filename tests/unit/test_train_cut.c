/* links: tw_train */
/* The bucket cut: order, limits, offsets, sources, empty tensors. */
#include "train_toys.h"

static struct tw_cut cut_of(const struct toy *toy, uint64_t bucket_B)
{
    struct tw_cut cut;
    ck_assert_int_eq(tw_cut_make(&cut, toy->tensors, toy->tensor_count, bucket_B), TW_OK);
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
    return toy_main(tcase, "train cut");
}
