/* Forks a child, lets it work, and collects what it wrote; survives whatever the child does. */
#ifndef TW_NETWORK_SIMGRID_CHILD_H
#define TW_NETWORK_SIMGRID_CHILD_H

#include <stddef.h>
#include "base/err.h"

/* Runs in the child; writes to `descriptor`. Standard output and error go to the parent too. */
typedef void (*tw_child_work)(void *context, int descriptor);

struct tw_child_report {
    size_t size;       /* bytes written to the descriptor, at most the size that was asked for */
    int clean;         /* 1: the child ended with status 0 */
    int timed_out;     /* 1: the time limit passed and the child was killed */
    char message[512]; /* first line that it wrote to standard error, log prefix cut; may be "" */
};

/* answer gets at most `size` bytes. timeout_s 0: no limit. TW_IO when forking or pipes fail. */
tw_status tw_child_run(tw_child_work work, void *context, double timeout_s, void *answer,
                       size_t size, struct tw_child_report *report) TW_MUST_CHECK;

/* Writes all; 0 when it fails. */
int tw_child_write(int descriptor, const void *data, size_t size);

#endif
