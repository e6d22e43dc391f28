/* What the store's files share: its memory image. */
#ifndef TW_RESULTS_STORE_H
#define TW_RESULTS_STORE_H

#include "results.h"

struct tw_store {
    char *directory;
    char *path;     /* the own rows-I-of-N.jsonl */
    char *failed;   /* failed.jsonl */
    int descriptor; /* of path, locked for as long as the store is open */
    json_t *rows;   /* key → row */
};

/* Appends by one write(); what a full disk leaves of it is taken back. path is for messages. */
tw_status tw_store_write(int descriptor, const char *path, const char *line, size_t size,
                         struct tw_err *err) TW_MUST_CHECK;
/* The object on one line, line end included, reals in 17 digits; owned by the caller, or NULL. */
char *tw_store_line(const json_t *object, size_t *size);

/* Takes out of failed.jsonl what has a row by now; an empty file goes. */
tw_status tw_failed_prune(const struct tw_store *store, struct tw_err *err) TW_MUST_CHECK;

#endif
