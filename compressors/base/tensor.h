/* The shape of a model as compressors see it: a list of matrices in one flat vector. */
#ifndef TW_BASE_TENSOR_H
#define TW_BASE_TENSOR_H

#include <stdint.h>

/* A tensor in matrix view: Linear [out,in] is rows=out, columns=in; conv [O,I,k,k] is rows=O,
 * columns=I·k·k; a bias or norm is rows=1, columns=n, vector=1. rows·columns values, row-major,
 * at `offset` (elements) in the flat vector it belongs to. id numbers the tensors of the model
 * from 0 in layer order and keys random streams. Tensors may be empty (0 values). */
struct tw_tensor {
    char name[64];
    uint64_t rows, columns;
    uint64_t offset;
    uint32_t id;
    int vector;
};

static inline uint64_t tw_tensor_size(const struct tw_tensor *tensor)
{
    return tensor->rows * tensor->columns;
}

#endif
