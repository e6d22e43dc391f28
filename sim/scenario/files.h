/* Files named by scenarios: read whole, hashed, and where a relative name leads. */
#ifndef TW_SCENARIO_FILES_H
#define TW_SCENARIO_FILES_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* Reads a regular file of at most max_B bytes; *text is malloc'd and zero-ended. TW_IO with the
 * system's reason; nothing but a regular file is opened for reading. */
tw_status tw_file_read(const char *path, size_t max_B, char **text, size_t *size,
                       struct tw_err *err) TW_MUST_CHECK;
/* TW_IO unless path is a regular file that may be read. */
tw_status tw_file_check(const char *path, struct tw_err *err) TW_MUST_CHECK;

/* name as seen from the folder of the file `from`: absolute names stay. TW_RANGE when it does not
 * fit into out. */
tw_status tw_file_beside(const char *from, const char *name, char *out, size_t size,
                         struct tw_err *err) TW_MUST_CHECK;

/* XXH3-64 of a file's content. Hashes are kept by path, size, inode and time of change, so that a
 * sweep reads each file once. hashes may be NULL. */
struct tw_hashes;
struct tw_hashes *tw_hashes_open(void); /* NULL: out of memory */
void tw_hashes_close(struct tw_hashes *hashes);
tw_status tw_file_hash(struct tw_hashes *hashes, const char *path, uint64_t *hash,
                       struct tw_err *err) TW_MUST_CHECK;

#endif
