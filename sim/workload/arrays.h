/* Named arrays of floating-point numbers, as files that hold several have them. */
#ifndef TW_WORKLOAD_ARRAYS_H
#define TW_WORKLOAD_ARRAYS_H

#include "npy.h"

#define TW_ARRAY_NAME 64 /* bytes of a name, final zero included: those of a tensor's */

struct tw_array {
    char name[TW_ARRAY_NAME];
    struct tw_npy npy; /* its data is borrowed from the bytes that were parsed, or from `owned` */
    uint8_t *owned;    /* what had to be unpacked; NULL: nothing */
};

struct tw_arrays {
    struct tw_array *list; /* owned */
    int count, capacity;
};

/* Appends array and takes over what it owns, also when it fails. TW_CORRUPT: a name of 0 bytes, or
 * one that is there; TW_REFUSED: a name of more than 63 bytes, or with control characters, commas
 * or quotes. TW_MEMORY. */
tw_status tw_arrays_add(struct tw_arrays *arrays, const char *name, size_t name_B,
                        const struct tw_npy *npy, uint8_t *owned, struct tw_err *err) TW_MUST_CHECK;
void tw_arrays_free(struct tw_arrays *arrays); /* accepts a zeroed one */

/* Each reads a whole file in memory, whose bytes stay borrowed, into zeroed `arrays`, which are
 * zeroed again on failure. No bounds are believed: TW_CORRUPT for whatever is truncated, damaged or
 * does not add up, TW_REFUSED for what is legal and not read (other types than floats, encrypted or
 * otherwise compressed members, more than 8 dimensions), TW_MEMORY. */

/* NumPy's archive: a zip of NAME.npy, stored or deflated, with checksums; in the order of its
 * directory, names without ".npy". */
tw_status tw_npz_parse(const uint8_t *bytes, size_t size, struct tw_arrays *arrays,
                       struct tw_err *err) TW_MUST_CHECK;

/* Hugging Face's format: F64, F32, F16 and BF16, in the order of their data. */
tw_status tw_safetensors_parse(const uint8_t *bytes, size_t size, struct tw_arrays *arrays,
                               struct tw_err *err) TW_MUST_CHECK;

#endif
