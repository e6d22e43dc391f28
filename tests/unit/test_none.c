/* links: tw_base tw_compressors */
/* The dense member: bf16 rounding, and the rule that every mean obeys; the registry and instances.
 */
#include "compressor_rig.h"

/* bf16 keeps 8 bits of significand: 1 + 2^-8 lies half way between 1 and 1 + 2^-7 and goes to the
 * even 1; 1 + 3·2^-8 goes to the even 1 + 2^-6; a little above a tie goes up. 2^-134 is half the
 * smallest number 2^-133. 0x1.fffffep127 rounds to infinity. In double, 1 + 2^-8 + 2^-40 must not
 * be taken for the tie that it is in float. */
START_TEST(test_rounding)
{
    static const struct {
        float value;
        uint16_t half;
    } rows[] = {{1.0F, 0x3f80},        {0x1.01p0F, 0x3f80},   {0x1.03p0F, 0x3f82},
                {0x1.0102p0F, 0x3f81}, {-0x1.01p0F, 0xbf80},  {0x1p-133F, 0x0001},
                {0x1p-134F, 0x0000},   {0x1.8p-133F, 0x0002}, {0x1.fffffep127F, 0x7f80},
                {INFINITY, 0x7f80},    {-0.0F, 0x8000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(tw_bf16_from_f32(rows[i].value), rows[i].half);
        ck_assert_uint_eq(tw_bf16_from_f64((double)rows[i].value), rows[i].half);
    }
    ck_assert_uint_eq(tw_bf16_from_f64(0x1.01p0 + 0x1p-40), 0x3f81);
    ck_assert_uint_eq(tw_bf16_from_f64(0x1.01p0 - 0x1p-40), 0x3f80);
    ck_assert_uint_eq(tw_bf16_from_f64(-0x1.01p0 - 0x1p-40), 0xbf81);
    ck_assert_uint_eq(tw_bf16_from_f64(0x1p-134 + 0x1p-170), 0x0001);
    ck_assert_uint_eq(tw_bf16_from_f64(1e300), 0x7f80);
    ck_assert(isnan(tw_bf16_to_f32(tw_bf16_from_f32(NAN))));
    ck_assert(isnan(tw_bf16_to_f32(tw_bf16_from_f64(NAN))));
    for (uint32_t half = 0; half < 0x7f80; half++)
        if (tw_bf16_from_f32(tw_bf16_to_f32((uint16_t)half)) != half)
            ck_abort_msg("%u does not come back", half);
}
END_TEST

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
    tcase_add_test(tcase, test_rounding);
    tcase_add_test(tcase, test_mean);
    tcase_add_test(tcase, test_registry);
    tcase_add_test(tcase, test_instance);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
