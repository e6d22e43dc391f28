/* The functions of logistic regression in double: samples over ranks, losses, and the optimum. */
#ifndef TW_WORKLOAD_MARGINS_H
#define TW_WORKLOAD_MARGINS_H

#include "samples.h"
#include "split.h"

enum tw_regularizer { TW_REGULARIZER_L2, TW_REGULARIZER_NONCONVEX };

struct tw_margins {
    struct tw_sparse_samples samples;
    struct tw_split split;
    enum tw_regularizer regularizer;
    double lambda;
    int bias;           /* 1: a last weight that multiplies 1, and is not regularised */
    uint64_t dimension; /* features + bias */
};

/* Derivative of the regulariser with respect to a weight. */
double tw_margins_pull(const struct tw_margins *margins, double weight);

/* y_i⟨x_i, w⟩ of a sample, and −y_i·σ(−margin): what its features are multiplied with in ∇f. */
double tw_margins_of(const struct tw_margins *margins, uint32_t sample, const double *w);
double tw_margins_slope(const struct tw_margins *margins, uint32_t sample, const double *w);

/* g += factor·x_i */
void tw_margins_add(const struct tw_margins *margins, uint32_t sample, double factor, double *g);

/* Mean over ranks of their full losses; gradient into g (dimension values) unless NULL. */
double tw_margins_loss(const struct tw_margins *margins, const double *w, double *g);

/* Minimises that by GSL's BFGS from w = 0. Needs a strongly convex loss (L2, λ > 0): then
 * f − f* ≤ ‖∇f‖²/(2λ), and it is an error (TW_INTERNAL) unless this is ≤ 1e-10 of 1 + f. With a
 * bias, which is not regularised, λ bounds only the other weights; the gradient is held to the same
 * size. TW_MEMORY. w: dimension values. */
tw_status tw_margins_minimise(const struct tw_margins *margins, double *w, double *least,
                              struct tw_err *err) TW_MUST_CHECK;

#endif
