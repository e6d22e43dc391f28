/* What the ranks' synthetic gradients have in common (formulas in synthetic.c): the shared parts of
 * groups of ranks and the values that are zero on all of them, of some tensors at one step. */
#ifndef TW_WORKLOAD_SYNTHETIC_SHARED_H
#define TW_WORKLOAD_SYNTHETIC_SHARED_H

#include "workload.h"
#include "base/rng.h"
#include "base/vec.h"

/* One kind of layer. */
struct tw_synthetic_kind {
    const char *name;
    double shape;     /* a */
    double zeros;     /* share of entries that are zero on all ranks */
    double zero_rows; /* share of the rows of matrices that are */
    double row_scale;
};

struct tw_synthetic_shared {
    /* Set by the owner before the first call: */
    uint64_t seed;
    uint32_t repetition;
    struct tw_synthetic_kind kind;
    double weight;      /* √ρ */
    double persistence; /* φ */
    int groups;         /* G */
    double apart;       /* b/ρ, the correlation of two groups' parts; not with G = 1 */
    const struct tw_tensor *tensors; /* of the whole model, in layer order; borrowed */

    /* What is at hand; step TW_STEP_NONE: nothing. */
    uint32_t step;
    int first;
    uint64_t values, room;
    tw_real *parts; /* √ρ·U_g of group g at g·values */
    tw_real *all;   /* √ρ·W; G > 1 */
    uint8_t *marks; /* bits TW_SYNTHETIC_ZERO, _FRESH of every value; NULL: all fresh, none zero */
    double own, common; /* α, γ */
};

enum { TW_SYNTHETIC_ZERO = 1, TW_SYNTHETIC_FRESH = 2 };

/* Makes the parts of `values` values from tensor `first` on at hand for this step. From the step
 * before, or from step 0 where parts persist and another step is at hand. TW_MEMORY. */
tw_status TW_T(tw_synthetic_shared_at)(struct tw_synthetic_shared *shared, int first,
                                       uint64_t values, uint32_t step,
                                       struct tw_err *err) TW_MUST_CHECK;
void TW_T(tw_synthetic_shared_close)(struct tw_synthetic_shared *shared); /* accepts a zeroed one */

/* The stream of a purpose for one tensor, of the owner's seed and repetition. */
void TW_T(tw_synthetic_stream)(const struct tw_synthetic_shared *shared, enum tw_purpose purpose,
                               uint32_t rank, uint32_t step, uint32_t tensor,
                               struct tw_stream *stream);

/* ±Gamma(a,1)/√(a(a+1)): mean 0, variance 1; norm is the last factor. */
double TW_T(tw_double_gamma)(struct tw_stream *stream, double shape, double norm);
double TW_T(tw_double_gamma_norm)(double shape);

#endif
