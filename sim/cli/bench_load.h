/* What the kernels of `thinwire bench` work on; and those kernels whose measuring is in a file of
 * its own (bench_coded.c). */
#ifndef TW_CLI_BENCH_LOAD_H
#define TW_CLI_BENCH_LOAD_H

#include "../train/optimizer.h"
#include "bench_group.h"

/* What a run works on; a case's open() fills what it needs beyond the shared vectors. */
struct tw_bench_load {
    float *x, *twin, *y, *z; /* 2^largest values each; x is normal, twin a copy of it */
    double *wide;            /* max(2^NORMALS_MOST, 2^largest / 4) */
    uint32_t *indices, *bitmap;
    void *scratch;
    uint64_t n, k;
    struct tw_bench_group group;
    float threshold;                /* that k of the values pass */
    const struct tw_optimizer *sgd; /* without momentum */
    _Alignas(16) unsigned char sgd_params[TW_PARAMS_MAX];
    struct tw_work work;
    tw_status status; /* of the last run that can fail */
    unsigned turns;
};

/* x and its twin in turn, and y and z: a member reads one vector and writes another, so that what a
 * kernel reads is not what the same kernel has just left in the cache. */
static inline const float *tw_bench_from(struct tw_bench_load *load)
{
    return load->turns++ % 2 ? load->twin : load->x;
}

static inline float *tw_bench_into(struct tw_bench_load *load)
{
    return load->turns++ % 2 ? load->z : load->y;
}

/* cast to int8, qsgd, and the mean of one rank's int8. */
tw_status tw_bench_open_quantise(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_bench_open_dither(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_bench_open_dequantise(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;

/* n/2 indices, about one in 64, are coded and decoded again. */
tw_status tw_bench_open_rice(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
void tw_bench_run_rice(void *context);

/* Bare walks; tw_bench_open_filter finds the threshold that k of n values pass. */
tw_status tw_bench_open_filter(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
void tw_bench_run_zero(void *context);
void tw_bench_run_read(void *context);
void tw_bench_run_filter(void *context);
void tw_bench_run_histogram(void *context);

/* n cells of a table of five rows, added to and then read: two walks. */
void tw_bench_run_table(void *context);

/* n/16 rows of four columns. */
void tw_bench_run_ortho(void *context);

/* n elements of a matrix, about square, and four columns. */
void tw_bench_run_sketch(void *context);
void tw_bench_run_sketch_transposed(void *context);
void tw_bench_run_expand(void *context);

#endif
