/* Forward and backward pass of a decoder-only transformer, for tw_real. */
#ifndef TW_WORKLOAD_GPT_REAL_H
#define TW_WORKLOAD_GPT_REAL_H

#include "base/precision.h"
#include "gpt.h"

#ifdef TW_PRECISION
/* What the backward pass needs of one layer. Arrays of features are rows × tokens, a token per
 * column, the tokens of one window side by side. */
struct TW_T(tw_gpt_layer) {
    tw_real *unit[2], *inverse[2]; /* of its two norms: width × tokens, tokens */
    tw_real *qkv;                  /* 3·width × tokens */
    tw_real *shares;               /* per window and head, context × context */
    tw_real *mixed;                /* what the heads made: width × tokens */
    tw_real *raised, *slope;       /* gelu and its derivative: 4·width × tokens */
};

struct TW_T(tw_gpt_pass) {
    const struct tw_gpt *gpt; /* borrowed */
    uint32_t windows;         /* that one pass takes at most */
    uint8_t *input;           /* symbols, windows × context, each < vocabulary */
    tw_real *logits;          /* vocabulary × tokens */
    tw_real *delta;           /* vocabulary × tokens: the loss's derivatives by the logits */
    struct TW_T(tw_gpt_layer) layers[TW_GPT_LAYERS];
    tw_real *stream, *unit, *inverse; /* width × tokens twice, tokens: residual stream, last norm */
    tw_real *dstream;                 /* width × tokens */
    tw_real *wide[2];                 /* 4·width × tokens */
    tw_real *turned;                  /* a transpose of one of them */
    tw_real *sum[2];                  /* tokens */
    tw_real *square[2];               /* context × context */
    double *row[2];                   /* context */
    void *scratch;                    /* TW_GEMM_SCRATCH_B */
};

/* Allocates for as many windows as hold about 1024 tokens, at least one; TW_MEMORY. close accepts a
 * zeroed pass. */
tw_status TW_T(tw_gpt_pass_open)(struct TW_T(tw_gpt_pass) * pass, const struct tw_gpt *gpt,
                                 struct tw_err *err) TW_MUST_CHECK;
void TW_T(tw_gpt_pass_close)(struct TW_T(tw_gpt_pass) * pass);

/* From `windows` windows in input and weights w to logits; they lie windows·context apart. */
void TW_T(tw_gpt_pass_forward)(struct TW_T(tw_gpt_pass) * pass, const tw_real *w, uint32_t windows);

/* From delta, after a forward pass of the same windows: adds the gradient to `gradient`. */
void TW_T(tw_gpt_pass_backward)(struct TW_T(tw_gpt_pass) * pass, const tw_real *w, uint32_t windows,
                                tw_real *gradient);
#endif

#endif
