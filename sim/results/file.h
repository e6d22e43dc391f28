/* Files of a run directory: whole reads, whole writes, and messages that name the file. */
#ifndef TW_RESULTS_FILE_H
#define TW_RESULTS_FILE_H

#include <stddef.h>
#include "base/err.h"

/* "directory/name", owned by the caller; NULL when memory runs out. */
char *tw_file_path(const char *directory, const char *name);

/* TW_IO: "path: what: strerror(errno)", with path as err's file. */
tw_status tw_file_error(struct tw_err *err, const char *path, const char *what);

/* Makes path and its parents as far as they are missing. */
tw_status tw_file_directory(const char *path, struct tw_err *err) TW_MUST_CHECK;

/* All bytes of an open descriptor from its start, with a zero after them; *text is owned by the
 * caller. path is for messages. */
tw_status tw_file_read_all(int descriptor, const char *path, char **text, size_t *size,
                           struct tw_err *err) TW_MUST_CHECK;
/* The same by name; a file that is not there is TW_IO. */
tw_status tw_file_load(const char *path, char **text, size_t *size,
                       struct tw_err *err) TW_MUST_CHECK;

#endif
