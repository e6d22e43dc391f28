/* links: tw_workload tw_base */
/* logistic: the LIBSVM reader and its refusals, gradients against finite differences, the optimum.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "unit/test_workload_data.h"
#include "workload/samples.h"

static char path[64];

static void write_text(const char *text, size_t size)
{
    strcpy(path, "/tmp/thinwire-test-XXXXXX");
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, size), (ssize_t)size);
    close(file);
}

/* 60 samples of 8 features, a third of them absent, label by the sign of a noisy sum. Seed 3. */
static void write_samples(void)
{
    const struct tw_stream_key key = {.seed = 3, .purpose = TW_PURPOSE_TEST};
    struct tw_stream stream;
    char text[12288];
    size_t at = 0;

    tw_stream_open(&stream, &key);
    for (int i = 0; i < 60; i++) {
        double x[8], sum = 0;
        tw_stream_normals(&stream, x, 8);
        for (int j = 0; j < 7; j++)
            sum += x[j];
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", sum + x[7] > 0 ? "+1" : "-1");
        for (int j = 0; j < 8; j++)
            if ((i + j) % 3)
                at += (size_t)snprintf(text + at, sizeof text - at, " %d:%.6g", j + 1, x[j]);
        at += (size_t)snprintf(text + at, sizeof text - at, "\n");
    }
    write_text(text, at);
}

