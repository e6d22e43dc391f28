/* Forward and backward pass of a stack of convolutions, for tw_real. */
#ifndef TW_WORKLOAD_CONV_STACK_REAL_H
#define TW_WORKLOAD_CONV_STACK_REAL_H

#include "base/precision.h"
#include "conv_stack.h"

#ifdef TW_PRECISION
/* Arrays of one pass over n samples; [l] is level l with a sample per row. */
struct TW_T(tw_conv_pass) {
    const struct tw_conv *conv;          /* borrowed */
    tw_real *level[TW_CONV_LAYERS + 1];  /* [0] is the input; [layers] is borrowed */
    uint8_t *winner[TW_CONV_LAYERS + 1]; /* which of its four values each pooled one is */
    tw_real *delta[TW_CONV_LAYERS + 1];  /* derivatives of level l; not of level 0 */
    tw_real
        *below; /* size of the last level × n: the same of the last level, a sample per column */
    tw_real *patches; /* (channels·kernel²) × (height·width) of one sample */
    tw_real *turned;  /* its transpose */
    tw_real *product; /* channels out × (height·width) of one sample */
    void *scratch;    /* TW_GEMM_SCRATCH_B */
};

/* Allocates for `columns` samples; `out` (columns × size of the last level) receives what the stack
 * makes and is borrowed until close. With no layers nothing is allocated. TW_MEMORY. close accepts
 * a zeroed pass. */
tw_status TW_T(tw_conv_pass_open)(struct TW_T(tw_conv_pass) * pass, const struct tw_conv *conv,
                                  uint64_t columns, tw_real *out, struct tw_err *err) TW_MUST_CHECK;
void TW_T(tw_conv_pass_close)(struct TW_T(tw_conv_pass) * pass);

/* From level[0] (n rows) and weights w to level[layers]. */
void TW_T(tw_conv_pass_forward)(struct TW_T(tw_conv_pass) * pass, const tw_real *w, uint64_t n);

/* From the derivatives of the loss by the last level, in `below` (0 where that level is not
 * positive), after a forward pass of the same samples: adds the gradient to `gradient`, sample by
 * sample, so that passes over parts of a batch add up to the same bits as one over all of it. */
void TW_T(tw_conv_pass_backward)(struct TW_T(tw_conv_pass) * pass, const tw_real *w, uint64_t n,
                                 tw_real *gradient);
#endif

#endif
