/* Samples of two classes with sparse features: from a LIBSVM file, or two classes of a data set. */
#ifndef TW_WORKLOAD_SAMPLES_H
#define TW_WORKLOAD_SAMPLES_H

#include "base/err.h"
#include <stdint.h>

struct tw_sparse_samples {
    uint32_t count, features;
    uint8_t *positive; /* per sample: 1 for y = +1, 0 for y = −1 */
    uint64_t *starts;  /* entries starts[i] … starts[i+1]−1 belong to sample i */
    uint32_t *columns; /* ascending within a sample, each < features */
    double *values;
    uint64_t hash; /* of the files read */
};

/* A text of lines `label index:value index:value …`, with indices from 1, ascending; # begins a
 * comment; empty lines are skipped. There must be two different labels: the greater is y = +1.
 * TW_IO: cannot be read. TW_CORRUPT: anything else, with file and line. TW_MEMORY.
 * Freed by tw_sparse_samples_free, which accepts a zeroed one. */
tw_status tw_libsvm_read(const char *path, struct tw_sparse_samples *samples,
                         struct tw_err *err) TW_MUST_CHECK;

/* The training samples of classes `positive` (y = +1) and `negative` of tw_dataset_names[index], in
 * their order; features are the pixels / 255. TW_RANGE: equal classes, or one that is not there. */
tw_status tw_pair_open(int index, uint32_t positive, uint32_t negative,
                       struct tw_sparse_samples *samples, struct tw_err *err) TW_MUST_CHECK;

void tw_sparse_samples_free(struct tw_sparse_samples *samples);

#endif
