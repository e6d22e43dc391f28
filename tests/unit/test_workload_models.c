/* links: tw_workload tw_base */
/* Layer tables: totals, shapes, order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "workload/models.h"

static int choice_of(const char *name)
{
    for (int i = 0; tw_model_choices[i]; i++) {
        if (strcmp(tw_model_choices[i], name) == 0)
            return i;
    }
    return -1;
}

/* Parameters and tensors. llama: P = 2Vh + L(4h² + 3hf + 2h) + h with V = 32000, 9L + 3 tensors,
 * e.g. 60m: 2·32000·512 + 8·(4·512² + 3·512·1376 + 1024) + 512 = 58,073,600.
 * resnet50: the known 25,557,032 of torchvision; 53 + 2·53 + 2 = 161 tensors.
 * resnet18: torchvision's known 11,689,512; 20 + 2·20 + 2 tensors; for CIFAR the first convolution
 * has 3·3·3·64 in place of 3·7·7·64 values and the last layer 513·10 in place of 513·1000.
 * vgg16: the known 138,357,544; 2·(13 + 3) tensors. cifar: 14,710,464 values in 3×3 filters (9
 * times 3·64 + 64² + 64·128 + 128² + 128·256 + 2·256² + 256·512 + 5·512² = 1,634,496), three
 * vectors of together 4224 channels, and 513·10: 14,728,266; 13·4 + 2 tensors. bert: (V+512+2)h +
 * 2h + L[4(h²+h) + 2h + hf+f + fh+h + 2h] + h²+h, 16L + 7 tensors; gpt2: (50257+1024)h + 12(12h² +
 * 13h) + 2h with h = 768 = 124,439,808; 2 + 12·12 + 2. mlp: 784·256+256 + 256·128+128 + 128·10+10 =
 * 235,146; softmax: 784·10+10 = 7,850. */
static const struct {
    const char *name;
    uint64_t dimension;
    int count;
} known[] = {
    {"resnet50", 25557032, 161},      {"llama-60m", 58073600, 75},
    {"llama-130m", 134105856, 111},   {"llama-350m", 367969280, 219},
    {"llama-1b", 1339082752, 219},    {"fmnist-mlp", 235146, 6},
    {"fmnist-softmax", 7850, 2},      {"resnet18", 11689512, 62},
    {"resnet18-cifar", 11173962, 62}, {"vgg16", 138357544, 32},
    {"vgg16-cifar", 14728266, 54},    {"bert-base", 109482240, 199},
    {"bert-large", 335141888, 391},   {"roberta-base", 124645632, 199},
    {"gpt2", 124439808, 148},         {"llama-7b", 6738415616, 291},
};

START_TEST(has_known_totals)
{
    int listed = 0;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct tw_err err = {0};
        struct tw_model model;
        uint64_t at = 0;

        ck_assert_int_ge(choice_of(known[i].name), 1);
        ck_assert_int_eq(tw_model_make(choice_of(known[i].name), &model, &err), TW_OK);
        ck_assert_uint_eq(model.dimension, known[i].dimension);
        ck_assert_int_eq(model.count, known[i].count);
        for (int t = 0; t < model.count; t++) {
            const struct tw_tensor *tensor = &model.tensors[t];
            ck_assert_uint_eq(tensor->offset, at);
            ck_assert_uint_eq(tensor->id, (uint32_t)t);
            ck_assert(!tensor->vector || tensor->rows == 1);
            ck_assert_uint_gt(strlen(tensor->name), 0);
            for (int u = 0; u < t; u++)
                ck_assert_str_ne(tensor->name, model.tensors[u].name);
            at += tw_tensor_size(tensor);
        }
        ck_assert_uint_eq(at, model.dimension);
        tw_model_free(&model);
    }
    while (tw_model_choices[listed])
        listed++;
    ck_assert_int_eq(listed - 1, (int)(sizeof known / sizeof known[0])); /* none is left out */
}
END_TEST

static const struct tw_tensor *find(const struct tw_model *model, const char *name)
{
    for (int t = 0; t < model->count; t++) {
        if (strcmp(model->tensors[t].name, name) == 0)
            return &model->tensors[t];
    }
    ck_abort_msg("no tensor %s", name);
    return NULL;
}

static void check_shape(const struct tw_model *model, const char *name, uint64_t rows,
                        uint64_t columns, int vector)
{
    const struct tw_tensor *tensor = find(model, name);
    ck_assert_uint_eq(tensor->rows, rows);
    ck_assert_uint_eq(tensor->columns, columns);
    ck_assert_int_eq(tensor->vector, vector);
}

