/* Shapes, and where they come from:
 *   resnet50   He et al., arXiv:1512.03385, table 1, with the tensor names and order of
 * torchvision: 53 convolutions, 53 batch norms of two vectors, one dense layer; 25,557,032 values
 *   llama-*    Zhao et al. (GaLore), arXiv:2403.03507, configurations for C4: no biases, RMSNorm,
 *              32,000 tokens, untied output; P = 2Vh + L(4h² + 3hf + 2h) + h, 9L + 3 tensors
 *   fmnist-*   the networks of softmax.c and mlp.c on 28 × 28 images of 10 classes
 * Matrix view: a convolution [O, I, k, k] has rows = O, columns = I·k·k. */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dense_stack.h"

const char *const tw_model_choices[] = {"none",       "resnet50",       "llama-60m",
                                        "llama-130m", "llama-350m",     "llama-1b",
                                        "fmnist-mlp", "fmnist-softmax", NULL};

struct builder {
    struct tw_model *model;
    int capacity, failed;
};

/* A tensor called prefix + name; rows = 0 makes a vector. */
static void add(struct builder *builder, const char *prefix, const char *name, uint64_t rows,
                uint64_t columns)
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

static void add_batch_norm(struct builder *builder, const char *prefix, const char *name,
                           uint64_t channels)
{
    char whole[64];

    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    add(builder, whole, ".weight", 0, channels);
    add(builder, whole, ".bias", 0, channels);
}

/* in → 1×1, w → 3×3, w → 1×1, 4w, and where `first`, the projection in → 4w. */
static void add_bottleneck(struct builder *builder, int stage, int block, uint64_t in, uint64_t w)
{
    char prefix[32];

    snprintf(prefix, sizeof prefix, "layer%d.%d.", stage, block);
    add(builder, prefix, "conv1.weight", w, in);
    add_batch_norm(builder, prefix, "bn1", w);
    add(builder, prefix, "conv2.weight", w, 9 * w);
    add_batch_norm(builder, prefix, "bn2", w);
    add(builder, prefix, "conv3.weight", 4 * w, w);
    add_batch_norm(builder, prefix, "bn3", 4 * w);
    if (block == 0) {
        add(builder, prefix, "downsample.0.weight", 4 * w, in);
        add_batch_norm(builder, prefix, "downsample.1", 4 * w);
    }
}

static void make_resnet50(struct builder *builder)
{
    static const struct {
        uint64_t width;
        int blocks;
    } stages[4] = {{64, 3}, {128, 4}, {256, 6}, {512, 3}};
    uint64_t in = 64;

    add(builder, "", "conv1.weight", 64, UINT64_C(3) * 7 * 7);
    add_batch_norm(builder, "", "bn1", 64);
    for (int stage = 0; stage < 4; stage++) {
        for (int block = 0; block < stages[stage].blocks; block++) {
            add_bottleneck(builder, stage + 1, block, in, stages[stage].width);
            in = 4 * stages[stage].width;
        }
    }
    add(builder, "", "fc.weight", 1000, 2048);
    add(builder, "", "fc.bias", 0, 1000);
}

struct llama {
    const char *name;
    uint64_t h, f; /* hidden and intermediate size */
    int layers;
};

static const struct llama llamas[] = {
    {"llama-60m", 512, 1376, 8},
    {"llama-130m", 768, 2048, 12},
    {"llama-350m", 1024, 2736, 24},
    {"llama-1b", 2048, 5461, 24},
};

static void make_llama(struct builder *builder, const struct llama *llama)
{
    static const char *const projections[] = {"self_attn.q_proj.weight", "self_attn.k_proj.weight",
                                              "self_attn.v_proj.weight", "self_attn.o_proj.weight"};
    const uint64_t h = llama->h, f = llama->f, vocabulary = 32000;

    add(builder, "", "model.embed_tokens.weight", vocabulary, h);
    for (int layer = 0; layer < llama->layers; layer++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "model.layers.%d.", layer);
        for (int i = 0; i < 4; i++)
            add(builder, prefix, projections[i], h, h);
        add(builder, prefix, "mlp.gate_proj.weight", f, h);
        add(builder, prefix, "mlp.up_proj.weight", f, h);
        add(builder, prefix, "mlp.down_proj.weight", h, f);
        add(builder, prefix, "input_layernorm.weight", 0, h);
        add(builder, prefix, "post_attention_layernorm.weight", 0, h);
    }
    add(builder, "", "model.norm.weight", 0, h);
    add(builder, "", "lm_head.weight", vocabulary, h);
}

static tw_status make_stack(struct builder *builder, const uint32_t *width, int layers,
                            struct tw_err *err)
{
    struct tw_stack stack;
    const tw_status status = tw_stack_make(&stack, width, layers, err);

    if (status != TW_OK)
        return status;
    for (int i = 0; i < 2 * layers; i++) {
        const struct tw_tensor *tensor = &stack.tensors[i];
        add(builder, "", tensor->name, tensor->vector ? 0 : tensor->rows, tensor->columns);
    }
    return TW_OK;
}

static tw_status build(struct builder *builder, const char *name, struct tw_err *err)
{
    static const uint32_t mlp[] = {784, 256, 128, 10}, softmax[] = {784, 10};

    for (size_t i = 0; i < sizeof llamas / sizeof llamas[0]; i++) {
        if (strcmp(name, llamas[i].name) == 0) {
            make_llama(builder, &llamas[i]);
            return TW_OK;
        }
    }
    if (strcmp(name, "fmnist-mlp") == 0)
        return make_stack(builder, mlp, 3, err);
    if (strcmp(name, "fmnist-softmax") == 0)
        return make_stack(builder, softmax, 1, err);
    make_resnet50(builder);
    return TW_OK;
}

static tw_status finish(const struct builder *builder, tw_status status, struct tw_err *err)
{
    if (status == TW_OK && builder->failed)
        status = tw_err_set(err, TW_MEMORY, "no memory for the layer table");
    if (status != TW_OK)
        tw_model_free(builder->model);
    return status;
}

tw_status tw_model_make(int choice, struct tw_model *model, struct tw_err *err)
{
    struct builder builder = {.model = model};

    *model = (struct tw_model){0};
    return finish(&builder, build(&builder, tw_model_choices[choice], err), err);
}

tw_status tw_model_even(uint64_t dimension, uint64_t layers, uint64_t columns,
                        struct tw_model *model, struct tw_err *err)
{
    struct builder builder = {.model = model};

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
            add(&builder, name, ".weight", size / columns, columns);
        else
            add(&builder, name, ".weight", 0, size);
    }
    return finish(&builder, TW_OK, err);
}

void tw_model_free(struct tw_model *model)
{
    free(model->tensors);
    *model = (struct tw_model){0};
}
