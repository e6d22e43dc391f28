/* a_0 = x;  z_l = W_l·a_(l−1) + b_l;  a_l = max(z_l, 0), the last layer without max.
 * Backward, from d_L = ∂f/∂z_L:  ∂W_l = d_l·a_(l−1)ᵀ,  ∂b_l = Σ over samples of d_l,
 * d_(l−1) = W_lᵀ·d_l where a_(l−1) > 0, else 0.   6 flops per weight and sample. */
#include "dense_stack_real.h"

#include <stdlib.h>
#include "gemm_real.h"

static uint32_t widest(const struct tw_stack *stack, int from)
{
    uint32_t width = 1;
    for (int l = from; l <= stack->layers; l++) {
        if (stack->width[l] > width)
            width = stack->width[l];
    }
    return width;
}

static void *take(uint64_t values, int *failed)
{
    void *piece = NULL;
    if (posix_memalign(&piece, 64, values * sizeof(tw_real)) != 0)
        *failed = 1;
    return piece;
}

tw_status TW_T(tw_pass_open)(struct TW_T(tw_pass) * pass, const struct tw_stack *stack,
                             struct tw_err *err)
{
    const uint64_t n = TW_STACK_COLUMNS, outputs = widest(stack, 1);
    int failed = 0;

    *pass = (struct TW_T(tw_pass)){.stack = stack};
    for (int l = 0; l <= stack->layers; l++)
        pass->activation[l] = take(n * stack->width[l], &failed);
    pass->input = take(n * stack->width[0], &failed);
    pass->delta[0] = take(n * outputs, &failed);
    pass->delta[1] = take(n * outputs, &failed);
    pass->rows = take(n * outputs, &failed);
    pass->scratch = take(TW_GEMM_SCRATCH_B / sizeof(tw_real), &failed);
    if (!failed)
        return TW_OK;
    TW_T(tw_pass_close)(pass);
    return tw_err_set(err, TW_MEMORY, "no memory for the network's activations");
}

void TW_T(tw_pass_close)(struct TW_T(tw_pass) * pass)
{
    for (int l = 0; l <= TW_STACK_LAYERS; l++)
        free(pass->activation[l]);
    free(pass->input);
    free(pass->delta[0]);
    free(pass->delta[1]);
    free(pass->rows);
    free(pass->scratch);
    *pass = (struct TW_T(tw_pass)){0};
}

static void add_bias(tw_real *z, const tw_real *bias, uint64_t rows, uint64_t n, int relu)
{
    for (uint64_t i = 0; i < rows; i++, z += n) {
        for (uint64_t j = 0; j < n; j++) {
            const tw_real sum = z[j] + bias[i];
            z[j] = relu && sum < 0 ? 0 : sum; /* a NaN stays one */
        }
    }
}

void TW_T(tw_pass_forward)(struct TW_T(tw_pass) * pass, const tw_real *w, uint64_t n)
{
    const struct tw_stack *stack = pass->stack;

    TW_T(tw_gemm_transpose)(pass->activation[0], pass->input, n, stack->width[0]);
    for (int l = 0; l < stack->layers; l++) {
        const struct tw_tensor *weight = &stack->tensors[2 * l];
        const struct TW_T(tw_gemm) product = {.a = w + weight->offset,
                                              .a_row = weight->columns,
                                              .a_column = 1,
                                              .b = pass->activation[l],
                                              .ldb = n,
                                              .c = pass->activation[l + 1],
                                              .ldc = n,
                                              .m = weight->rows,
                                              .n = n,
                                              .k = weight->columns};
        TW_T(tw_gemm_run)(&product, pass->scratch);
        add_bias(pass->activation[l + 1], w + weight[1].offset, weight->rows, n,
                 l + 1 < stack->layers);
    }
}

/* ∂W += delta·rows, ∂b += Σ delta */
static void layer_gradient(struct TW_T(tw_pass) * pass, int l, const tw_real *delta,
                           const tw_real *rows, uint64_t n, tw_real *gradient)
{
    const struct tw_tensor *weight = &pass->stack->tensors[2 * l];
    const struct TW_T(tw_gemm) product = {.a = delta,
                                          .a_row = n,
                                          .a_column = 1,
                                          .b = rows,
                                          .ldb = weight->columns,
                                          .c = gradient + weight->offset,
                                          .ldc = weight->columns,
                                          .m = weight->rows,
                                          .n = weight->columns,
                                          .k = n,
                                          .add = 1};
    tw_real *bias = gradient + weight[1].offset;

    TW_T(tw_gemm_run)(&product, pass->scratch);
    for (uint64_t i = 0; i < weight->rows; i++) {
        tw_real sum = bias[i];
        for (uint64_t j = 0; j < n; j++)
            sum += delta[i * n + j];
        bias[i] = sum;
    }
}

static void derivative_below(struct TW_T(tw_pass) * pass, int l, const tw_real *w,
                             const tw_real *delta, uint64_t n, tw_real *below)
{
    const struct tw_tensor *weight = &pass->stack->tensors[2 * l];
    const struct TW_T(tw_gemm) product = {.a = w + weight->offset,
                                          .a_row = 1,
                                          .a_column = weight->columns,
                                          .b = delta,
                                          .ldb = n,
                                          .c = below,
                                          .ldc = n,
                                          .m = weight->columns,
                                          .n = n,
                                          .k = weight->rows};
    const tw_real *activation = pass->activation[l];

    TW_T(tw_gemm_run)(&product, pass->scratch);
    for (uint64_t i = 0; i < weight->columns * n; i++)
        below[i] = activation[i] > 0 ? below[i] : 0;
}

void TW_T(tw_pass_backward)(struct TW_T(tw_pass) * pass, const tw_real *w, uint64_t n,
                            tw_real *gradient)
{
    const struct tw_stack *stack = pass->stack;
    int now = 0;

    for (int l = stack->layers - 1; l >= 0; l--, now = !now) {
        const tw_real *rows = pass->input;
        if (l > 0) {
            TW_T(tw_gemm_transpose)(pass->rows, pass->activation[l], stack->width[l], n);
            rows = pass->rows;
        }
        layer_gradient(pass, l, pass->delta[now], rows, n, gradient);
        if (l > 0)
            derivative_below(pass, l, w, pass->delta[now], n, pass->delta[!now]);
        else if (pass->below)
            derivative_below(pass, 0, w, pass->delta[now], n, pass->below);
    }
}
