/* Shapes of a stack of convolutions (arithmetic: conv_stack_real.c). */
#include "conv_stack.h"

#include <stdio.h>

static void add_tensor(struct tw_conv *conv, int id, const char *kind, uint64_t rows,
                       uint64_t columns)
{
    struct tw_tensor *tensor = &conv->tensors[id];

    *tensor = (struct tw_tensor){.rows = rows,
                                 .columns = columns,
                                 .offset = conv->dimension,
                                 .id = (uint32_t)id,
                                 .vector = id % 2};
    snprintf(tensor->name, sizeof tensor->name, "conv%d.%s", id / 2 + 1, kind);
    conv->dimension += rows * columns;
}

static tw_status add_layer(struct tw_conv *conv, int l, uint32_t channels, struct tw_err *err)
{
    const uint64_t columns = (uint64_t)conv->channels[l] * conv->kernel * conv->kernel;

    if (channels < 1 || channels > TW_CONV_CHANNELS_MAX)
        return tw_err_set(err, TW_RANGE, "%u channels are not in 1 … %u", channels,
                          TW_CONV_CHANNELS_MAX);
    if (conv->height[l] < 2 || conv->width[l] < 2)
        return tw_err_set(err, TW_RANGE, "images of %u × %u cannot be halved %d times",
                          conv->height[0], conv->width[0], l + 1);
    conv->channels[l + 1] = channels;
    conv->height[l + 1] = conv->height[l] / 2;
    conv->width[l + 1] = conv->width[l] / 2;
    add_tensor(conv, 2 * l, "weight", channels, columns);
    add_tensor(conv, 2 * l + 1, "bias", 1, channels);
    return TW_OK;
}

tw_status tw_conv_make(struct tw_conv *conv, uint32_t height, uint32_t width, uint32_t kernel,
                       const uint32_t *channels, int layers, struct tw_err *err)
{
    tw_status status = TW_OK;

    *conv = (struct tw_conv){.layers = layers, .kernel = kernel};
    conv->channels[0] = 1;
    conv->height[0] = height;
    conv->width[0] = width;
    if (layers < 0 || layers > TW_CONV_LAYERS)
        return tw_err_set(err, TW_RANGE, "%d convolutions: 0 to %d are possible", layers,
                          TW_CONV_LAYERS);
    if (layers && (kernel % 2 == 0 || kernel > TW_CONV_KERNEL_MAX)) {
        tw_err_set(err, TW_RANGE, "kernel %u has no middle or is too large", kernel);
        return tw_err_hint(err, TW_RANGE, "an odd number from 1 to %u", TW_CONV_KERNEL_MAX);
    }
    for (int l = 0; l < layers && status == TW_OK; l++)
        status = add_layer(conv, l, channels[l], err);
    return status;
}
