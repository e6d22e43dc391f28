/* Forks a child per piece of work and survives whatever it does: jobs, timeouts, memory, signals,
 * progress. The parent computes nothing and never touches SimGrid. */
#ifndef TW_CLI_DRIVER_H
#define TW_CLI_DRIVER_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum tw_progress { TW_PROGRESS_QUIET, TW_PROGRESS_LINES, TW_PROGRESS_TTY };

/* What became of a failed piece. text: the child's own words (its error, or the last line of its
 * stderr); tail: the end of its stderr. Borrowed during the call. */
struct tw_failure {
    tw_status status;
    int signal; /* that ended it, or 0 */
    const char *text, *tail;
};

struct tw_driver {
    int pieces;
    const double *cost;       /* predicted, any unit: largest first, and weighs the ETA */
    const uint64_t *memory_B; /* predicted peak of each piece */
    int jobs;
    double timeout_s;        /* 0: none */
    uint64_t memory_limit_B; /* 0: none */
    enum tw_progress progress;
    void *context;

    /* In the child: does the piece and writes its answer to `out`. */
    tw_status (*work)(void *context, int piece, int out, struct tw_err *err);
    /* In the parent: whether the piece may start while `running` (a piece) runs. */
    int (*compatible)(void *context, int piece, int running);
    /* In the parent: the answer of a piece, or its failure. Non-zero status from done stops all. */
    tw_status (*done)(void *context, int piece, const char *answer, size_t size,
                      struct tw_err *err);
    void (*failed)(void *context, int piece, const struct tw_failure *failure);
};

struct tw_outcome {
    int done, failed;
    int signal; /* SIGINT or SIGTERM when interrupted, else 0 */
};

/* Runs every piece. After a first SIGINT or SIGTERM no piece starts and the running ones finish;
 * after a second they are killed. */
tw_status tw_driver_run(const struct tw_driver *driver, struct tw_outcome *outcome,
                        struct tw_err *err) TW_MUST_CHECK;

#endif
