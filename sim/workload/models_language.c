/* Transformers, V tokens, width h, inner width f, L layers:
 *   llama-*       Zhao et al. (GaLore), arXiv:2403.03507, configurations for C4 (7b: Touvron et
 * al., arXiv:2302.13971): no biases, RMSNorm, V = 32,000, untied output; P = 2Vh + L(4h² + 3hf +
 * 2h) + h, 9L + 3 tensors gpt2          Radford et al. 2019, the small one: V = 50,257, 1024
 * positions, output tied to the embedding; weights lie as [in, out]; 124,439,808 values, 12L + 4
 * tensors bert-*        Devlin et al., arXiv:1810.04805, uncased: V = 30,522, 512 positions, 2
 * types, with pooler; 16L + 7 tensors roberta-base  Liu et al., arXiv:1907.11692: V = 50,265, 514
 * positions, 1 type, with pooler Names and order of the tensors are those of Hugging Face's
 * transformers. */
#include "model_builder.h"

#include <stdio.h>
#include <string.h>

struct llama {
    const char *name;
    uint64_t h, f; /* hidden and intermediate size */
    int layers;
};

static const struct llama llamas[] = {
    {"llama-60m", 512, 1376, 8},  {"llama-130m", 768, 2048, 12}, {"llama-350m", 1024, 2736, 24},
    {"llama-1b", 2048, 5461, 24}, {"llama-7b", 4096, 11008, 32},
};

static void make_llama(struct tw_model_builder *builder, const struct llama *llama)
{
    static const char *const projections[] = {"self_attn.q_proj.weight", "self_attn.k_proj.weight",
                                              "self_attn.v_proj.weight", "self_attn.o_proj.weight"};
    const uint64_t h = llama->h, f = llama->f, vocabulary = 32000;

    tw_model_add(builder, "", "model.embed_tokens.weight", vocabulary, h);
    for (int layer = 0; layer < llama->layers; layer++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "model.layers.%d.", layer);
        for (int i = 0; i < 4; i++)
            tw_model_add(builder, prefix, projections[i], h, h);
        tw_model_add(builder, prefix, "mlp.gate_proj.weight", f, h);
        tw_model_add(builder, prefix, "mlp.up_proj.weight", f, h);
        tw_model_add(builder, prefix, "mlp.down_proj.weight", h, f);
        tw_model_add(builder, prefix, "input_layernorm.weight", 0, h);
        tw_model_add(builder, prefix, "post_attention_layernorm.weight", 0, h);
    }
    tw_model_add(builder, "", "model.norm.weight", 0, h);
    tw_model_add(builder, "", "lm_head.weight", vocabulary, h);
}

/* name.weight and name.bias; rows = 0: a layer norm. */
static void add_pair(struct tw_model_builder *builder, const char *prefix, const char *name,
                     uint64_t rows, uint64_t columns, uint64_t biases)
{
    char whole[64];

    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    tw_model_add(builder, whole, ".weight", rows, columns);
    tw_model_add(builder, whole, ".bias", 0, biases);
}

static void make_gpt2(struct tw_model_builder *builder)
{
    const uint64_t h = 768;

    tw_model_add(builder, "", "wte.weight", 50257, h);
    tw_model_add(builder, "", "wpe.weight", 1024, h);
    for (int layer = 0; layer < 12; layer++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "h.%d.", layer);
        add_pair(builder, prefix, "ln_1", 0, h, h);
        add_pair(builder, prefix, "attn.c_attn", h, 3 * h, 3 * h);
        add_pair(builder, prefix, "attn.c_proj", h, h, h);
        add_pair(builder, prefix, "ln_2", 0, h, h);
        add_pair(builder, prefix, "mlp.c_fc", h, 4 * h, 4 * h);
        add_pair(builder, prefix, "mlp.c_proj", 4 * h, h, h);
    }
    add_pair(builder, "", "ln_f", 0, h, h);
}

struct bert {
    const char *name;
    uint64_t h, f, vocabulary, positions, types;
    int layers;
};

static const struct bert berts[] = {
    {"bert-base", 768, 3072, 30522, 512, 2, 12},
    {"bert-large", 1024, 4096, 30522, 512, 2, 24},
    {"roberta-base", 768, 3072, 50265, 514, 1, 12},
};

static void make_bert(struct tw_model_builder *builder, const struct bert *bert)
{
    static const char *const projections[] = {"self.query", "self.key", "self.value",
                                              "output.dense"};
    const uint64_t h = bert->h, f = bert->f;

    tw_model_add(builder, "", "embeddings.word_embeddings.weight", bert->vocabulary, h);
    tw_model_add(builder, "", "embeddings.position_embeddings.weight", bert->positions, h);
    /* a matrix, of however many rows */
    tw_model_add(builder, "", "embeddings.token_type_embeddings.weight", bert->types, h);
    add_pair(builder, "", "embeddings.LayerNorm", 0, h, h);
    for (int layer = 0; layer < bert->layers; layer++) {
        char prefix[32], inner[44];

        snprintf(prefix, sizeof prefix, "encoder.layer.%d.", layer);
        snprintf(inner, sizeof inner, "%sattention.", prefix);
        for (int i = 0; i < 4; i++)
            add_pair(builder, inner, projections[i], h, h, h);
        add_pair(builder, inner, "output.LayerNorm", 0, h, h);
        add_pair(builder, prefix, "intermediate.dense", f, h, f);
        add_pair(builder, prefix, "output.dense", h, f, h);
        add_pair(builder, prefix, "output.LayerNorm", 0, h, h);
    }
    add_pair(builder, "", "pooler.dense", h, h, h);
}

int tw_model_add_language(struct tw_model_builder *builder, const char *name)
{
    for (size_t i = 0; i < sizeof llamas / sizeof llamas[0]; i++) {
        if (strcmp(name, llamas[i].name) == 0) {
            make_llama(builder, &llamas[i]);
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof berts / sizeof berts[0]; i++) {
        if (strcmp(name, berts[i].name) == 0) {
            make_bert(builder, &berts[i]);
            return 1;
        }
    }
    if (strcmp(name, "gpt2") != 0)
        return 0;
    make_gpt2(builder);
    return 1;
}
