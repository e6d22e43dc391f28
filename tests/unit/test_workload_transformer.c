/* links: tw_workload tw_base */
/* transformer: gradients against finite differences, parts of the ranks, start, refusals. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "unit/test_workload_open.h"
#include "workload/text.h"

static char root[64];

/* One window per rank (⌊1349/context⌋ of them). With h = 1e-5 both h²·f''' and rounding are near
 * 1e-10. */
static void check_differences(int ranks, const char *const *texts)
{
    struct opened o = open_as("transformer", TW_FP64, ranks, 2, texts);
    double *w = some_weights(&o, 0.1);

    check_each_tensor(&o, ranks, w, 1e-5, 2e-10);
    o.workload->close(o.state);
    free(w);
}

START_TEST(gradients_are_derivatives)
{
    static const char *const untied[] = {"width", "12",     "heads", "3", "context",
                                         "96",    "sample", "0",     NULL};
    static const char *const tied[] = {"width", "10",   "heads",  "2", "context", "120",
                                       "head",  "tied", "layers", "3", NULL};

    test_make_data(root, 10, 10);
    check_differences(14, untied);
    check_differences(11, tied);
    test_remove_data(root);
}
END_TEST

/* A batch of 40 windows of 64 bytes is three passes of at most 16. Every rank owns one window
 * (21 ranks, ⌊1349/64⌋ = 21), so that it is the same window 40 times. */
START_TEST(large_batches_are_means)
{
    static const char *const texts[] = {"width", "8", "heads", "2", NULL};

    test_make_data(root, 10, 10);
    struct opened one = open_as("transformer", TW_FP64, 21, 1, texts),
                  many = open_as("transformer", TW_FP64, 21, 40, texts);
    double *w = some_weights(&one, 0.1), *a = numbers(one.d), *b = numbers(one.d), gap = 0;
    for (int rank = 0; rank < 2; rank++) {
        gradient_at(&one, rank, 0, w, a);
        gradient_at(&many, rank, 0, w, b);
        for (uint64_t i = 0; i < one.d; i++)
            gap = fmax(gap, fabs(a[i] - b[i]));
    }
    ck_assert_double_lt(gap, 1e-12);
    one.workload->close(one.state);
    many.workload->close(many.state);
    free(w);
    free(a);
    free(b);
    test_remove_data(root);
}
END_TEST

/* The gradient of wte (tied = no) is zero in the rows of symbols that no window of the batch holds:
 * a contiguous rank's window is known. Rank r of 21 owns window r, bytes 64r … 64r + 63. */
START_TEST(contiguous_ranks_own_consecutive_text)
{
    static const char *const texts[] = {"width", "8", "heads", "2", "split", "contiguous", NULL};
    struct tw_text text;
    struct tw_err err = {0};
    int wrong = 0;

    test_make_data(root, 10, 10);
    ck_assert_int_eq(tw_text_open(0, "", &text, &err), TW_OK);
    struct opened o = open_as("transformer", TW_FP64, 21, 1, texts);
    double *w = some_weights(&o, 0.1), *g = numbers(o.d);
    for (int rank = 0; rank < 21; rank++) {
        uint8_t seen[256] = {0};
        for (int t = 0; t < 64; t++)
            seen[text.symbols[64 * rank + t]] = 1;
        gradient_at(&o, rank, 5, w, g);
        for (uint32_t v = 0; v < text.vocabulary; v++) {
            double size = 0;
            for (uint32_t c = 0; c < 8; c++)
                size += fabs(g[8 * v + c]);
            wrong += (size > 0) != seen[v];
        }
    }
    ck_assert_int_eq(wrong, 0);
    o.workload->close(o.state);
    tw_text_close(&text);
    free(w);
    free(g);
    test_remove_data(root);
}
END_TEST

/* Start: N(0, 1/inputs) — over 64 · 192 values the standard error of the variance is
 * √(2/12288) = 1.3 % —, c_proj's divided by √(2·2), norms 1, biases 0; with small embeddings and
 * head the loss is near log of the vocabulary. */
