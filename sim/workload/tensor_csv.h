/* The layout of a recording: which tensors lie where in its vectors, as CSV. */
#ifndef TW_WORKLOAD_TENSOR_CSV_H
#define TW_WORKLOAD_TENSOR_CSV_H

#include "base/err.h"
#include "models.h"

/* First line "name,offset,rows,columns" or "name,offset,rows,columns,vector", then a line per
 * tensor in layer order; names have 1 to 63 bytes without commas; vector is 0 or 1, and without the
 * column a tensor of one row is a vector. Tensors must cover 0 … dimension − 1 without holes. hash:
 * XXH3-64 of the file. TW_IO, TW_MEMORY; TW_CORRUPT with the line in the text. The model is freed
 * by tw_model_free. */
tw_status tw_tensor_csv_read(const char *path, uint64_t dimension, struct tw_model *model,
                             uint64_t *hash, struct tw_err *err) TW_MUST_CHECK;

#endif