START_TEST(reads_the_format)
{
    static const char text[] = "# a comment\n+1 1:0.5 3:-2e1 # and one more\n\n-1\n"
                               "+1.0 2:7\t4:1\r\n  -1 4:0";
    static const uint64_t starts[] = {0, 2, 2, 4, 5};
    static const uint32_t columns[] = {0, 2, 1, 3, 3};
    static const double values[] = {.5, -20, 7, 1, 0};
    static const uint8_t positive[] = {1, 0, 1, 0};
    struct tw_sparse_samples s;
    struct tw_err err = {0};

    write_text(text, sizeof text - 1);
    ck_assert_msg(tw_libsvm_read(path, &s, &err) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(s.count, 4);
    ck_assert_uint_eq(s.features, 4);
    ck_assert_mem_eq(s.starts, starts, sizeof starts);
    ck_assert_mem_eq(s.columns, columns, sizeof columns);
    ck_assert_mem_eq(s.values, values, sizeof values);
    ck_assert_mem_eq(s.positive, positive, sizeof positive);
    ck_assert(s.hash != 0);
    tw_sparse_samples_free(&s);
    unlink(path);
}
END_TEST

static const struct {
    const char *text, *where, *what;
} bad[] = {
    {"", "", "no samples"},
    {"# nothing\n", "", "no samples"},
    {"+1 1:1\n-1 1:2\n0 1:1\n", "", "more than the two classes"},
    {"+1 1:1\n+1 1:2\n", "", "one class only"},
    {"+1\n-1\n", "", "no features"},
    {"+1 1:1\n-1 0:1\n", ":2:", "index"},
    {"+1 1:1\n-1 2:1 2:3\n", ":2:", "ascending"},
    {"+1 1:1\n-1 3:1 2:3\n", ":2:", "ascending"},
    {"+1 1:1\n-1 3:x\n", ":2:", "finite"},
    {"+1 1:nan\n", ":1:", "finite"},
    {"+1 1:1e999\n", ":1:", "finite"},
    {"+1 1:1 qid:3\n", ":1:", "index:value"},
    {"+1 1:1 7\n", ":1:", "index:value"},
    {"+1 -1:1\n", ":1:", "index:value"},
    {"+1 1: 1\n", ":1:", "finite"},
    {"+1 1:1,2:2\n", ":1:", "finite"},
    {"+1 99999999999:1\n", ":1:", "index"},
    {"one 1:1\n", ":1:", "label"},
    {"+1,1:1\n", ":1:", "label"},
};

START_TEST(refuses_with_a_place)
{
    struct tw_sparse_samples s;
    struct tw_err err = {0};

    write_text(bad[_i].text, strlen(bad[_i].text));
    ck_assert_int_eq(tw_libsvm_read(path, &s, &err), TW_CORRUPT);
    ck_assert_msg(strstr(err.text, bad[_i].what) && strstr(err.text, bad[_i].where) &&
                      strstr(err.text, path),
                  "%s", err.text);
    ck_assert_ptr_null(s.values);
    unlink(path);
}
END_TEST

START_TEST(refuses_what_is_no_text)
{
    static const char text[] = "+1 1:1\0 2:2\n-1 1:1\n";
    struct tw_sparse_samples s;
    struct tw_err err = {0};

    write_text(text, sizeof text - 1);
    ck_assert_int_eq(tw_libsvm_read(path, &s, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "zero byte"));
    unlink(path);
    ck_assert_int_eq(tw_libsvm_read("/nonexistent", &s, &err), TW_IO);
}
END_TEST

START_TEST(too_few_samples_name_their_file)
{
    const struct tw_workload *workload = tw_workload_find("logistic", TW_FP64);
    const char *const texts[] = {"file", path, NULL};
    union test_params params;
    struct tw_workload_setup setup = {
        .precision = TW_FP64, .ranks = 3, .batch = 1, .steps = 1, .seed = 1, .params = &params};
    struct tw_err err = {0};
    void *state = NULL;

    write_text("+1 1:1\n-1 1:2\n", 14);
    test_set_options(workload, &params, texts);
    ck_assert_int_eq(workload->open(&setup, &state, &err), TW_RANGE);
    ck_assert_msg(strstr(err.text, path) && strstr(err.text, "2 samples"), "%s", err.text);
    unlink(path);
}
END_TEST

struct opened {
    const struct tw_workload *workload;
    void *state;
    uint64_t d;
    int ranks;
};

static struct opened open_as(int ranks, const char *const *texts)
{
    struct opened o = {.workload = tw_workload_find("logistic", TW_FP64), .ranks = ranks};
    union test_params params;
    struct tw_workload_setup setup = {
        .precision = TW_FP64, .ranks = ranks, .batch = 3, .steps = 10, .seed = 42};
    struct tw_err err = {0};

    test_set_options(o.workload, &params, texts);
    setup.params = &params;
    ck_assert_msg(o.workload->open(&setup, &o.state, &err) == TW_OK, "%s", err.text);
    o.d = o.workload->dimension(o.state);
    ck_assert_uint_le(o.d, 800);
    return o;
}

static double loss_at(const struct opened *o, const double *w)
{
    struct tw_err err = {0};
    double loss, accuracy;

    ck_assert_msg(o->workload->loss(o->state, w, &loss, &accuracy, &err) == TW_OK, "%s", err.text);
    return loss;
}

static void mean_gradient(const struct opened *o, uint32_t step, const double *w, double *mean)
{
    double one[800];
    struct tw_err err = {0};

    memset(mean, 0, o->d * sizeof *mean);
    for (int rank = 0; rank < o->ranks; rank++) {
        ck_assert_int_eq(o->workload->gradient(o->state, rank, step, w, one, &err), TW_OK);
        for (uint64_t i = 0; i < o->d; i++)
            mean[i] += one[i] / o->ranks;
    }
}

/* Central differences: O(h²) of the third derivative, some 1e-9 with h = 1e-5 and features of 1. */
static void check_differences(const struct opened *o)
{
    const double h = 1e-5;
    static double w[800], mean[800]; /* off the stack: clang inlines their users */

    for (uint64_t i = 0; i < o->d; i++)
        w[i] = 0.3 * sin((double)i);
    mean_gradient(o, 0, w, mean);
    for (uint64_t i = 0; i < o->d; i += 1 + o->d / 20) {
        const double here = w[i];
        w[i] = here + h;
        const double ahead = loss_at(o, w);
        w[i] = here - h;
        const double behind = loss_at(o, w);
        w[i] = here;
        ck_assert_double_eq_tol((ahead - behind) / (2 * h), mean[i], 1e-8);
    }
}

START_TEST(gradients_are_derivatives)
{
    const char *const rows[][9] = {
        {"file", path, "gradient", "full", NULL},
        {"file", path, "gradient", "full", "lambda", "0.5", "bias", "yes", NULL},
        {"file", path, "gradient", "full", "lambda", "0.5", "regularizer", "nonconvex", NULL},
        {"file", path, "gradient", "full", "split", "contiguous", NULL},
    };
    char root[64];

    write_samples();
    for (int i = 0; i < 4; i++) {
        struct opened o = open_as(7, rows[i]);
        ck_assert_uint_eq(o.d, i == 1 ? 9 : 8);
        check_differences(&o);
        o.workload->close(o.state);
    }
    unlink(path);
    test_make_data(root, 100, 10);
    static const char *const pair[] = {"gradient", "full", "positive", "3", "negative", "7", NULL};
    struct opened o = open_as(4, pair);
    ck_assert_uint_eq(o.d, 784);
    check_differences(&o);
    o.workload->close(o.state);
    test_remove_data(root);
}
END_TEST

/* A batch's gradient is the full one on average: over 4000 steps of 7·3 draws each coordinate's
 * deviation is some .5/√(84000) = .002. */
START_TEST(batches_average_to_the_full_gradient)
{
    const char *const full[] = {"file", path, "gradient", "full", NULL};
    const char *const batch[] = {"file", path, NULL};

    write_samples();
    struct opened a = open_as(7, full), b = open_as(7, batch);
    double w[8] = {.2, -.1, .4, 0, 0, 1, -1, .3}, exact[8], mean[8], sum[8] = {0};
    mean_gradient(&a, 0, w, exact);
    for (uint32_t step = 0; step < 4000; step++) {
        mean_gradient(&b, step, w, mean);
        for (int j = 0; j < 8; j++)
            sum[j] += mean[j] / 4000;
    }
    for (int j = 0; j < 8; j++)
        ck_assert_msg(fabs(sum[j] - exact[j]) < 0.012, "seed 42: %g, not %g", sum[j], exact[j]);
    a.workload->close(a.state);
    b.workload->close(b.state);
    unlink(path);
}
END_TEST

/* At the optimum found the gradient vanishes, the gap is 0, and one step away the gap is at least
 * the strong convexity's ½λ‖step‖². Two samples (x = 1, y = ±1 by turns, three of four positive)
 * have a closed form: with b the weight, σ(−b)·¾ − σ(b)·¼ = λb. */
START_TEST(optimum_is_found)
{
    const char *const texts[] = {"file", path,  "gradient", "full", "optimum", "yes",
                                 "loss", "gap", "lambda",   "0.01", NULL};
    double w[8] = {0}, mean[8];

    write_samples();
    struct opened o = open_as(3, texts);
    ck_assert(isnan(o.workload->distance(o.state, w))); /* not known yet */
    ck_assert_double_gt(loss_at(&o, w), 0.01);
    for (int j = 0; j < 8; j++) { /* ‖w ± e_j − w*‖² differ by 4(w_j − w*_j) */
        const double here = w[j];
        w[j] = here + 1;
        const double ahead = o.workload->distance(o.state, w);
        w[j] = here - 1;
        const double behind = o.workload->distance(o.state, w);
        w[j] = here - (ahead - behind) * (ahead + behind) / 4;
    }
    ck_assert_double_lt(o.workload->distance(o.state, w), 1e-12);
    ck_assert_double_eq_tol(loss_at(&o, w), 0, 1e-13);
    mean_gradient(&o, 0, w, mean);
    for (int j = 0; j < 8; j++)
        ck_assert_double_eq_tol(mean[j], 0, 1e-7);
    w[2] += 0.5;
    ck_assert_double_eq_tol(o.workload->distance(o.state, w), 0.5, 1e-12);
    ck_assert_double_ge(loss_at(&o, w), 0.01 / 2 * 0.25);
    o.workload->close(o.state);
    unlink(path);
}
END_TEST

START_TEST(optimum_by_hand)
{
    static const char text[] = "1 1:1\n1 1:1\n1 1:1\n0 1:1\n";
    const char *const texts[] = {"file", path, "optimum", "yes", "lambda", "0.1", NULL};
    double b = 0, zero = 0;

    write_text(text, sizeof text - 1);
    struct opened o = open_as(1, texts);
    (void)loss_at(&o, &zero);
    for (int i = 0; i < 100; i++) /* a contraction: the right side's slope is below .25/.35 */
        b += (0.75 / (1 + exp(b)) - 0.25 / (1 + exp(-b)) - 0.1 * b) / 0.35;
    ck_assert_double_eq_tol(o.workload->distance(o.state, &zero), b, 1e-8);
    o.workload->close(o.state);
    unlink(path);
}
END_TEST

START_TEST(combinations_are_checked)
{
    const char *const rows[][9] = {
        {"file", path, "optimum", "yes", "regularizer", "nonconvex", NULL},
        {"file", path, "optimum", "yes", "lambda", "0", NULL},
        {"file", path, "loss", "gap", NULL},
        {"file", "/nonexistent", NULL},
        {"positive", "3", "negative", "3", NULL},
        {"positive", "3", "negative", "77", NULL},
    };
    static const char *const words[] = {"optimum",      "optimum",    "gap",
                                        "/nonexistent", "same class", "77"};
    const struct tw_workload *workload = tw_workload_find("logistic", TW_FP32);
    char root[64];

    test_make_data(root, 100, 10);
    write_samples();
    for (int i = 0; i < 6; i++) {
        union test_params params;
        struct tw_workload_setup setup = {.ranks = 1, .batch = 1, .steps = 1, .params = &params};
        struct tw_err err = {0};
        void *state = &err;

        test_set_options(workload, &params, rows[i]);
        ck_assert_int_eq(tw_workload_check(workload, &params, &err) == TW_OK, i == 5);
        ck_assert_int_ne(workload->open(&setup, &state, &err), TW_OK);
        ck_assert_msg(strstr(err.text, words[i]), "%s", err.text);
        ck_assert_ptr_null(state);
    }
    unlink(path);
    test_remove_data(root);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload logistic");
    TCase *tests = tcase_create("logistic");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, reads_the_format);
    tcase_add_loop_test(tests, refuses_with_a_place, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(tests, refuses_what_is_no_text);
    tcase_add_test(tests, too_few_samples_name_their_file);
    tcase_add_test(tests, gradients_are_derivatives);
    tcase_add_test(tests, batches_average_to_the_full_gradient);
    tcase_add_test(tests, optimum_is_found);
    tcase_add_test(tests, optimum_by_hand);
    tcase_add_test(tests, combinations_are_checked);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