START_TEST(has_matrix_views)
{
    struct tw_err err = {0};
    struct tw_model model;

    ck_assert_int_eq(tw_model_make(choice_of("resnet50"), &model, &err), TW_OK);
    check_shape(&model, "conv1.weight", 64, 147, 0); /* [64, 3, 7, 7] */
    check_shape(&model, "layer1.0.downsample.0.weight", 256, 64, 0);
    check_shape(&model, "layer4.2.conv2.weight", 512, 4608, 0); /* [512, 512, 3, 3] */
    check_shape(&model, "layer3.0.conv1.weight", 256, 512, 0);
    check_shape(&model, "layer2.1.bn3.bias", 1, 512, 1);
    check_shape(&model, "fc.weight", 1000, 2048, 0);
    ck_assert_str_eq(model.tensors[0].name, "conv1.weight");
    ck_assert_str_eq(model.tensors[160].name, "fc.bias");
    tw_model_free(&model);
    ck_assert_int_eq(tw_model_make(choice_of("llama-1b"), &model, &err), TW_OK);
    check_shape(&model, "model.embed_tokens.weight", 32000, 2048, 0);
    check_shape(&model, "model.layers.23.mlp.down_proj.weight", 2048, 5461, 0);
    check_shape(&model, "model.norm.weight", 1, 2048, 1);
    tw_model_free(&model);
    ck_assert_int_eq(tw_model_make(choice_of("fmnist-mlp"), &model, &err), TW_OK);
    check_shape(&model, "fc1.weight", 256, 784, 0);
    check_shape(&model, "fc3.bias", 1, 10, 1);
    tw_model_free(&model);
}
END_TEST

/* Names and shapes as torchvision and transformers print them. */
START_TEST(has_the_libraries_names)
{
    static const struct {
        const char *model, *tensor;
        uint64_t rows, columns;
        int vector;
    } shapes[] = {
        {"resnet18", "layer1.0.conv1.weight", 64, 576, 0},
        {"resnet18", "layer2.0.downsample.0.weight", 128, 64, 0},
        {"resnet18-cifar", "conv1.weight", 64, 27, 0},
        {"vgg16", "features.28.weight", 512, 4608, 0},
        {"vgg16", "classifier.6.bias", 1, 1000, 1},
        {"vgg16-cifar", "features.40.weight", 512, 4608, 0},
        {"vgg16-cifar", "features.41.weight", 1, 512, 1},
        {"bert-large", "encoder.layer.23.attention.output.LayerNorm.bias", 1, 1024, 1},
        {"bert-base", "encoder.layer.0.intermediate.dense.weight", 3072, 768, 0},
        {"roberta-base", "embeddings.token_type_embeddings.weight", 1, 768, 0},
        {"gpt2", "h.11.attn.c_attn.weight", 768, 2304, 0},
        {"llama-7b", "model.layers.31.mlp.down_proj.weight", 4096, 11008, 0},
    };

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct tw_err err = {0};
        struct tw_model model;
        ck_assert_int_eq(tw_model_make(choice_of(shapes[i].model), &model, &err), TW_OK);
        check_shape(&model, shapes[i].tensor, shapes[i].rows, shapes[i].columns, shapes[i].vector);
        tw_model_free(&model);
    }
}
END_TEST

START_TEST(cuts_evenly)
{
    struct tw_err err = {0};
    struct tw_model model;

    ck_assert_int_eq(tw_model_even(11, 3, 0, &model, &err), TW_OK); /* 4, 4, 3 */
    ck_assert_uint_eq(model.tensors[0].columns, 4);
    ck_assert_uint_eq(model.tensors[1].columns, 4);
    ck_assert_uint_eq(model.tensors[2].columns, 3);
    ck_assert_uint_eq(model.tensors[2].offset, 8);
    ck_assert_int_eq(model.tensors[2].vector, 1);
    tw_model_free(&model);
    ck_assert_int_eq(tw_model_even(24, 2, 4, &model, &err), TW_OK);
    check_shape(&model, "layer1.weight", 3, 4, 0);
    tw_model_free(&model);
    ck_assert_int_eq(tw_model_even(24, 2, 5, &model, &err), TW_RANGE);
    ck_assert_int_eq(tw_model_even(25, 2, 1, &model, &err), TW_RANGE);
    ck_assert_int_eq(tw_model_even(3, 4, 0, &model, &err), TW_RANGE);
    ck_assert_int_eq(tw_model_even(3, 0, 0, &model, &err), TW_RANGE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload models");
    TCase *tests = tcase_create("models");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, has_known_totals);
    tcase_add_test(tests, has_matrix_views);
    tcase_add_test(tests, has_the_libraries_names);
    tcase_add_test(tests, cuts_evenly);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
