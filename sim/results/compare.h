/* points.csv → each method's points against the baseline's, pair by pair. */
#ifndef TW_RESULTS_COMPARE_H
#define TW_RESULTS_COMPARE_H

#include "csv_read.h"
#include "paired.h"

struct tw_compare_request {
    const char *baseline; /* a method */
    const char *metric;   /* a column of results, see tw_compare_is_metric */
    const char *tuned;    /* column that each method has its own value of; NULL: none */
    double confidence;
};

/* One point of a method: its repetitions against those of the baseline's point. */
struct tw_comparison {
    int row, base_row; /* first row of either, to read what the point is; base_row −1: none */
    int repetitions;   /* rows of the point */
    int lonely;        /* of them, without a row of the baseline at that repetition and seed */
    int own_failed, base_failed; /* pairs whose side's status is not ok (both may) */
    int own_missed, base_missed; /* pairs, else well, whose side has no value */
    struct tw_paired paired;     /* of the others */
};

struct tw_compare {
    const struct tw_table *points; /* borrowed */
    struct tw_comparison *list;
    int count;
    int *columns; /* that tell points apart: of the contract, then further axes */
    int column_count;
    unsigned char *varies; /* of each of them: whether it has more than one value in the list */
    unsigned char *stands; /* of each: whether the baseline has one value where methods have others,
                              and that one is compared with them all */
};

/* Whether a column of points.csv is a number that runs are compared by. */
int tw_compare_is_metric(const char *name);

/* A row's partner has the same scenario, network, nodes, ranks, bandwidth, latency, dimension,
 * sources, target, repetition and seed, and the same values of further axes; but an axis of which
 * the baseline has only one value there (it has no ratio, say) is compared with all, and noted in
 * `stands`. TW_UNKNOWN: no such method; TW_INPUT: a column is missing, no other method, or two
 * points of the baseline fit one row (the text says which). Freed by tw_compare_free, also after a
 * failure. */
tw_status tw_compare_make(const struct tw_table *points, const struct tw_compare_request *request,
                          struct tw_compare *compare, struct tw_err *err) TW_MUST_CHECK;
void tw_compare_free(struct tw_compare *compare);

#endif
