/* GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019), without
 * dropout, on windows of `context` symbols:
 *   x = wte[symbol] + wpe[position]
 *   per layer:  x += c_proj·attention(c_attn·ln_1(x)),  x += c_proj·gelu(c_fc·ln_2(x))
 *   logits = head·ln_f(x), with biases everywhere but at the head.
 * The backward pass is the same chain read from its end; dY·Xᵀ and Wᵀ·dY are all that its products
 * are. Departure: the head may be a matrix of its own (GPT-2 ties it to wte).
 * 6 flops per weight of the matrices and token, and 12·context·width per layer and token. */
#include "gpt_real.h"

#include <string.h>
#include "attention_real.h"
#include "base/vec.h"
#include "gemm_real.h"
#include "gpt_kernels_real.h"

/* y = W·x + b, or (add) y += W·x + b; w of `weight`, behind it its bias, if there is one. */
static void apply(const struct TW_T(tw_gpt_pass) * pass, const struct tw_tensor *weight, int bias,
                  const tw_real *w, const tw_real *x, uint64_t n, int add, tw_real *y)
{
    const struct TW_T(tw_gemm) product = {.a = w + weight->offset,
                                          .a_row = weight->columns,
                                          .a_column = 1,
                                          .b = x,
                                          .ldb = n,
                                          .c = y,
                                          .ldc = n,
                                          .m = weight->rows,
                                          .n = n,
                                          .k = weight->columns,
                                          .add = add};

    TW_T(tw_gemm_run)(&product, pass->scratch);
    for (uint64_t r = 0; bias && r < weight->rows; r++) {
        const tw_real b = w[weight[1].offset + r];
        for (uint64_t j = 0; j < n; j++)
            y[r * n + j] += b;
    }
}

/* From dy: ∂W += dy·xᵀ, ∂b += Σ dy, and dx = Wᵀ·dy. */
static void apply_back(const struct TW_T(tw_gpt_pass) * pass, const struct tw_tensor *weight,
                       int bias, const tw_real *w, const tw_real *x, const tw_real *dy, uint64_t n,
                       tw_real *gradient, tw_real *dx)
{
    const struct TW_T(tw_gemm) by_weight = {.a = dy,
                                            .a_row = n,
                                            .a_column = 1,
                                            .b = pass->turned,
                                            .ldb = weight->columns,
                                            .c = gradient + weight->offset,
                                            .ldc = weight->columns,
                                            .m = weight->rows,
                                            .n = weight->columns,
                                            .k = n,
                                            .add = 1};
    const struct TW_T(tw_gemm) by_input = {.a = w + weight->offset,
                                           .a_row = 1,
                                           .a_column = weight->columns,
                                           .b = dy,
                                           .ldb = n,
                                           .c = dx,
                                           .ldc = n,
                                           .m = weight->columns,
                                           .n = n,
                                           .k = weight->rows};

    TW_T(tw_gemm_transpose)(pass->turned, x, weight->columns, n);
    TW_T(tw_gemm_run)(&by_weight, pass->scratch);
    TW_T(tw_gemm_run)(&by_input, pass->scratch);
    for (uint64_t r = 0; bias && r < weight->rows; r++) {
        tw_real sum = gradient[weight[1].offset + r];
        for (uint64_t j = 0; j < n; j++)
            sum += dy[r * n + j];
        gradient[weight[1].offset + r] = sum;
    }
}

/* y = weight·unit + bias of a norm. */
static void scale(const struct tw_gpt *gpt, const struct tw_tensor *norm, const tw_real *w,
                  const tw_real *unit, uint64_t n, tw_real *y)
{
    TW_T(tw_norm_scale)(unit, gpt->width, n, w + norm->offset, w + norm[1].offset, y);
}

static void scale_back(const struct TW_T(tw_gpt_pass) * pass, const struct tw_tensor *norm,
                       const tw_real *w, const tw_real *unit, const tw_real *inverse, uint64_t n,
                       tw_real *dy, tw_real *gradient)
{
    TW_T(tw_norm_backward)
    (unit, inverse, pass->gpt->width, n, w + norm->offset, dy, gradient + norm->offset,
     gradient + norm[1].offset, pass->dstream, pass->sum);
}

