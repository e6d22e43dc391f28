/* A decoder-only transformer: sizes, and where each tensor lies in the flat vector of weights. */
#ifndef TW_WORKLOAD_GPT_H
#define TW_WORKLOAD_GPT_H

#include "base/err.h"
#include "base/tensor.h"

#define TW_GPT_LAYERS 24 /* at most */

/* Tensors of a layer, in their order. */
enum tw_gpt_part {
    TW_GPT_LN_1,    /* weight; its bias follows, as for all others */
    TW_GPT_QKV = 2, /* attn.c_attn: 3·width × width; rows of q, then k, then v */
    TW_GPT_MIX = 4, /* attn.c_proj: width × width */
    TW_GPT_LN_2 = 6,
    TW_GPT_UP = 8,    /* mlp.c_fc: 4·width × width */
    TW_GPT_DOWN = 10, /* mlp.c_proj: width × 4·width */
    TW_GPT_PARTS = 12
};

struct tw_gpt_shape {
    uint32_t vocabulary, context, width, heads;
    int layers;
    int tied; /* the head is the embedding */
};

struct tw_gpt {
    uint32_t vocabulary, context, width, heads; /* as in the shape */
    int layers, tied;
    int count;
    uint64_t dimension;
    /* wte, wpe, the layers' parts, ln_f.weight, ln_f.bias, and lm_head.weight unless tied. Names
     * are GPT-2's; matrices are rows = outputs, columns = inputs (its released files hold the
     * transposes), embeddings rows = symbols or positions. */
    struct tw_tensor tensors[2 + TW_GPT_PARTS * TW_GPT_LAYERS + 3];
};

/* TW_RANGE: a 0, more layers than TW_GPT_LAYERS, or a width that the heads do not divide. */
tw_status tw_gpt_check(const struct tw_gpt_shape *shape, struct tw_err *err) TW_MUST_CHECK;

/* Of a shape that passes tw_gpt_check. */
void tw_gpt_make(struct tw_gpt *gpt, const struct tw_gpt_shape *shape);

static inline const struct tw_tensor *tw_gpt_part(const struct tw_gpt *gpt, int layer,
                                                  enum tw_gpt_part part)
{
    return &gpt->tensors[2 + TW_GPT_PARTS * layer + (int)part];
}

static inline const struct tw_tensor *tw_gpt_last_norm(const struct tw_gpt *gpt)
{
    return &gpt->tensors[2 + TW_GPT_PARTS * gpt->layers];
}

static inline const struct tw_tensor *tw_gpt_head(const struct tw_gpt *gpt)
{
    return gpt->tied ? &gpt->tensors[0] : &gpt->tensors[gpt->count - 1];
}

#endif
