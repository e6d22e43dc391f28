/* The list of models, and the tables of those trained here: fmnist-* are the networks of softmax.c
 * and mlp.c on 28 × 28 images of 10 classes. The others: models_vision.c, models_language.c.
 * Matrix view: a convolution [O, I, k, k] has rows = O, columns = I·k·k. */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dense_stack.h"
#include "model_builder.h"

/* New ones at the end: the place is what a params struct holds. */
const char *const tw_model_choices[] = {
    "none",       "resnet50",       "llama-60m",    "llama-130m",     "llama-350m", "llama-1b",
    "fmnist-mlp", "fmnist-softmax", "resnet18",     "resnet18-cifar", "vgg16",      "vgg16-cifar",
    "bert-base",  "bert-large",     "roberta-base", "gpt2",           "llama-7b",   NULL};

void tw_model_add(struct tw_model_builder *builder, const char *prefix, const char *name,
                  uint64_t rows, uint64_t columns)
{
    struct tw_model *model = builder->model;
    struct tw_tensor *tensor;

    if (model->count == builder->capacity && !builder->failed) {
        const int capacity = builder->capacity ? 2 * builder->capacity : 64;
        void *grown = realloc(model->tensors, (size_t)capacity * sizeof *model->tensors);
        if (grown) {
            model->tensors = grown;
            builder->capacity = capacity;
        } else {
            builder->failed = 1;
        }
    }
    if (builder->failed)
        return;
    tensor = &model->tensors[model->count];
    *tensor = (struct tw_tensor){.rows = rows ? rows : 1,
                                 .columns = columns,
                                 .offset = model->dimension,
                                 .id = (uint32_t)model->count,
                                 .vector = rows == 0};
    snprintf(tensor->name, sizeof tensor->name, "%s%s", prefix, name);
    model->count++;
    model->dimension += tw_tensor_size(tensor);
}

static tw_status make_stack(struct tw_model_builder *builder, const uint32_t *width, int layers,
                            struct tw_err *err)
{
    struct tw_stack stack;
    const tw_status status = tw_stack_make(&stack, width, layers, err);

    if (status != TW_OK)
        return status;
    for (int i = 0; i < 2 * layers; i++) {
        const struct tw_tensor *tensor = &stack.tensors[i];
        tw_model_add(builder, "", tensor->name, tensor->vector ? 0 : tensor->rows, tensor->columns);
    }
    return TW_OK;
}

static tw_status build(struct tw_model_builder *builder, const char *name, struct tw_err *err)
{
    static const uint32_t mlp[] = {784, 256, 128, 10}, softmax[] = {784, 10};

    if (tw_model_add_vision(builder, name) || tw_model_add_language(builder, name))
        return TW_OK;
    if (strcmp(name, "fmnist-mlp") == 0)
        return make_stack(builder, mlp, 3, err);
    if (strcmp(name, "fmnist-softmax") == 0)
        return make_stack(builder, softmax, 1, err);
    return tw_err_set(err, TW_INTERNAL, "model %s has no table", name);
}

static tw_status finish(const struct tw_model_builder *builder, tw_status status,
                        struct tw_err *err)
{
    if (status == TW_OK && builder->failed)
        status = tw_err_set(err, TW_MEMORY, "no memory for the layer table");
    if (status != TW_OK)
        tw_model_free(builder->model);
    return status;
}

tw_status tw_model_make(int choice, struct tw_model *model, struct tw_err *err)
{
    struct tw_model_builder builder = {.model = model};

    *model = (struct tw_model){0};
    return finish(&builder, build(&builder, tw_model_choices[choice], err), err);
}

tw_status tw_model_even(uint64_t dimension, uint64_t layers, uint64_t columns,
                        struct tw_model *model, struct tw_err *err)
{
    struct tw_model_builder builder = {.model = model};

    *model = (struct tw_model){0};
    if (layers < 1 || layers > dimension || layers > 100000)
        return tw_err_set(err, TW_RANGE, "%llu values cannot be cut into %llu layers",
                          (unsigned long long)dimension, (unsigned long long)layers);
    if (columns && (dimension % layers || dimension / layers % columns))
        return tw_err_set(
            err, TW_RANGE, "%llu values in %llu layers are not whole rows of %llu columns",
            (unsigned long long)dimension, (unsigned long long)layers, (unsigned long long)columns);
    for (uint64_t l = 0; l < layers; l++) {
        const uint64_t size = dimension / layers + (l < dimension % layers);
        char name[32];

        snprintf(name, sizeof name, "layer%llu", (unsigned long long)l);
        if (columns)
            tw_model_add(&builder, name, ".weight", size / columns, columns);
        else
            tw_model_add(&builder, name, ".weight", 0, size);
    }
    return finish(&builder, TW_OK, err);
}

void tw_model_free(struct tw_model *model)
{
    free(model->tensors);
    *model = (struct tw_model){0};
}
