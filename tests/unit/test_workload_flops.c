/* links: tw_workload tw_base */
/* Operations of models against published counts and formulas. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "workload/models.h"

static double flops_of(const char *name, uint64_t sequence)
{
    struct tw_err err = {0};
    double *flops = NULL, sum = 0;
    int choice = 1, count = 0;
    while (tw_model_choices[choice] && strcmp(tw_model_choices[choice], name) != 0)
        choice++;
    ck_assert_ptr_nonnull(tw_model_choices[choice]);
    ck_assert_msg(tw_model_flops(choice, sequence, &flops, &count, &err) == TW_OK, "%s", err.text);
    for (int i = 0; i < count; i++)
        sum += flops[i];
    free(flops);
    return sum;
}

/* torchvision's documentation of its weights lists "GFLOPS", which are multiplications with their
 * additions: resnet18 1.81, resnet50 4.09, vgg16 15.47. To its digits. */
START_TEST(images_as_published)
{
    ck_assert_double_eq_tol(flops_of("resnet18", 0) / 2e9, 1.81, .005);
    ck_assert_double_eq_tol(flops_of("resnet50", 0) / 2e9, 4.09, .005);
    ck_assert_double_eq_tol(flops_of("vgg16", 0) / 2e9, 15.47, .005);
    /* 784·256 + 256·128 + 128·10 multiplications */
    ck_assert_double_eq(flops_of("fmnist-mlp", 0), 2.0 * (784 * 256 + 256 * 128 + 1280));
    /* By hand: the first convolution and four of 9·64² on 32² pixels; three stages of equal cost,
     * each of 9·64·128 + 3·9·128² + 64·128 on 16² pixels; 512·10 = 555,422,720. */
    double cifar = 1024.0 * (27 * 64 + 4 * 9 * 64 * 64) +
                   3 * 256.0 * (9 * 64 * 128 + 27 * 128 * 128 + 64 * 128) + 5120;
    ck_assert_double_eq(flops_of("resnet18-cifar", 0), 2 * cifar);
}
END_TEST

static double megatron(double s, double l, double h, double vocabulary)
{
    return 24 * s * l * h * h * (1 + s / (6 * h) + vocabulary / (12 * l * h));
}

/* Narayanan et al., arXiv:2104.04473: exact for the GPT-2 block of f = 4h, with the output. BERT's
 * block is the same without the output, and its pooler adds 2 h² for one token. */
START_TEST(transformers_by_formula)
{
    double gpt2 = megatron(1024, 12, 768, 50257),
           bert = megatron(512, 24, 1024, 0) + 2 * 1024 * 1024;
    ck_assert_double_eq_tol(flops_of("gpt2", 0), gpt2, 1e-12 * gpt2);
    ck_assert_double_eq_tol(flops_of("gpt2", 100), megatron(100, 12, 768, 50257), 1);
    ck_assert_double_eq_tol(flops_of("bert-large", 0), bert, 1e-12 * bert);
    /* Jiao et al. (TinyBERT), arXiv:1909.10351, table 1: 22.5e9 operations of BERT-Base, 128
     * tokens, with element-wise ones, which are not counted here. */
    ck_assert_double_eq_tol(flops_of("bert-base", 128) / 22.5e9, .995, .005);
}
END_TEST

/* Two operations a parameter and token, but of the embedding, which is looked up, and of the norms;
 * and 4 s² h a layer: 60m: P = 58,073,600, V·h = 16,384,000, norms 17·512. */
START_TEST(llama_by_parameters)
{
    double expected = 2.0 * 256 * (58073600 - 16384000 - 17 * 512) + 8.0 * 4 * 256 * 256 * 512;
    ck_assert_double_eq(flops_of("llama-60m", 0), expected);
}
END_TEST

START_TEST(every_model_has_them)
{
    for (int i = 1; tw_model_choices[i]; i++)
        ck_assert_double_gt(flops_of(tw_model_choices[i], 0), 0);
}
END_TEST

START_TEST(images_have_no_sequence)
{
    struct tw_err err = {0};
    double *flops = NULL;
    int count = 0;
    ck_assert_int_eq(tw_model_flops(1, 128, &flops, &count, &err), TW_RANGE);
    ck_assert_ptr_null(flops);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload_flops");
    TCase *tests = tcase_create("flops");
    tcase_add_test(tests, images_as_published);
    tcase_add_test(tests, transformers_by_formula);
    tcase_add_test(tests, llama_by_parameters);
    tcase_add_test(tests, every_model_has_them);
    tcase_add_test(tests, images_have_no_sequence);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
