/* A mistake as data: where it is, what was found, what would be valid. Nothing here prints. */
#ifndef TW_BASE_ERR_H
#define TW_BASE_ERR_H

#include <stddef.h>
#include "status.h"

/* Zeroed is "no error". file may be empty (not about a file), line 0 (no line known).
 * text is one line without a final dot; hint says what is valid and may be empty. */
struct tw_err {
    tw_status status;
    char file[256];
    long line;
    char text[768];
    char hint[512];
};

/* Both take a NULL err (then only the status is returned) and return `status`, so that callers can
 * write: return tw_err_set(err, TW_RANGE, "eta %g is not in (0, 1]", eta);
 * Longer texts are cut, never overrun. tw_err_set keeps file and line, and clears the hint. */
tw_status tw_err_set(struct tw_err *err, tw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
tw_status tw_err_hint(struct tw_err *err, tw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* which cannot see that the status given is the one returned */
static inline tw_status tw_err_same(tw_status given, tw_status returned)
{
    (void)returned;
    return given;
}
#define tw_err_set(err, status, ...) tw_err_same(status, (tw_err_set)(err, status, __VA_ARGS__))
#define tw_err_hint(err, status, ...) tw_err_same(status, (tw_err_hint)(err, status, __VA_ARGS__))
#endif
void tw_err_at(struct tw_err *err, const char *file, long line);

/* The name among `names` nearest to `wrong` by edit distance, if it is near enough to be a slip
 * (distance at most 1 + length/3); else NULL. Borrowed from `names`. */
const char *tw_nearest(const char *wrong, const char *const *names, size_t count);

/* "a b c" of all names into buffer, cut with " …" when it does not fit. Returns buffer. */
char *tw_join(const char *const *names, size_t count, char *buffer, size_t size);

#endif
