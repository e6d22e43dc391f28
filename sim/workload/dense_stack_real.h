/* Forward and backward pass of a stack of dense layers, ReLU between them, for tw_real. */
#ifndef TW_WORKLOAD_DENSE_STACK_REAL_H
#define TW_WORKLOAD_DENSE_STACK_REAL_H

#include "base/precision.h"
#include "dense_stack.h"

#define TW_STACK_COLUMNS 256 /* samples that one pass takes at most */

#ifdef TW_PRECISION
/* Arrays of one pass over n samples. Activations lie with a sample per column, so that the products
 * vectorise over samples whatever the layers' widths: [l] is width[l] × n; [0] is the input,
 * [layers] the logits. */
struct TW_T(tw_pass) {
    const struct tw_stack *stack; /* borrowed */
    tw_real *activation[TW_STACK_LAYERS + 1];
    tw_real *input;    /* n × width[0]: the input with a sample per row */
    tw_real *delta[2]; /* widest × n: derivatives; [0] starts as those of the logits */
    tw_real *rows;     /* n × widest hidden layer */
    tw_real *below; /* width[0] × n, borrowed: the derivative by the input where that is positive,
                     * for layers in front whose last step is ReLU; NULL (as opened): not wanted */
    void *scratch;  /* TW_GEMM_SCRATCH_B */
};

/* Allocates for TW_STACK_COLUMNS samples; TW_MEMORY. close accepts a zeroed pass. */
tw_status TW_T(tw_pass_open)(struct TW_T(tw_pass) * pass, const struct tw_stack *stack,
                             struct tw_err *err) TW_MUST_CHECK;
void TW_T(tw_pass_close)(struct TW_T(tw_pass) * pass);

/* From pass->input (n rows) and weights w to the logits in activation[layers]. */
void TW_T(tw_pass_forward)(struct TW_T(tw_pass) * pass, const tw_real *w, uint64_t n);

/* From the derivatives of the loss by the logits, in delta[0] (classes × n), after a forward pass
 * of the same samples: adds the gradient to `gradient`. Overwrites delta. Passes over parts of a
 * batch, one after the other, add up to the same bits as one pass over all of it. */
void TW_T(tw_pass_backward)(struct TW_T(tw_pass) * pass, const tw_real *w, uint64_t n,
                            tw_real *gradient);
#endif

#endif
