/* Runs the points of a list that have no row yet, each in a child of the driver. */
#ifndef TW_CLI_PIECES_H
#define TW_CLI_PIECES_H

#include "driver.h"
#include "piece.h"
#include "run_arguments.h"
#include "../results/results.h"

struct tw_pieces {
    const struct tw_point *const *points; /* count, borrowed; so is the rest */
    const struct tw_keys *keys;           /* of each point; equal ones run once */
    int count;
    const char *directory;
    struct tw_store *store;
    int links;  /* 1: rows carry links.csv */
    int energy; /* 1: rows carry energy.csv */
};

/* Runs part a->shard of a->shards and appends the rows to the store; names each failure on stderr
 * and in failed.jsonl. *outcome counts; what was interrupted is TW_OK with outcome->signal. */
tw_status tw_pieces_run(const struct tw_pieces *pieces, const struct tw_run_arguments *a,
                        struct tw_outcome *outcome, struct tw_err *err) TW_MUST_CHECK;

#endif
