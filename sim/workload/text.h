/* A text as numbers: bytes become symbols 0, 1, …, in the order of their values. */
#ifndef TW_WORKLOAD_TEXT_H
#define TW_WORKLOAD_TEXT_H

#include "base/err.h"
#include <stdint.h>

/* Names, ended by NULL: the choices of the option `data`. */
extern const char *const tw_text_names[];

struct tw_text {
    uint64_t length;
    uint8_t *symbols;    /* owned: length values, each < vocabulary */
    uint32_t vocabulary; /* different bytes in the text */
    uint8_t bytes[256];  /* bytes[s] is the byte of symbol s < vocabulary */
    uint64_t hash;       /* of the text */
};

/* Where the text tw_text_names[index] is: below /usr/share/info, or below the directory that the
 * environment variable THINWIRE_DATA names. TW_IO: longer than size. */
tw_status tw_text_path(int index, char *path, size_t size, struct tw_err *err) TW_MUST_CHECK;

/* TW_IO, with the Debian package in the hint, when that file cannot be read; reads nothing. */
tw_status tw_text_check(int index, struct tw_err *err) TW_MUST_CHECK;

/* Reads `file`, or where that is "", tw_text_names[index]; gzip or not. TW_IO: cannot be read (the
 * hint names the package of a named one). TW_CORRUPT: damaged gzip, or fewer than two different
 * bytes. TW_RANGE: longer than 1 GiB. TW_MEMORY. Freed by tw_text_close (accepts a zeroed one). */
tw_status tw_text_open(int index, const char *file, struct tw_text *text,
                       struct tw_err *err) TW_MUST_CHECK;
void tw_text_close(struct tw_text *text);

#endif
