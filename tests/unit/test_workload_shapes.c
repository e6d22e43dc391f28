/* links: tw_workload tw_base */
/* Workloads that tell their tensors without their data: the same ones as with them. */
#include <check.h>

#include "unit/test_workload_data.h"

static void *open_with(const struct tw_workload *ops, const void *params, int shapes_only,
                       tw_status want)
{
    const struct tw_workload_setup setup = {.precision = ops->precision,
                                            .ranks = 2,
                                            .batch = 1,
                                            .steps = 1,
                                            .seed = 7,
                                            .params = params,
                                            .shapes_only = shapes_only};
    struct tw_err err = {0};
    void *state = NULL;
    ck_assert_msg(ops->open(&setup, &state, &err) == want, "%s: %s", ops->member.name, err.text);
    return state;
}

/* Of these a text or a LIBSVM file says how many tensors, or features, there are. */
static int reads_for_shapes(const struct tw_workload *ops)
{
    return !strcmp(ops->member.name, "logistic") || !strcmp(ops->member.name, "transformer");
}

/* A recording's header is its file's, so it is looked at where the CLI checks options. */
START_TEST(tensors_without_data)
{
    char root[64];
    int told = 0;
    test_make_data(root, 20, 10);
    for (int i = 0; i < 2 * tw_workload_count(); i++) {
        const struct tw_workload *ops = tw_workload_at(i / 2, i % 2 ? TW_FP64 : TW_FP32);
        _Alignas(16) unsigned char params[TW_PARAMS_MAX];
        int count = 0, told_count = -1;
        if (!ops->tells_shapes || !(ops->member.traits & TW_REAL_DATA))
            continue;
        test_set_options(ops, params, NULL);
        ck_assert_int_eq(setenv("THINWIRE_DATA", "/nonexistent", 1), 0);
        ck_assert_ptr_null(open_with(ops, params, 0, TW_IO));
        void *shapes = open_with(ops, params, 1, reads_for_shapes(ops) ? TW_IO : TW_OK);
        ck_assert_int_eq(setenv("THINWIRE_DATA", root, 1), 0);
        if (reads_for_shapes(ops))
            shapes = open_with(ops, params, 1, TW_OK);
        void *whole = open_with(ops, params, 0, TW_OK);
        const struct tw_tensor *want = ops->tensors(whole, &count);
        const struct tw_tensor *have = ops->tensors(shapes, &told_count);
        ck_assert_int_eq(told_count, count);
        ck_assert_uint_eq(ops->dimension(shapes), ops->dimension(whole));
        for (int t = 0; t < count; t++) {
            ck_assert_str_eq(have[t].name, want[t].name);
            ck_assert(have[t].rows == want[t].rows && have[t].columns == want[t].columns &&
                      have[t].offset == want[t].offset && have[t].id == want[t].id &&
                      have[t].vector == want[t].vector);
        }
        ops->close(whole);
        ops->close(shapes);
        told++;
    }
    test_remove_data(root);
    ck_assert_int_ge(told, 6); /* softmax, mlp, cnn in both precisions */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload shapes");
    TCase *tests = tcase_create("shapes");
    tcase_add_test(tests, tensors_without_data);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
