/* Arrays of floating-point numbers in NumPy's .npy format, mapped and converted piece by piece. */
#ifndef TW_WORKLOAD_NPY_H
#define TW_WORKLOAD_NPY_H

#include "base/err.h"
#include "mapping.h"
#include <stdint.h>

#define TW_NPY_DIMENSIONS 8

struct tw_npy {
    int dimensions; /* 0: a single value */
    uint64_t shape[TW_NPY_DIMENSIONS];
    uint64_t count;   /* product of the shape */
    unsigned value_B; /* 2, 4 or 8 */
    int big_endian;
    const uint8_t *data;   /* count values, C order; borrowed from the bytes that were parsed */
    int brain;             /* 2-byte values are bfloat16: in safetensors only */
    struct tw_mapping map; /* of tw_npy_open; zeroed after tw_npy_parse */
};

/* Versions 1.0, 2.0 and 3.0; descr <f2 <f4 <f8 >f2 >f4 >f8; keys in any order; at most 8
 * dimensions. TW_CORRUPT: not .npy, a damaged header, truncated or longer than its shape says.
 * TW_REFUSED: pickled objects, structured or other types, fortran_order, more dimensions.
 * `bytes` is borrowed for as long as npy->data is used. */
tw_status tw_npy_parse(const uint8_t *bytes, size_t size, struct tw_npy *npy,
                       struct tw_err *err) TW_MUST_CHECK;

/* The same for a file, mapped read-only; the text of an error names it. TW_IO where it cannot be
 * read. Freed by tw_npy_close, which accepts a zeroed one. */
tw_status tw_npy_open(const char *path, struct tw_npy *npy, struct tw_err *err) TW_MUST_CHECK;
void tw_npy_close(struct tw_npy *npy);

/* Values first … first + count − 1 of the flattened array (they must exist), exactly. */
void tw_npy_read(const struct tw_npy *npy, uint64_t first, uint64_t count, double *out);

#endif
