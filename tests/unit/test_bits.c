/* links: tw_base tw_compressors */
/* Codes of fixed width in bytes, and buckets cut into groups. */
#include "bits.h"
#include "compressor_rig.h"
#include "groups.h"

/* Bit by bit: code i's bit b is bit i·w + b of the row, lowest bit of a byte first. Every width,
 * lengths around the eights that are packed at once; bytes behind the end stay untouched. */
START_TEST(test_layout)
{
    uint16_t codes[35], back[35];
    unsigned char wire[2 * 35 + 1];
    int wrong = 0;
    for (unsigned w = 1; w <= 16; w++)
        for (uint64_t n = 0; n <= 35; n++) {
            uint64_t bytes = tw_bits_B(n, w);
            ck_assert_uint_eq(bytes, (n * w + 7) / 8);
            memset(wire, 0xa5, sizeof wire);
            for (uint64_t i = 0; i < n; i++)
                codes[i] = (uint16_t)((i * 40503U + 977U * w) & ((1U << w) - 1U));
            tw_bits_pack(codes, n, w, wire);
            for (uint64_t bit = 0; bit < n * w; bit++)
                wrong += (wire[bit / 8] >> (bit % 8) & 1) != (codes[bit / w] >> (bit % w) & 1);
            wrong += wire[bytes] != 0xa5;
            wrong += !tw_bits_clean(wire, n, w);
            tw_bits_unpack(wire, n, w, back);
            wrong += memcmp(codes, back, n * sizeof *codes) != 0;
        }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* 3 codes of 3 bits: 9 bits, the last byte has 7 to spare. */
START_TEST(test_clean)
{
    unsigned char wire[2] = {0xff, 0x01};
    ck_assert(tw_bits_clean(wire, 3, 3));
    for (int bit = 1; bit < 8; bit++) {
        wire[1] = (unsigned char)(1 | 1 << bit);
        ck_assert(!tw_bits_clean(wire, 3, 3));
    }
}
END_TEST

static int walk(const struct tw_problem *problem, struct tw_groups groups, uint64_t *starts,
                uint64_t *ends)
{
    struct tw_groups_walk walk = {.problem = problem, .groups = groups};
    int count = 0;
    while (tw_groups_next(&walk)) {
        ck_assert_uint_eq(walk.index, (uint64_t)count);
        starts[count] = walk.start;
        ends[count++] = walk.end;
    }
    ck_assert_int_eq(tw_groups_next(&walk), 0);
    ck_assert_uint_eq(tw_groups_count(problem, groups), (uint64_t)count);
    return count;
}

/* Tensors of 7, 0, 3 and 5 values. By tensor in threes: 0-3-6-7, 7-10, 10-13-15. As a bucket in
 * fours: 0-4-8-12-15. Whole tensors: 0-7, 7-10, 10-15. */
START_TEST(test_groups)
{
    struct group group;
    uint64_t starts[16], ends[16];
    group_start(&group, "none", TW_FP32, "", 1, 1);
    add_tensor(&group, 7, 1, 0);
    add_tensor(&group, 0, 4, 0);
    add_tensor(&group, 1, 3, 0);
    add_tensor(&group, 1, 5, 1);
    const struct {
        struct tw_groups groups;
        int count;
        uint64_t largest, ends[8];
    } rows[] = {{{TW_SCOPE_TENSOR, 3}, 6, 3, {3, 6, 7, 10, 13, 15}},
                {{TW_SCOPE_BUCKET, 4}, 4, 4, {4, 8, 12, 15}},
                {{TW_SCOPE_TENSOR, 0}, 3, 7, {7, 10, 15}},
                {{TW_SCOPE_TENSOR, 100}, 3, 7, {7, 10, 15}},
                {{TW_SCOPE_BUCKET, 0}, 1, 15, {15}}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ck_assert_int_eq(walk(&group.problem, rows[r].groups, starts, ends), rows[r].count);
        ck_assert_uint_eq(tw_groups_largest(&group.problem, rows[r].groups), rows[r].largest);
        for (int g = 0; g < rows[r].count; g++) {
            ck_assert_uint_eq(ends[g], rows[r].ends[g]);
            ck_assert_uint_eq(starts[g], g ? rows[r].ends[g - 1] : 0);
        }
    }
    group.problem.tensor_count = 0;
    group.problem.dimension = 0;
    ck_assert_int_eq(walk(&group.problem, rows[0].groups, starts, ends), 0);
    ck_assert_uint_eq(tw_groups_largest(&group.problem, rows[4].groups), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bits and groups");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_layout);
    tcase_add_test(tcase, test_clean);
    tcase_add_test(tcase, test_groups);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
