/* links: tw_base tw_compressors */
/* The dense member: sums in two bytes, and the rule that every mean obeys; the
 * registry and instances.
 */
#include "compressor_rig.h"

static void mean_of(enum tw_precision precision, const char *options, double a, double b, double c,
                    double *mean, struct tw_request *request)
{
    double values[] = {a, b, c};
    void *x[3];
    struct group group;
    group_start(&group, "none", precision, options, 3, 1);
    add_tensor(&group, 1, 1, 1);
    group_open(&group, 0);
    for (int r = 0; r < 3; r++) {
        group.x[r] = x[r] = vector_of(precision, 1);
        set(x[r], precision, 0, values[r]);
    }
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    *mean = get(group.mean[0], precision, 0);
    *request = group.request[0];
    for (int r = 0; r < 3; r++)
        free(x[r]);
    group_close(&group);
}

/* The sum is made in double and rounded once, then divided in the precision: in float,
 * 1 + 2^-24 + 2^-24 = 1 + 2^-23 (a float ring would lose both), a third of it is (1 + 2^-23)/3 in
 * float. In bf16, 1 + 2^-8 is sent as 1, and 3 ones are 3; fp64 sends 8 bytes. */
START_TEST(test_mean)
{
    double mean;
    struct tw_request request;
    mean_of(TW_FP32, "", 1.0, 0x1p-24, 0x1p-24, &mean, &request);
    ck_assert_double_eq(mean, (double)((float)(1.0 + 0x1p-23) / 3.0F));
    ck_assert_int_eq(request.element, TW_ELEMENT_F32);
    mean_of(TW_FP32, "value=bf16", 0x1.01p0, 1.0, 1.0, &mean, &request);
    ck_assert_double_eq(mean, 1.0);
    ck_assert_int_eq(request.element, TW_ELEMENT_BF16);
    mean_of(TW_FP64, "", 1.0, 2.0, 4.0, &mean, &request);
    ck_assert_double_eq(mean, 7.0 / 3.0);
    ck_assert_int_eq(request.element, TW_ELEMENT_F64);
    mean_of(TW_FP32, "", -0.0, -0.0, -0.0, &mean, &request);
    ck_assert(mean == 0.0 && !signbit(mean)); /* sums start from +0 */
}
END_TEST

/* fp16 has 11 bits of significand: 1 + 2^-11 is a tie and is sent as 1, 1 + 3·2^-11 as the even
 * 1 + 2^-9; the sum 1 + 2^-11 + 2^-24 is above the tie and rounds up once. 65504 is the largest:
 * with half a unit (16) more the sum is infinite. 3·2^-24 is exact, half of 2^-24 a tie, to 0. */
START_TEST(test_fp16_mean)
{
    static const struct {
        double a, b, c, sum;
    } rows[] = {{0x1.002p0, 1, 1, 3},
                {0x1.006p0, 0, 0, 1 + 0x1p-9},
                {1, 0x1p-11, 0, 1},
                {1, 0x1p-11, 0x1p-24, 1 + 0x1p-10},
                {65504, 15, 0, 65504},
                {65504, 16, 0, INFINITY},
                {-65504, -65504, 0, -INFINITY},
                {65504, 65504, -65504, 65504},
                {0x1p-24, 0x1p-24, 0x1p-24, 3 * 0x1p-24},
                {0x1p-25, 0x1p-25, 0x1p-25, 0},
                {65520, 0, 0, INFINITY}};
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            double mean, third = p ? rows[i].sum / 3 : (double)((float)rows[i].sum / 3.0F);
            struct tw_request request;
            mean_of((enum tw_precision)p, "value=fp16", rows[i].a, rows[i].b, rows[i].c, &mean,
                    &request);
            ck_assert_msg(mean == third, "row %zu: %a, not %a", i, mean, third);
            ck_assert_int_eq(request.element, TW_ELEMENT_F16);
            ck_assert_uint_eq(request.count, 1);
        }
}
END_TEST

/* Every way of conversion gives a NaN the same bits, 0x7e00 and the sign. */
START_TEST(test_fp16_nan)
{
    struct group group;
    group_start(&group, "none", TW_FP32, "value=fp16", 1, 1);
    add_tensor(&group, 1, 35, 1); /* two sixteens and a rest */
    group_open(&group, 0);
    group.x[0] = vector_of(TW_FP32, 35);
    for (uint64_t i = 0; i < 35; i++) {
        uint32_t bits = (i % 2 ? 0xff800001U : 0x7fc12345U) + (uint32_t)i;
        memcpy((unsigned char *)group.x[0] + 4 * i, &bits, sizeof bits);
    }
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    const uint16_t *sent = group.request[0].data;
    int wrong = 0;
    for (uint64_t i = 0; i < 35; i++)
        wrong += sent[i] != (i % 2 ? 0xfe00 : 0x7e00);
    ck_assert_int_eq(wrong, 0);
    ck_assert_double_eq(group.ops->delta(&group.problem), -1.0);
    free(group.x[0]);
    group_close(&group);
}
END_TEST

START_TEST(test_registry)
{
    ck_assert_int_ge(tw_compressor_count(), 5);
    ck_assert_ptr_null(tw_compressor_find("topkk", TW_FP32));
    for (int i = 0; i < tw_compressor_count(); i++)
        for (int p = 0; p < 2; p++) {
            const struct tw_compressor *ops = tw_compressor_at(i, (enum tw_precision)p);
            ck_assert_int_eq(ops->precision, p);
            ck_assert_ptr_eq(tw_compressor_find(ops->member.name, (enum tw_precision)p), ops);
            ck_assert_uint_le(ops->member.params_size, TW_PARAMS_MAX);
            ck_assert_uint_ne(ops->member.requests, 0);
            ck_assert_str_ne(ops->member.summary, "");
        }
}
END_TEST

/* Tensors with a hole between them, a wrong dimension and ranks out of range are refused. */
START_TEST(test_instance)
{
    struct group group;
    struct tw_instance instance;
    struct tw_err err = {0};
    group_start(&group, "none", TW_FP32, "", 2, 1);
    add_tensor(&group, 2, 3, 0);
    add_tensor(&group, 2, 3, 0);
    ck_assert_int_eq(tw_instance_open(&instance, group.ops, &group.problem, 1, 2, &err),
                     TW_INTERNAL);
    group.tensors[1].offset = 7;
    ck_assert_int_eq(tw_instance_open(&instance, group.ops, &group.problem, 0, 2, &err),
                     TW_INTERNAL);
    group.tensors[1].offset = 6;
    group.problem.dimension = 13;
    ck_assert_int_eq(tw_instance_open(&instance, group.ops, &group.problem, 0, 2, &err),
                     TW_INTERNAL);
    group.problem.dimension = 12;
    ck_assert_int_eq(tw_instance_open(&instance, group.ops, &group.problem, 0, 2, &err), TW_OK);
    tw_instance_close(&instance);
    tw_instance_close(&instance); /* zeroed is closed */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("none");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_mean);
    tcase_add_test(tcase, test_fp16_mean);
    tcase_add_test(tcase, test_fp16_nan);
    tcase_add_test(tcase, test_registry);
    tcase_add_test(tcase, test_instance);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
