/* Shapes of a decoder-only transformer (Radford et al., "Language Models are Unsupervised Multitask
 * Learners", 2019: GPT-2; arithmetic: gpt_real.c). Weights: V·d + T·d + L·(12d² + 13d) + 2d, and
 * V·d more where the head is not tied; with V = 50257, T = 1024, d = 768, L = 12, tied:
 * 124,439,808. */
#include "gpt.h"

#include <stdio.h>

static void add(struct tw_gpt *gpt, const char *prefix, const char *name, uint64_t rows,
                uint64_t columns)
{
    struct tw_tensor *tensor = &gpt->tensors[gpt->count];

    *tensor = (struct tw_tensor){.rows = rows ? rows : 1,
                                 .columns = columns,
                                 .offset = gpt->dimension,
                                 .id = (uint32_t)gpt->count,
                                 .vector = rows == 0};
    snprintf(tensor->name, sizeof tensor->name, "%s%s", prefix, name);
    gpt->count++;
    gpt->dimension += tw_tensor_size(tensor);
}

static void add_layer(struct tw_gpt *gpt, int layer)
{
    const uint64_t d = gpt->width;
    char prefix[24];

    snprintf(prefix, sizeof prefix, "h.%d.", layer);
    add(gpt, prefix, "ln_1.weight", 0, d);
    add(gpt, prefix, "ln_1.bias", 0, d);
    add(gpt, prefix, "attn.c_attn.weight", 3 * d, d);
    add(gpt, prefix, "attn.c_attn.bias", 0, 3 * d);
    add(gpt, prefix, "attn.c_proj.weight", d, d);
    add(gpt, prefix, "attn.c_proj.bias", 0, d);
    add(gpt, prefix, "ln_2.weight", 0, d);
    add(gpt, prefix, "ln_2.bias", 0, d);
    add(gpt, prefix, "mlp.c_fc.weight", 4 * d, d);
    add(gpt, prefix, "mlp.c_fc.bias", 0, 4 * d);
    add(gpt, prefix, "mlp.c_proj.weight", d, 4 * d);
    add(gpt, prefix, "mlp.c_proj.bias", 0, d);
}

tw_status tw_gpt_check(const struct tw_gpt_shape *shape, struct tw_err *err)
{
    if (shape->layers < 1 || shape->layers > TW_GPT_LAYERS)
        return tw_err_set(err, TW_RANGE, "layers: %d is not in 1 … %d", shape->layers,
                          TW_GPT_LAYERS);
    if (!shape->vocabulary || !shape->context || !shape->width || !shape->heads)
        return tw_err_set(err, TW_RANGE, "a transformer of no symbols, positions, width or heads");
    if (shape->width % shape->heads == 0)
        return TW_OK;
    tw_err_set(err, TW_RANGE, "heads: %u do not divide the width of %u", shape->heads,
               shape->width);
    return tw_err_hint(err, TW_RANGE, "e.g. width=\"64\" heads=\"4\"");
}

void tw_gpt_make(struct tw_gpt *gpt, const struct tw_gpt_shape *shape)
{
    *gpt = (struct tw_gpt){.vocabulary = shape->vocabulary,
                           .context = shape->context,
                           .width = shape->width,
                           .heads = shape->heads,
                           .layers = shape->layers,
                           .tied = shape->tied};
    add(gpt, "", "wte.weight", gpt->vocabulary, gpt->width);
    add(gpt, "", "wpe.weight", gpt->context, gpt->width);
    for (int l = 0; l < gpt->layers; l++)
        add_layer(gpt, l);
    add(gpt, "", "ln_f.weight", 0, gpt->width);
    add(gpt, "", "ln_f.bias", 0, gpt->width);
    if (!gpt->tied)
        add(gpt, "", "lm_head.weight", gpt->vocabulary, gpt->width);
}