static void embed(const struct TW_T(tw_gpt_pass) * pass, const tw_real *w, uint64_t n)
{
    const struct tw_gpt *gpt = pass->gpt;
    const tw_real *symbols = w + gpt->tensors[0].offset, *positions = w + gpt->tensors[1].offset;

    for (uint64_t j = 0; j < n; j++) {
        const tw_real *symbol = symbols + (uint64_t)pass->input[j] * gpt->width;
        const tw_real *position = positions + j % gpt->context * gpt->width;
        for (uint64_t c = 0; c < gpt->width; c++)
            pass->stream[c * n + j] = symbol[c] + position[c];
    }
}

static void embed_back(const struct TW_T(tw_gpt_pass) * pass, uint64_t n, tw_real *gradient)
{
    const struct tw_gpt *gpt = pass->gpt;
    tw_real *symbols = gradient + gpt->tensors[0].offset;
    tw_real *positions = gradient + gpt->tensors[1].offset;

    for (uint64_t j = 0; j < n; j++) {
        tw_real *symbol = symbols + (uint64_t)pass->input[j] * gpt->width;
        tw_real *position = positions + j % gpt->context * gpt->width;
        for (uint64_t c = 0; c < gpt->width; c++) {
            symbol[c] += pass->dstream[c * n + j];
            position[c] += pass->dstream[c * n + j];
        }
    }
}

/* Head h of window i; dqkv and dmixed NULL in the forward pass. */
static struct TW_T(tw_head) head_of(const struct TW_T(tw_gpt_pass) * pass, int l, uint32_t i,
                                    uint32_t h, uint64_t n, tw_real *dqkv, tw_real *dmixed)
{
    const struct tw_gpt *gpt = pass->gpt;
    const struct TW_T(tw_gpt_layer) *layer = &pass->layers[l];
    const uint64_t size = gpt->width / gpt->heads, context = gpt->context;
    const uint64_t at = h * size * n + i * context, part = gpt->width * n;
    struct TW_T(tw_head)
        head = {.size = size,
                .length = context,
                .stride = n,
                .q = layer->qkv + at,
                .k = layer->qkv + part + at,
                .v = layer->qkv + 2 * part + at,
                .shares = layer->shares + ((uint64_t)i * gpt->heads + h) * context * context,
                .mixed = (dmixed ? dmixed : layer->mixed) + at,
                .square = {pass->square[0], pass->square[1]},
                .row = {pass->row[0], pass->row[1]},
                .scratch = pass->scratch};

    if (dqkv) {
        head.dq = dqkv + at;
        head.dk = dqkv + part + at;
        head.dv = dqkv + 2 * part + at;
    }
    return head;
}

static void attend(const struct TW_T(tw_gpt_pass) * pass, int l, uint32_t windows)
{
    for (uint32_t i = 0; i < windows; i++) {
        for (uint32_t h = 0; h < pass->gpt->heads; h++) {
            const struct TW_T(tw_head) head =
                head_of(pass, l, i, h, (uint64_t)windows * pass->gpt->context, NULL, NULL);
            TW_T(tw_head_forward)(&head);
        }
    }
}

static void attend_back(const struct TW_T(tw_gpt_pass) * pass, int l, uint32_t windows,
                        tw_real *dmixed, tw_real *dqkv)
{
    for (uint32_t i = 0; i < windows; i++) {
        for (uint32_t h = 0; h < pass->gpt->heads; h++) {
            const struct TW_T(tw_head) head =
                head_of(pass, l, i, h, (uint64_t)windows * pass->gpt->context, dqkv, dmixed);
            TW_T(tw_head_backward)(&head);
        }
    }
}

static void layer_forward(struct TW_T(tw_gpt_pass) * pass, int l, const tw_real *w,
                          uint32_t windows)
{
    const struct tw_gpt *gpt = pass->gpt;
    const struct TW_T(tw_gpt_layer) *layer = &pass->layers[l];
    const uint64_t d = gpt->width, n = (uint64_t)windows * gpt->context;
    tw_real *y = pass->wide[0];

    TW_T(tw_norm_forward)(pass->stream, d, n, layer->unit[0], layer->inverse[0], pass->sum[0]);
    scale(gpt, tw_gpt_part(gpt, l, TW_GPT_LN_1), w, layer->unit[0], n, y);
    apply(pass, tw_gpt_part(gpt, l, TW_GPT_QKV), 1, w, y, n, 0, layer->qkv);
    attend(pass, l, windows);
    apply(pass, tw_gpt_part(gpt, l, TW_GPT_MIX), 1, w, layer->mixed, n, 1, pass->stream);
    TW_T(tw_norm_forward)(pass->stream, d, n, layer->unit[1], layer->inverse[1], pass->sum[0]);
    scale(gpt, tw_gpt_part(gpt, l, TW_GPT_LN_2), w, layer->unit[1], n, y);
    apply(pass, tw_gpt_part(gpt, l, TW_GPT_UP), 1, w, y, n, 0, layer->raised);
    TW_T(tw_gelu)(layer->raised, layer->slope, 4 * d * n);
    apply(pass, tw_gpt_part(gpt, l, TW_GPT_DOWN), 1, w, layer->raised, n, 1, pass->stream);
}

