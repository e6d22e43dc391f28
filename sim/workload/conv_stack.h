/* A stack of convolutions, each followed by ReLU and 2 × 2 pooling: shapes and tensors. */
#ifndef TW_WORKLOAD_CONV_STACK_H
#define TW_WORKLOAD_CONV_STACK_H

#include "base/err.h"
#include "base/tensor.h"

#define TW_CONV_LAYERS 3 /* at most; 0 is no convolution at all */
#define TW_CONV_CHANNELS_MAX 1024U
#define TW_CONV_KERNEL_MAX 15U

/* Level l is what layer l makes, level 0 the image: channels × height × width values per sample,
 * row-major. A kernel sees (kernel − 1)/2 zeros beyond each edge, so that a convolution keeps
 * height and width; pooling halves both, rounding down. tensors[2l] is the weight of layer l + 1 as
 * a matrix (rows = channels out, columns = channels in · kernel · kernel), tensors[2l+1] its bias.
 */
struct tw_conv {
    int layers;
    uint32_t kernel;
    uint32_t channels[TW_CONV_LAYERS + 1], height[TW_CONV_LAYERS + 1], width[TW_CONV_LAYERS + 1];
    struct tw_tensor tensors[2 * TW_CONV_LAYERS];
    uint64_t dimension; /* all weights */
};

/* Layers of the given channels on images of one channel. TW_RANGE: more than TW_CONV_LAYERS, a
 * kernel that is even or beyond TW_CONV_KERNEL_MAX, channels of 0 or beyond TW_CONV_CHANNELS_MAX,
 * or an image too small to be halved so often. */
tw_status tw_conv_make(struct tw_conv *conv, uint32_t height, uint32_t width, uint32_t kernel,
                       const uint32_t *channels, int layers, struct tw_err *err) TW_MUST_CHECK;

/* Values of one sample at level l. */
static inline uint64_t tw_conv_size(const struct tw_conv *conv, int l)
{
    return (uint64_t)conv->channels[l] * conv->height[l] * conv->width[l];
}

#endif