START_TEST(starts_as_documented)
{
    int count;

    test_make_data(root, 10, 10);
    struct opened o = open_as("transformer", TW_FP64, 2, 1, NULL);
    const struct tw_tensor *tensors = o.workload->tensors(o.state, &count);
    double *w = numbers(o.d), square = 0, mix = 0;
    o.workload->start(o.state, w);
    const uint64_t vocabulary = tensors[0].rows;
    for (uint64_t i = 0; i < 192 * 64; i++)
        square += w[tensors[4].offset + i] * w[tensors[4].offset + i];
    for (uint64_t i = 0; i < 64 * 64; i++)
        mix += w[tensors[6].offset + i] * w[tensors[6].offset + i];
    ck_assert_str_eq(tensors[4].name, "h.0.attn.c_attn.weight");
    ck_assert_str_eq(tensors[6].name, "h.0.attn.c_proj.weight");
    ck_assert_double_eq_tol(square / (192 * 64) * 64, 1, 0.065);
    ck_assert_double_eq_tol(mix / (64 * 64) * 64 * 4, 1, 0.11);
    for (uint64_t i = 0; i < 64; i++)
        ck_assert(w[tensors[2].offset + i] == 1 && w[tensors[3].offset + i] == 0);
    ck_assert_double_eq_tol(loss_at(&o, w, NULL), log((double)vocabulary), 0.1);
    o.workload->close(o.state);
    free(w);
    test_remove_data(root);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    static const char *const odd[] = {"heads", "3", NULL};
    static const char *const wide[] = {"context", "1400", NULL};
    static const char *const gone[] = {"file", "/nonexistent.txt", NULL};
    const struct tw_workload *workload = tw_workload_find("transformer", TW_FP32);
    union test_params params;
    struct tw_err err = {0};
    struct opened o;

    test_make_data(root, 10, 10);
    test_set_options(workload, &params, odd);
    ck_assert_int_eq(tw_workload_check(workload, &params, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "heads"));
    ck_assert_int_eq(try_open(&o, "transformer", TW_FP32, 2, 1, odd, &err), TW_RANGE);
    ck_assert_int_eq(try_open(&o, "transformer", TW_FP32, 2, 1, wide, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "1500 bytes"));
    ck_assert_int_eq(try_open(&o, "transformer", TW_FP32, 22, 1, NULL, &err),
                     TW_RANGE); /* of 21 windows */
    test_set_options(workload, &params, gone);
    ck_assert_int_eq(tw_workload_check(workload, &params, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent.txt"));
    ck_assert_int_eq(try_open(&o, "transformer", TW_FP32, 2, 1, gone, &err), TW_IO);
    test_remove_data(root);
}
END_TEST

START_TEST(diverged_weights_are_values_not_crashes)
{
    static const char *const texts[] = {"width", "8", "heads", "2", "sample", "20", NULL};
    static const double bad[] = {(double)NAN, (double)INFINITY, 1e38};

    test_make_data(root, 10, 10);
    struct opened o = open_as("transformer", TW_FP32, 2, 4, texts);
    float *w = calloc(o.d, sizeof *w), *g = calloc(o.d, sizeof *g);
    ck_assert(w && g);
    for (int i = 0; i < 3; i++) {
        for (uint64_t k = 0; k < o.d; k++)
            w[k] = (float)(k % 3 == 1 ? -bad[i] : bad[i]);
        const double loss = loss_at(&o, w, NULL);
        ck_assert(!isfinite(loss) || loss > 1e20);
        gradient_at(&o, 0, 0, w, g);
    }
    o.workload->close(o.state);
    free(w);
    free(g);
    test_remove_data(root);
}
END_TEST

/* On the test's text of six words in random order: bytes within a word follow from those before, so
 * that they are learnt. After 150 steps the loss is far below log of the vocabulary (14 bytes:
 * 2.64), and more than half of what was held out is guessed. */
START_TEST(learns_words)
{
    static const char *const texts[] = {"width", "32", "context", "16", "layers", "1", NULL};
    double accuracy;

    test_make_data(root, 10, 10);
    struct opened o = open_as("transformer", TW_FP32, 2, 16, texts);
    float *w = calloc(o.d, sizeof *w), *g = calloc(o.d, sizeof *g);
    ck_assert(w && g);
    o.workload->start(o.state, w);
    for (uint32_t step = 0; step < 150; step++) {
        for (int rank = 0; rank < 2; rank++) {
            gradient_at(&o, rank, step, w, g);
            for (uint64_t i = 0; i < o.d; i++)
                w[i] -= 0.5F / 2 * g[i];
        }
    }
    const double loss = loss_at(&o, w, &accuracy);
    ck_assert_msg(loss < 1.2 && accuracy > 0.5, "seed 42: loss %g, accuracy %g", loss, accuracy);
    o.workload->close(o.state);
    free(w);
    free(g);
    test_remove_data(root);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload transformer");
    TCase *tests = tcase_create("transformer");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, gradients_are_derivatives);
    tcase_add_test(tests, large_batches_are_means);
    tcase_add_test(tests, contiguous_ranks_own_consecutive_text);
    tcase_add_test(tests, starts_as_documented);
    tcase_add_test(tests, what_cannot_be_is_refused);
    tcase_add_test(tests, diverged_weights_are_values_not_crashes);
    tcase_add_test(tests, learns_words);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
