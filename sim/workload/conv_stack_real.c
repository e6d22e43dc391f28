/* Convolution with zero padding, ReLU, 2 × 2 pooling, per sample (LeCun et al., "Gradient-Based
 * Learning Applied to Document Recognition", Proc. IEEE 86(11), 1998; with maxima in place of
 * their averages):
 *   z(o, y, x) = b_o + Σ_{i,u,v} W(o; i, u, v)·a(i, y + u − r, x + v − r),  r = (kernel − 1)/2
 *   a'(o, y, x) = max(0, max of the four z(o, 2y + {0,1}, 2x + {0,1}))
 * The sum is a dense product W·P, where P holds a patch per column ("im2col"; Chellapilla, Puri and
 * Simard 2006). Backward, with dz = the derivative at the winner of each four and 0 elsewhere:
 *   ∂W = dz·Pᵀ, ∂b = Σ dz, ∂P = Wᵀ·dz, which is added back to the pixels it was taken from.
 * Of equal values the first wins. 6 flops per weight, pixel and sample. */
#include "conv_stack_real.h"

#include <stdlib.h>
#include <string.h>
#include "base/vec.h"
#include "gemm_real.h"

static void *take(uint64_t values, size_t value_B, int *failed)
{
    void *piece = NULL;
    if (posix_memalign(&piece, 64, values * value_B + 1) != 0)
        *failed = 1;
    return piece;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

tw_status TW_T(tw_conv_pass_open)(struct TW_T(tw_conv_pass) * pass, const struct tw_conv *conv,
                                  uint64_t columns, tw_real *out, struct tw_err *err)
{
    const int last = conv->layers;
    uint64_t patches = 0, product = 0;
    int failed = 0;

    *pass = (struct TW_T(tw_conv_pass)){.conv = conv};
    if (last == 0)
        return TW_OK;
    for (int l = 0; l < last; l++) {
        const uint64_t pixels = (uint64_t)conv->height[l] * conv->width[l];

        patches = greater(patches, conv->tensors[2 * l].columns * pixels);
        product = greater(product, conv->channels[l + 1] * pixels);
        pass->level[l] = take(columns * tw_conv_size(conv, l), sizeof(tw_real), &failed);
        pass->winner[l + 1] = take(columns * tw_conv_size(conv, l + 1), 1, &failed);
        pass->delta[l + 1] = take(columns * tw_conv_size(conv, l + 1), sizeof(tw_real), &failed);
    }
    pass->level[last] = out;
    pass->below = take(columns * tw_conv_size(conv, last), sizeof(tw_real), &failed);
    pass->patches = take(patches, sizeof(tw_real), &failed);
    pass->turned = take(patches, sizeof(tw_real), &failed);
    pass->product = take(product, sizeof(tw_real), &failed);
    pass->scratch = take(TW_GEMM_SCRATCH_B, 1, &failed);
    if (!failed)
        return TW_OK;
    TW_T(tw_conv_pass_close)(pass);
    return tw_err_set(err, TW_MEMORY, "no memory for the network's convolutions");
}

void TW_T(tw_conv_pass_close)(struct TW_T(tw_conv_pass) * pass)
{
    for (int l = 0; pass->conv && l < pass->conv->layers; l++) {
        free(pass->level[l]);
        free(pass->winner[l + 1]);
        free(pass->delta[l + 1]);
    }
    free(pass->below);
    free(pass->patches);
    free(pass->turned);
    free(pass->product);
    free(pass->scratch);
    *pass = (struct TW_T(tw_conv_pass)){0};
}

/* The output columns x in [from, to) whose tap, `shift` pixels to the right, is inside. */
struct span {
    int64_t shift, from, to;
};

static struct span span_of(uint32_t tap, uint32_t kernel, uint32_t size)
{
    const int64_t shift = (int64_t)tap - (kernel - 1) / 2, n = size;
    const int64_t from = shift < 0 ? -shift : 0, to = shift > 0 ? n - shift : n;

    return (struct span){shift, from < n ? from : n, to > 0 ? to : 0};
}

/* One row of P: the pixels that tap (u, v) of a kernel sees in one channel. */
static void gather(tw_real *to, const tw_real *channel, struct span down, struct span right,
                   int64_t height, int64_t width)
{
    memset(to, 0, (size_t)(height * width) * sizeof *to);
    for (int64_t y = down.from; y < down.to && right.from < right.to; y++)
        memcpy(to + y * width + right.from,
               channel + (y + down.shift) * width + right.from + right.shift,
               (size_t)(right.to - right.from) * sizeof *to);
}

static void scatter(const tw_real *from, tw_real *channel, struct span down, struct span right,
                    int64_t width)
{
    for (int64_t y = down.from; y < down.to; y++) {
        const int64_t at = (y + down.shift) * width + right.shift;
        for (int64_t x = right.from; x < right.to; x++)
            channel[at + x] += from[y * width + x];
    }
}

/* P of layer l + 1 from one sample of level l, or (add) the pixels' derivatives from those of P. */
static void patch(const struct tw_conv *conv, int l, tw_real *patches, tw_real *sample, int add)
{
    const uint32_t kernel = conv->kernel, height = conv->height[l], width = conv->width[l];
    const uint64_t pixels = (uint64_t)height * width;

    for (uint32_t i = 0; i < conv->channels[l]; i++, sample += pixels) {
        for (uint32_t u = 0; u < kernel; u++) {
            const struct span down = span_of(u, kernel, height);
            for (uint32_t v = 0; v < kernel; v++, patches += pixels) {
                const struct span right = span_of(v, kernel, width);
                if (add)
                    scatter(patches, sample, down, right, width);
                else
                    gather(patches, sample, down, right, height, width);
            }
        }
    }
}

/* max(0, bias + the largest of each four) of one channel; a NaN is the largest. */
static void pool(const tw_real *z, uint64_t height, uint64_t width, tw_real bias, tw_real *out,
                 uint8_t *winner)
{
    for (uint64_t y = 0; y < height / 2; y++) {
        for (uint64_t x = 0; x < width / 2; x++) {
            const tw_real *corner = z + 2 * y * width + 2 * x;
            const tw_real four[4] = {corner[0], corner[1], corner[width], corner[width + 1]};
            uint8_t best = 0;

            for (uint8_t i = 1; i < 4; i++) {
                if (four[i] > four[best] || four[i] != four[i])
                    best = i;
            }
            const tw_real sum = four[best] + bias;
            *out++ = sum < 0 ? 0 : sum;
            *winner++ = best;
        }
    }
}

static void forward_layer(struct TW_T(tw_conv_pass) * pass, int l, const tw_real *w, uint64_t s)
{
    const struct tw_conv *conv = pass->conv;
    const struct tw_tensor *weight = &conv->tensors[2 * l];
    const uint64_t pixels = (uint64_t)conv->height[l] * conv->width[l];
    const uint64_t pooled = (uint64_t)conv->height[l + 1] * conv->width[l + 1];
    const struct TW_T(tw_gemm) product = {.a = w + weight->offset,
                                          .a_row = weight->columns,
                                          .a_column = 1,
                                          .b = pass->patches,
                                          .ldb = pixels,
                                          .c = pass->product,
                                          .ldc = pixels,
                                          .m = weight->rows,
                                          .n = pixels,
                                          .k = weight->columns};
    const tw_real *bias = w + weight[1].offset;
    const uint64_t at = s * tw_conv_size(conv, l + 1);

    patch(conv, l, pass->patches, pass->level[l] + s * tw_conv_size(conv, l), 0);
    TW_T(tw_gemm_run)(&product, pass->scratch);
    for (uint64_t o = 0; o < weight->rows; o++)
        pool(pass->product + o * pixels, conv->height[l], conv->width[l], bias[o],
             pass->level[l + 1] + at + o * pooled, pass->winner[l + 1] + at + o * pooled);
}

void TW_T(tw_conv_pass_forward)(struct TW_T(tw_conv_pass) * pass, const tw_real *w, uint64_t n)
{
    for (int l = 0; l < pass->conv->layers; l++) {
        for (uint64_t s = 0; s < n; s++)
            forward_layer(pass, l, w, s);
    }
}

/* dz of one sample of layer l + 1 into product; ∂b += Σ dz. Level 0's derivative has no user. */
static void unpool(struct TW_T(tw_conv_pass) * pass, int l, uint64_t s, tw_real *bias)
{
    const struct tw_conv *conv = pass->conv;
    const uint64_t height = conv->height[l], width = conv->width[l];
    const uint64_t at = s * tw_conv_size(conv, l + 1);
    const tw_real *delta = pass->delta[l + 1] + at, *level = pass->level[l + 1] + at;
    const uint8_t *winner = pass->winner[l + 1] + at;
    tw_real *z = pass->product;

    memset(z, 0, conv->channels[l + 1] * height * width * sizeof *z);
    for (uint32_t o = 0; o < conv->channels[l + 1]; o++, z += height * width) {
        for (uint64_t y = 0; y < height / 2; y++) {
            for (uint64_t x = 0; x < width / 2; x++, delta++, level++, winner++) {
                if (!(*level > 0))
                    continue;
                z[(2 * y + *winner / 2) * width + 2 * x + *winner % 2] = *delta;
                bias[o] += *delta;
            }
        }
    }
}

static void backward_layer(struct TW_T(tw_conv_pass) * pass, int l, const tw_real *w, uint64_t s,
                           tw_real *gradient)
{
    const struct tw_conv *conv = pass->conv;
    const struct tw_tensor *weight = &conv->tensors[2 * l];
    const uint64_t pixels = (uint64_t)conv->height[l] * conv->width[l];
    struct TW_T(tw_gemm) product = {.a = pass->product,
                                    .a_row = pixels,
                                    .a_column = 1,
                                    .b = pass->turned,
                                    .ldb = weight->columns,
                                    .c = gradient + weight->offset,
                                    .ldc = weight->columns,
                                    .m = weight->rows,
                                    .n = weight->columns,
                                    .k = pixels,
                                    .add = 1};

    unpool(pass, l, s, gradient + weight[1].offset);
    patch(conv, l, pass->patches, pass->level[l] + s * tw_conv_size(conv, l), 0);
    TW_T(tw_gemm_transpose)(pass->turned, pass->patches, weight->columns, pixels);
    TW_T(tw_gemm_run)(&product, pass->scratch);
    if (l == 0)
        return;
    product = (struct TW_T(tw_gemm)){.a = w + weight->offset,
                                     .a_row = 1,
                                     .a_column = weight->columns,
                                     .b = pass->product,
                                     .ldb = pixels,
                                     .c = pass->patches,
                                     .ldc = pixels,
                                     .m = weight->columns,
                                     .n = pixels,
                                     .k = weight->rows};
    TW_T(tw_gemm_run)(&product, pass->scratch);
    tw_real *below = pass->delta[l] + s * tw_conv_size(conv, l);
    TW_T(tw_vec_zero)(below, tw_conv_size(conv, l));
    patch(conv, l, pass->patches, below, 1);
}

void TW_T(tw_conv_pass_backward)(struct TW_T(tw_conv_pass) * pass, const tw_real *w, uint64_t n,
                                 tw_real *gradient)
{
    const int last = pass->conv->layers;

    if (last == 0)
        return;
    TW_T(tw_gemm_transpose)(pass->delta[last], pass->below, tw_conv_size(pass->conv, last), n);
    for (int l = last - 1; l >= 0; l--) {
        for (uint64_t s = 0; s < n; s++)
            backward_layer(pass, l, w, s, gradient);
    }
}
