/* links: tw_base tw_compressors */
/* `scaled`: its message, what it errs by, its proven constant, and the factors it takes. */
#include "compressor_rig.h"

static void open_pair(struct group *group, enum tw_precision precision, const char *options)
{
    group_start(group, "scaled", precision, options, 2, 1);
    add_tensor(group, 1, 3, 1);
    group_open(group, 0);
}

/* Two ranks, factor 1.5: means of 1.5·(1, 2, −4) and 1.5·(3, 0, 8); 3 values of 8 bytes. */
START_TEST(test_by_hand)
{
    double x[2][3] = {{1, 2, -4}, {3, 0, 8}};
    const double mean[] = {3, 1.5, 3};
    struct group group;
    open_pair(&group, TW_FP64, "factor=1.5");
    group.x[0] = x[0];
    group.x[1] = x[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_int_eq(group.request[0].kind, TW_SUM);
    ck_assert_int_eq(group.request[0].element, TW_ELEMENT_F64);
    ck_assert_uint_eq(group.request[0].count, 3);
    for (uint64_t i = 0; i < 3; i++) {
        ck_assert_double_eq(get(group.mean[0], TW_FP64, i), mean[i]);
        ck_assert_double_eq(get(group.own[1], TW_FP64, i), 1.5 * x[1][i]);
    }
    ck_assert_double_eq(distance2(group.own[0], x[0], TW_FP64, 3), 0.25 * 21); /* (1/2)²(1+4+16) */
    group_close(&group);
}
END_TEST

/* δ = 1 − (|1 − a| + a·u)², u = 2^-24 or 2^-53; overshooting by 1/2 errs as much as falling short.
 */
START_TEST(test_delta)
{
    static const struct {
        enum tw_precision precision;
        const char *options;
        double off;
    } rows[] = {{TW_FP64, "factor=1.5", 0.5 + 1.5 * 0x1p-53},
                {TW_FP64, "", 0.5 + 0.5 * 0x1p-53},
                {TW_FP32, "factor=1.75", 0.75 + 1.75 * 0x1p-24}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct group group;
        open_pair(&group, rows[i].precision, rows[i].options);
        ck_assert_double_eq(group.ops->delta(&group.problem), 1 - rows[i].off * rows[i].off);
        group_close(&group);
    }
}
END_TEST

START_TEST(test_factors)
{
    static const char *const bad[] = {"0", "2", "-1", "nan", "3"};
    const struct tw_member *member = &tw_compressor_find("scaled", TW_FP32)->member;
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    struct tw_err err = {0};
    ck_assert_int_eq(tw_options_defaults(member->options, member->option_count, params, &err),
                     TW_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(tw_options_set(member->options, member->option_count, params, "factor",
                                     bad[i], &err) != TW_OK,
                      "factor=%s is taken", bad[i]);
    ck_assert_int_eq(
        tw_options_set(member->options, member->option_count, params, "factor", "1.9999", &err),
        TW_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scaled");
    TCase *tcase = tcase_create("scaled");
    tcase_add_test(tcase, test_by_hand);
    tcase_add_test(tcase, test_delta);
    tcase_add_test(tcase, test_factors);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
