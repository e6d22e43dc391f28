/* A file as bytes in memory, read-only. */
#ifndef TW_WORKLOAD_MAPPING_H
#define TW_WORKLOAD_MAPPING_H

#include "base/err.h"
#include <stdint.h>

struct tw_mapping {
    uint8_t *bytes; /* of the kernel's pages: nothing is read before it is used */
    size_t size;
};

/* TW_IO: cannot be opened, or not a regular file; TW_CORRUPT: empty; the text names the file.
 * Released by tw_mapping_close, which accepts a zeroed one. */
tw_status tw_mapping_open(const char *path, struct tw_mapping *mapping,
                          struct tw_err *err) TW_MUST_CHECK;
void tw_mapping_close(struct tw_mapping *mapping);

#endif
