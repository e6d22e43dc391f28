/* The few sums over vectors that the run itself needs, for a precision known only at run time. */
#ifndef TW_TRAIN_VECTORS_REAL_H
#define TW_TRAIN_VECTORS_REAL_H

#include <stdint.h>
#include "base/precision.h"

struct tw_vectors {
    void (*accumulate)(double *sum, const void *x, uint64_t n);               /* sum += x */
    void (*add_scaled)(void *x, double scale, const double *sum, uint64_t n); /* x += scale·sum */
    void (*mean)(void *x, const double *sum, int count,
                 uint64_t n); /* x = sum/count, rounded once */
    int (*finite)(const void *x, uint64_t n);
    void (*round_bf16)(void *rounded, const void *x, uint64_t n); /* rounded ← bf16(x), to even */
    void (*round_fp16)(void *rounded, const void *x, uint64_t n);
};
extern const struct tw_vectors tw_vectors_f32, tw_vectors_f64;

static inline const struct tw_vectors *tw_vectors_of(enum tw_precision precision)
{
    return precision == TW_FP64 ? &tw_vectors_f64 : &tw_vectors_f32;
}

#endif
