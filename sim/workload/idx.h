/* IDX files of the MNIST family: big-endian header, then bytes; plain or gzip. */
#ifndef TW_WORKLOAD_IDX_H
#define TW_WORKLOAD_IDX_H

#include "base/err.h"
#include <stdint.h>

#define TW_IDX_DIMENSIONS 3

struct tw_idx {
    int dimensions;
    uint32_t size[TW_IDX_DIMENSIONS];
    uint64_t count;  /* product of the sizes */
    uint8_t *values; /* owned; row-major */
    uint64_t hash;   /* XXH3-64 of the file as it lies on disk */
};

/* Reads an array of unsigned bytes with exactly `dimensions` dimensions (1…3). idx is zeroed on
 * failure, and freed by tw_idx_free (which accepts a zeroed one).
 * TW_IO: cannot be opened or read. TW_CORRUPT: not IDX, of another type or number of dimensions,
 * truncated, or longer than its header says; the text names the file. TW_MEMORY. */
tw_status tw_idx_read(const char *path, int dimensions, struct tw_idx *idx,
                      struct tw_err *err) TW_MUST_CHECK;
void tw_idx_free(struct tw_idx *idx);

#endif
