/* One point from its resolved description to its row: data plane (or its cached trace), then time
 * plane. Runs in the driver's children. */
#ifndef TW_CLI_PIECE_H
#define TW_CLI_PIECE_H

#include <jansson.h>
#include "../network/network.h"
#include "../scenario/scenario.h"
#include "../train/train.h"

/* What names a point's work: hashes of its canonical JSON. */
struct tw_keys {
    char key[33], data_key[33];
};
tw_status tw_keys_make(const struct tw_point *point, struct tw_keys *keys,
                       struct tw_err *err) TW_MUST_CHECK;

/* The point's ops, looked up for its precision. Everything is borrowed from the point. */
tw_status tw_piece_setup(const struct tw_point *point, struct tw_train_setup *setup,
                         struct tw_err *err) TW_MUST_CHECK;

/* A pricing with the arrays it borrows. */
struct tw_piece_pricing {
    struct tw_pricing pricing;
    struct tw_pair attributes[TW_SETTINGS_MAX], config[TW_SETTINGS_MAX];
};
tw_status tw_piece_price_setup(const struct tw_point *point, struct tw_piece_pricing *pricing,
                               struct tw_err *err) TW_MUST_CHECK;

/* The run of a data key: from cache/DATA_KEY.json in `directory` when it is there, else computed
 * and written there; a damaged file is made again. A lock makes concurrent callers compute it once.
 * *reused says which. */
tw_status tw_piece_run(const struct tw_point *point, const char *directory, const char *data_key,
                       struct tw_run *run, int *reused, struct tw_err *err) TW_MUST_CHECK;

/* "allreduce=ring;allgather=ring" of the schedules whose bits are set (tw_priced.used); several of
 * one kind, where each request's size chose, are joined by +. "" without any. */
void tw_piece_collectives(uint64_t used, char *out, size_t size);

/* The whole piece: the row of sim/results/results.h as JSON, owned by the caller; links: with what
 * every link carries; energy: with what every host draws. A run that an outage broke has a row too,
 * with the reason as "failure". */
tw_status tw_piece_row(const struct tw_point *point, const struct tw_keys *keys,
                       const char *directory, int links, int energy, json_t **row,
                       struct tw_err *err) TW_MUST_CHECK;

#endif