void TW_T(tw_gpt_pass_forward)(struct TW_T(tw_gpt_pass) * pass, const tw_real *w, uint32_t windows)
{
    const struct tw_gpt *gpt = pass->gpt;
    const uint64_t n = (uint64_t)windows * gpt->context;

    embed(pass, w, n);
    for (int l = 0; l < gpt->layers; l++)
        layer_forward(pass, l, w, windows);
    TW_T(tw_norm_forward)(pass->stream, gpt->width, n, pass->unit, pass->inverse, pass->sum[0]);
    scale(gpt, tw_gpt_last_norm(gpt), w, pass->unit, n, pass->wide[0]);
    apply(pass, tw_gpt_head(gpt), 0, w, pass->wide[0], n, 0, pass->logits);
}

/* The derivative by what the layer made is in dstream; after it, that by what it was given. */
static void layer_backward(struct TW_T(tw_gpt_pass) * pass, int l, const tw_real *w,
                           uint32_t windows, tw_real *gradient)
{
    const struct tw_gpt *gpt = pass->gpt;
    const struct TW_T(tw_gpt_layer) *layer = &pass->layers[l];
    const struct tw_tensor *first = tw_gpt_part(gpt, l, TW_GPT_LN_1);
    const struct tw_tensor *second = tw_gpt_part(gpt, l, TW_GPT_LN_2);
    const uint64_t d = gpt->width, n = (uint64_t)windows * gpt->context;
    tw_real *a = pass->wide[0], *b = pass->wide[1];

    apply_back(pass, tw_gpt_part(gpt, l, TW_GPT_DOWN), 1, w, layer->raised, pass->dstream, n,
               gradient, a);
    for (uint64_t i = 0; i < 4 * d * n; i++)
        a[i] *= layer->slope[i];
    scale(gpt, second, w, layer->unit[1], n, b);
    apply_back(pass, tw_gpt_part(gpt, l, TW_GPT_UP), 1, w, b, a, n, gradient, b);
    scale_back(pass, second, w, layer->unit[1], layer->inverse[1], n, b, gradient);

    apply_back(pass, tw_gpt_part(gpt, l, TW_GPT_MIX), 1, w, layer->mixed, pass->dstream, n,
               gradient, a);
    attend_back(pass, l, windows, a, b);
    scale(gpt, first, w, layer->unit[0], n, a);
    apply_back(pass, tw_gpt_part(gpt, l, TW_GPT_QKV), 1, w, a, b, n, gradient, a);
    scale_back(pass, first, w, layer->unit[0], layer->inverse[0], n, a, gradient);
}

void TW_T(tw_gpt_pass_backward)(struct TW_T(tw_gpt_pass) * pass, const tw_real *w, uint32_t windows,
                                tw_real *gradient)
{
    const struct tw_gpt *gpt = pass->gpt;
    const struct tw_tensor *norm = tw_gpt_last_norm(gpt);
    const uint64_t n = (uint64_t)windows * gpt->context;
    tw_real *y = pass->wide[0];

    scale(gpt, norm, w, pass->unit, n, y);
    apply_back(pass, tw_gpt_head(gpt), 0, w, y, pass->delta, n, gradient, pass->wide[1]);
    TW_T(tw_vec_zero)(pass->dstream, gpt->width * n);
    scale_back(pass, norm, w, pass->unit, pass->inverse, n, pass->wide[1], gradient);
    for (int l = gpt->layers - 1; l >= 0; l--)
        layer_backward(pass, l, w, windows, gradient);
    embed_back(pass, n, gradient);
}
