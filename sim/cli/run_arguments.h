/* Arguments of `thinwire run`. */
#ifndef TW_CLI_RUN_ARGUMENTS_H
#define TW_CLI_RUN_ARGUMENTS_H

#include "cli.h"
#include "../workload/recorder.h"

struct tw_run_arguments {
    struct tw_selection selection;
    const char *directory; /* NULL: results/ID */
    int jobs, shard, shards, fresh, quiet;
    int links;          /* 1: --links */
    int energy;         /* 1: --energy */
    const char *record; /* --record DIR; NULL: nothing is recorded */
    enum tw_record_form record_form;
    int trace;                        /* 1: --trace */
    uint32_t trace_step;              /* from 1; 0: the last */
    double timeout_s, memory_limit_B; /* 0: none */
};

/* Parses the command line; prints usage and exits with TW_EXIT_USAGE when it is wrong. */
void tw_run_arguments_parse(struct tw_run_arguments *arguments, int argc, char **argv);

#endif
