/* The table of `thinwire bench --table`: what kernels cost beside a read of the same vector. */
#ifndef TW_CLI_BENCH_TABLE_H
#define TW_CLI_BENCH_TABLE_H

#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

#define TW_BENCH_HEADER                                                                       \
    "kernel,isa,elements,samples,median_s,least_s,quartile_low_s,quartile_high_s,unit,units," \
    "ns_per_unit,against,ratio,bar,met\n"

/* How a row is judged: its median over that of the read or of the bare add, or ns per unit. */
enum tw_bench_against { TW_BENCH_READ, TW_BENCH_ADD, TW_BENCH_NS };

struct tw_bench_row {
    const char *kernel, *isa;
    uint64_t elements;
    int samples;
    double median_s, least_s, low_s, high_s; /* low and high: quartiles */
    const char *unit;                        /* what ns are per: "value", "index" */
    uint64_t units;
    enum tw_bench_against against;
    double ratio; /* for TW_BENCH_NS: ns per unit */
    double bar;   /* 0: none */
};

/* One CSV line. */
void tw_bench_row_write(FILE *to, const struct tw_bench_row *row);

/* Measures all rows with the instruction set in use (base/isa.h), each the median of `samples` runs
 * on vectors of `elements` values, and writes them to `to` as CSV lines without a header. */
tw_status tw_bench_rows(uint64_t elements, int samples, FILE *to, struct tw_err *err) TW_MUST_CHECK;

/* The peers' lines: numpy, torch and std::nth_element on vectors of the same kind. What is not
 * installed is named on `notes`. read_s: the median read of the best instruction set. */
void tw_bench_peers(uint64_t elements, double read_s, FILE *to, FILE *notes);

/* All instruction sets of this processor, best first, each in a process of its own, and the peers;
 * csv (may be NULL) gets the header and the lines, stdout a table for people. */
tw_status tw_bench_table(uint64_t elements, int samples, FILE *csv,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
