/* Members of a zip archive that lies in memory: what .npz needs of the format and no more. */
#ifndef TW_WORKLOAD_ZIP_H
#define TW_WORKLOAD_ZIP_H

#include "base/err.h"
#include <stdint.h>

struct tw_zip {
    const uint8_t *bytes; /* borrowed */
    size_t size;
    size_t at, end; /* what is left of the directory */
    uint64_t left;  /* members that are left */
};

struct tw_zip_member {
    const char *name; /* borrowed from the archive; not terminated */
    size_t name_B;
    int deflated; /* 0: stored */
    uint32_t crc; /* of the unpacked bytes */
    const uint8_t *data;
    uint64_t data_B, unpacked_B;
};

/* Finds the directory (zip64 too). TW_CORRUPT: not a zip, truncated; TW_REFUSED: several disks. */
tw_status tw_zip_open(const uint8_t *bytes, size_t size, struct tw_zip *zip,
                      struct tw_err *err) TW_MUST_CHECK;

/* The next member; only while zip->left > 0. Everything it points to lies inside the archive, and
 * unpacked_B is no more than deflate can make of data_B. TW_CORRUPT; TW_REFUSED: encrypted, or
 * compressed otherwise. */
tw_status tw_zip_next(struct tw_zip *zip, struct tw_zip_member *member,
                      struct tw_err *err) TW_MUST_CHECK;

/* The unpacked bytes with their checksum verified: the archive's own (then *owned is NULL) or
 * malloc'd ones (then both are the same). TW_CORRUPT, TW_MEMORY. */
tw_status tw_zip_unpack(const struct tw_zip_member *member, const uint8_t **bytes, uint8_t **owned,
                        struct tw_err *err) TW_MUST_CHECK;

#endif
