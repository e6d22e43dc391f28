/* Which tensors of a model a rule is for. Every condition that is given must hold. */
#ifndef TW_BASE_MATCH_H
#define TW_BASE_MATCH_H

#include "tensor.h"

/* Zeroed but max_size = UINT64_MAX matches every tensor. */
struct tw_match {
    const char *glob; /* of the name, as fnmatch(3) reads it (* ? [a-z]); NULL: any; borrowed */
    uint64_t min_size, max_size; /* values, both included */
    int dims;                    /* 1: biases and norms; 2: matrices, convolutions among them; 0 */
    uint64_t first, last;        /* among the first or last so many of the model; 0: any place */
};

/* tensor->id numbers the model's `count` tensors in layer order. */
int tw_match_tensor(const struct tw_match *match, const struct tw_tensor *tensor, int count);

#endif
