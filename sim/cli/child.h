/* One forked child: its answer and its stderr come over two pipes, its end as a wait status. */
#ifndef TW_CLI_CHILD_H
#define TW_CLI_CHILD_H

#include <sys/types.h>
#include "driver.h"

struct tw_buffer {
    char *text; /* NUL-terminated after every append */
    size_t size, capacity;
};

struct tw_child {
    int piece;
    pid_t pid;    /* 0: slot is free */
    int out, err; /* read ends; −1 when closed */
    struct tw_buffer answer, complaints;
    double deadline_s; /* on CLOCK_MONOTONIC; 0: none */
    int timed_out;
};

double tw_clock_s(void); /* CLOCK_MONOTONIC */

tw_status tw_child_start(struct tw_child *child, const struct tw_driver *driver, int piece,
                         struct tw_err *err) TW_MUST_CHECK;
/* Reads what is there without blocking. TW_MEMORY possible. */
tw_status tw_child_read(struct tw_child *child) TW_MUST_CHECK;
/* Whether both pipes have reached their end. */
int tw_child_drained(const struct tw_child *child);
/* Kills the child and everything it forked. */
void tw_child_kill(const struct tw_child *child);
/* Waits for its end. Returns TW_OK when the answer is good; else *failure says why (it points into
 * the child and into `text`, of 1024 bytes). */
tw_status tw_child_reap(struct tw_child *child, struct tw_failure *failure, char *text);
void tw_child_release(struct tw_child *child);

#endif
