/* Convolutional networks, with the tensor names and order of torchvision:
 *   resnet50, resnet18   He et al., arXiv:1512.03385, table 1. 53 (20) convolutions without biases,
 *                        as many batch norms of two vectors, one dense layer: 25,557,032
 *                        (11,689,512) values in 161 (62) tensors
 *   resnet18-cifar       its form for images of 32 × 32 and 10 classes: first convolution 3 × 3
 *   vgg16                Simonyan and Zisserman, arXiv:1409.1556, configuration D: 13 convolutions
 *                        with biases, three dense layers: 138,357,544 values, 32 tensors
 *   vgg16-cifar          the same convolutions, each with a batch norm, and one dense layer 512→10
 */
#include "model_builder.h"

#include <stdio.h>
#include <string.h>

static void add_batch_norm(struct tw_model_builder *builder, const char *prefix, const char *name,
                           uint64_t channels)
{
    char whole[64];

    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    tw_model_add(builder, whole, ".weight", 0, channels);
    tw_model_add(builder, whole, ".bias", 0, channels);
}

/* in → 1×1, w → 3×3, w → 1×1, 4w, and where `first`, the projection in → 4w. */
static void add_bottleneck(struct tw_model_builder *builder, int stage, int block, uint64_t in,
                           uint64_t w)
{
    char prefix[32];

    snprintf(prefix, sizeof prefix, "layer%d.%d.", stage, block);
    tw_model_add(builder, prefix, "conv1.weight", w, in);
    add_batch_norm(builder, prefix, "bn1", w);
    tw_model_add(builder, prefix, "conv2.weight", w, 9 * w);
    add_batch_norm(builder, prefix, "bn2", w);
    tw_model_add(builder, prefix, "conv3.weight", 4 * w, w);
    add_batch_norm(builder, prefix, "bn3", 4 * w);
    if (block == 0) {
        tw_model_add(builder, prefix, "downsample.0.weight", 4 * w, in);
        add_batch_norm(builder, prefix, "downsample.1", 4 * w);
    }
}

/* Two 3×3 convolutions, and where the shape changes, the projection in → w. */
static void add_basic_block(struct tw_model_builder *builder, int stage, int block, uint64_t in,
                            uint64_t w)
{
    char prefix[32];

    snprintf(prefix, sizeof prefix, "layer%d.%d.", stage, block);
    tw_model_add(builder, prefix, "conv1.weight", w, 9 * in);
    add_batch_norm(builder, prefix, "bn1", w);
    tw_model_add(builder, prefix, "conv2.weight", w, 9 * w);
    add_batch_norm(builder, prefix, "bn2", w);
    if (in != w) {
        tw_model_add(builder, prefix, "downsample.0.weight", w, in);
        add_batch_norm(builder, prefix, "downsample.1", w);
    }
}

/* kernel: side of the first convolution. */
static void make_resnet18(struct tw_model_builder *builder, uint64_t kernel, uint64_t classes)
{
    uint64_t in = 64;

    tw_model_add(builder, "", "conv1.weight", 64, 3 * kernel * kernel);
    add_batch_norm(builder, "", "bn1", 64);
    for (int stage = 0; stage < 4; stage++) {
        const uint64_t w = UINT64_C(64) << stage;
        for (int block = 0; block < 2; block++) {
            add_basic_block(builder, stage + 1, block, in, w);
            in = w;
        }
    }
    tw_model_add(builder, "", "fc.weight", classes, 512);
    tw_model_add(builder, "", "fc.bias", 0, classes);
}

static void make_resnet50(struct tw_model_builder *builder)
{
    static const struct {
        uint64_t width;
        int blocks;
    } stages[4] = {{64, 3}, {128, 4}, {256, 6}, {512, 3}};
    uint64_t in = 64;

    tw_model_add(builder, "", "conv1.weight", 64, UINT64_C(3) * 7 * 7);
    add_batch_norm(builder, "", "bn1", 64);
    for (int stage = 0; stage < 4; stage++) {
        for (int block = 0; block < stages[stage].blocks; block++) {
            add_bottleneck(builder, stage + 1, block, in, stages[stage].width);
            in = 4 * stages[stage].width;
        }
    }
    tw_model_add(builder, "", "fc.weight", 1000, 2048);
    tw_model_add(builder, "", "fc.bias", 0, 1000);
}

static void add_dense(struct tw_model_builder *builder, const char *prefix, uint64_t out,
                      uint64_t in)
{
    tw_model_add(builder, prefix, "weight", out, in);
    tw_model_add(builder, prefix, "bias", 0, out);
}

/* Places in torchvision's list `features`: ReLUs, batch norms and poolings (0 here) count. */
static void make_vgg16(struct tw_model_builder *builder, int norms)
{
    static const uint64_t widths[] = {64, 64,  0,   128, 128, 0,   256, 256, 256,
                                      0,  512, 512, 512, 0,   512, 512, 512};
    uint64_t in = 3;
    int place = 0;

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char prefix[32];

        if (widths[i] == 0) {
            place++;
            continue;
        }
        snprintf(prefix, sizeof prefix, "features.%d.", place);
        add_dense(builder, prefix, widths[i], 9 * in);
        if (norms) {
            snprintf(prefix, sizeof prefix, "features.%d", place + 1);
            add_batch_norm(builder, prefix, "", widths[i]);
        }
        place += norms ? 3 : 2;
        in = widths[i];
    }
    if (norms) {
        add_dense(builder, "classifier.", 10, 512);
        return;
    }
    add_dense(builder, "classifier.0.", 4096, UINT64_C(512) * 7 * 7);
    add_dense(builder, "classifier.3.", 4096, 4096);
    add_dense(builder, "classifier.6.", 1000, 4096);
}

int tw_model_add_vision(struct tw_model_builder *builder, const char *name)
{
    if (strcmp(name, "resnet50") == 0)
        make_resnet50(builder);
    else if (strcmp(name, "resnet18") == 0)
        make_resnet18(builder, 7, 1000);
    else if (strcmp(name, "resnet18-cifar") == 0)
        make_resnet18(builder, 3, 10);
    else if (strcmp(name, "vgg16") == 0)
        make_vgg16(builder, 0);
    else if (strcmp(name, "vgg16-cifar") == 0)
        make_vgg16(builder, 1);
    else
        return 0;
    return 1;
}
