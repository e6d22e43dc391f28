/* One step of a cluster as Chrome-trace JSON, which ui.perfetto.dev and chrome://tracing open. */
#ifndef TW_RESULTS_PERFETTO_H
#define TW_RESULTS_PERFETTO_H

#include <stdint.h>
#include <jansson.h>
#include "base/err.h"

/* Something that a rank does for a while. Slices of one rank and lane may hold each other, from
 * their common beginning, and may not overlap otherwise. */
struct tw_slice {
    int rank, lane;
    double begin_s, end_s; /* ≥ 0, on the step's clock */
    char name[96];
    int bucket, peer; /* −1: of none */
    int phase;        /* of a bucket's method, counted from 1; 0: of none */
    int part, step;   /* lane and step of a schedule; −1: of none */
    int64_t bytes;    /* −1: none */
};

/* What is drawn: `ranks` processes with lane_count threads each; about is told under "otherData",
 * and is the caller's. */
struct tw_slices {
    struct tw_slice *slices; /* count, in any order; put in order by tw_perfetto_text */
    size_t count;
    int ranks;
    const char *const *lanes; /* from top to bottom; those without slices are left out */
    int lane_count;
    const json_t *about;
};

/* The text of the file, the caller's to free: one event a line, in the order of ranks, lanes and
 * times. ts and dur are µs, whole nanoseconds (each end is rounded down, so that slices that touch
 * still do); args.seconds is the duration as it was reckoned. TW_MEMORY; TW_RANGE for a slice that
 * ends before it begins. */
tw_status tw_perfetto_text(struct tw_slices *slices, char **text, size_t *size,
                           struct tw_err *err) TW_MUST_CHECK;

#endif
