/* Arrays of a transformer's pass: about 16·width values per token and layer, and context per token,
 * head and layer for the shares. */
#include "gpt_real.h"

#include <stdlib.h>
#include "gemm_real.h"

#define TOKENS 1024 /* of one pass: enough for full registers, few enough for the caches */

static void *take(uint64_t values, size_t value_B, int *failed)
{
    void *piece = NULL;
    size_t bytes;

    if (__builtin_mul_overflow(values, value_B, &bytes) ||
        posix_memalign(&piece, 64, bytes + 1) != 0)
        *failed = 1;
    return piece;
}

static void open_layer(struct TW_T(tw_gpt_layer) * layer, const struct tw_gpt *gpt, uint64_t tokens,
                       int *failed)
{
    const uint64_t d = gpt->width;

    for (int i = 0; i < 2; i++) {
        layer->unit[i] = take(d * tokens, sizeof(tw_real), failed);
        layer->inverse[i] = take(tokens, sizeof(tw_real), failed);
    }
    layer->qkv = take(3 * d * tokens, sizeof(tw_real), failed);
    layer->shares = take((uint64_t)gpt->heads * tokens * gpt->context, sizeof(tw_real), failed);
    layer->mixed = take(d * tokens, sizeof(tw_real), failed);
    layer->raised = take(4 * d * tokens, sizeof(tw_real), failed);
    layer->slope = take(4 * d * tokens, sizeof(tw_real), failed);
}

tw_status TW_T(tw_gpt_pass_open)(struct TW_T(tw_gpt_pass) * pass, const struct tw_gpt *gpt,
                                 struct tw_err *err)
{
    const uint64_t d = gpt->width, context = gpt->context;
    const uint32_t windows = context < TOKENS ? (uint32_t)(TOKENS / context) : 1;
    const uint64_t tokens = windows * context;
    int failed = 0;

    *pass = (struct TW_T(tw_gpt_pass)){.gpt = gpt, .windows = windows};
    pass->input = take(tokens, 1, &failed);
    pass->logits = take(gpt->vocabulary * tokens, sizeof(tw_real), &failed);
    pass->delta = take(gpt->vocabulary * tokens, sizeof(tw_real), &failed);
    for (int l = 0; l < gpt->layers && !failed; l++)
        open_layer(&pass->layers[l], gpt, tokens, &failed);
    pass->stream = take(d * tokens, sizeof(tw_real), &failed);
    pass->unit = take(d * tokens, sizeof(tw_real), &failed);
    pass->inverse = take(tokens, sizeof(tw_real), &failed);
    pass->dstream = take(d * tokens, sizeof(tw_real), &failed);
    pass->turned = take(4 * d * tokens, sizeof(tw_real), &failed);
    for (int i = 0; i < 2; i++) {
        pass->wide[i] = take(4 * d * tokens, sizeof(tw_real), &failed);
        pass->sum[i] = take(tokens, sizeof(tw_real), &failed);
        pass->square[i] = take(context * context, sizeof(tw_real), &failed);
        pass->row[i] = take(context, sizeof(double), &failed);
    }
    pass->scratch = take(TW_GEMM_SCRATCH_B, 1, &failed);
    if (!failed)
        return TW_OK;
    TW_T(tw_gpt_pass_close)(pass);
    return tw_err_set(err, TW_MEMORY, "no memory for the transformer's activations");
}

static void close_layer(struct TW_T(tw_gpt_layer) * layer)
{
    for (int i = 0; i < 2; i++) {
        free(layer->unit[i]);
        free(layer->inverse[i]);
    }
    free(layer->qkv);
    free(layer->shares);
    free(layer->mixed);
    free(layer->raised);
    free(layer->slope);
}

void TW_T(tw_gpt_pass_close)(struct TW_T(tw_gpt_pass) * pass)
{
    for (int l = 0; l < TW_GPT_LAYERS; l++)
        close_layer(&pass->layers[l]);
    free(pass->input);
    free(pass->logits);
    free(pass->delta);
    free(pass->stream);
    free(pass->unit);
    free(pass->inverse);
    free(pass->dstream);
    free(pass->turned);
    for (int i = 0; i < 2; i++) {
        free(pass->wide[i]);
        free(pass->sum[i]);
        free(pass->square[i]);
        free(pass->row[i]);
    }
    free(pass->scratch);
    *pass = (struct TW_T(tw_gpt_pass)){0};
}
