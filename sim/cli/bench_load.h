/* What the kernels of `thinwire bench` work on; and those kernels whose measuring is in a file of
 * its own (bench_coded.c). */
#ifndef TW_CLI_BENCH_LOAD_H
#define TW_CLI_BENCH_LOAD_H

#include "../train/optimizer.h"
#include "bench_group.h"

/* What a run works on; a case's open() fills what it needs beyond the shared vectors. */
struct tw_bench_load {
    float *x, *y, *z; /* 2^largest values each; x is normal */
    double *wide;     /* max(2^NORMALS_MOST, 2^largest / 4) */
    uint32_t *indices, *bitmap;
    void *scratch;
    uint64_t n, k;
    struct tw_bench_group group;
    const struct tw_optimizer *sgd; /* without momentum */
    _Alignas(16) unsigned char sgd_params[TW_PARAMS_MAX];
    struct tw_work work;
    tw_status status; /* of the last run that can fail */
};

/* cast to int8, qsgd, and the mean of one rank's int8. */
tw_status tw_bench_open_quantise(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_bench_open_dither(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_bench_open_dequantise(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;

/* n/2 indices, about one in 64, are coded and decoded again. */
tw_status tw_bench_open_rice(struct tw_bench_load *load, struct tw_err *err) TW_MUST_CHECK;
void tw_bench_run_rice(void *context);

/* n/16 rows of four columns. */
void tw_bench_run_ortho(void *context);

/* n elements of a matrix, about square, and four columns. */
void tw_bench_run_sketch(void *context);
void tw_bench_run_sketch_transposed(void *context);
void tw_bench_run_expand(void *context);

#endif
