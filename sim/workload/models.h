/* Layer tables: the tensors of well-known models, in layer order, without numbers. */
#ifndef TW_WORKLOAD_MODELS_H
#define TW_WORKLOAD_MODELS_H

#include "base/err.h"
#include "base/tensor.h"

/* "none", then the models' names, then NULL: tw_model_choices for an option that may be left out,
 * tw_model_choices + 1 for one that may not. */
extern const char *const tw_model_choices[];

struct tw_model {
    struct tw_tensor *tensors; /* owned; offsets cover 0 … dimension − 1 without holes */
    int count;
    uint64_t dimension;
};

/* The tensors of tw_model_choices[choice], choice ≥ 1. Sources: models.c. TW_MEMORY. */
tw_status tw_model_make(int choice, struct tw_model *model, struct tw_err *err) TW_MUST_CHECK;

/* One model of `layers` tensors with together `dimension` values, the first dimension mod layers of
 * them one value longer. columns > 0: each is a matrix of that many columns; 0: each is a vector.
 * TW_RANGE: more layers than values or than 100,000, or a layer that columns do not divide. */
tw_status tw_model_even(uint64_t dimension, uint64_t layers, uint64_t columns,
                        struct tw_model *model, struct tw_err *err) TW_MUST_CHECK;

/* Operations (2 per multiplication and addition) of the forward per sample that each tensor of
 * tw_model_make's table causes, in its order: products with it and, at a projection behind
 * attention, the two products of attention. What is a pass over values (norms, activations,
 * embeddings looked up) counts 0. sequence: tokens of a sample of a transformer; 0: what the model
 * was published with. *flops is the caller's to free. TW_RANGE: a sequence for an image, or longer
 * than 2^20. Sources: models_flops.c. */
tw_status tw_model_flops(int choice, uint64_t sequence, double **flops, int *count,
                         struct tw_err *err) TW_MUST_CHECK;

/* Accepts a zeroed model. */
void tw_model_free(struct tw_model *model);

#endif
