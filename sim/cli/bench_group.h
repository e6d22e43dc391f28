/* A compressor and its ranks on one machine, step by step, for timing its parts. */
#ifndef TW_CLI_BENCH_GROUP_H
#define TW_CLI_BENCH_GROUP_H

#include "../collective/transport.h"
#include "compressor.h"

#define TW_BENCH_RANKS 4

/* Zeroed is closed. All ranks compress the same borrowed vector x. */
struct tw_bench_group {
    struct tw_instance instance;
    struct tw_transport transport;
    struct tw_tensor tensor;
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    const float *x;
    struct tw_request requests[TW_BENCH_RANKS];
    struct tw_answer inboxes[TW_BENCH_RANKS]; /* of the phase before, where answers are personal */
    struct tw_work work;
};

/* One tensor of rows × (n / rows) values in fp32, and an exchange in memory. options is "a=b c=d".
 * On failure the group is closed again. */
tw_status tw_bench_group_open(struct tw_bench_group *group, const char *compressor,
                              const char *options, int ranks, uint64_t rows, uint64_t n,
                              const float *x, struct tw_err *err) TW_MUST_CHECK;
void tw_bench_group_close(struct tw_bench_group *group);

/* begin() and local() of phase 0, rank 0 alone. */
tw_status tw_bench_group_local(struct tw_bench_group *group) TW_MUST_CHECK;
/* All phases of one step, up to mean(). */
tw_status tw_bench_group_exchange(struct tw_bench_group *group, struct tw_err *err) TW_MUST_CHECK;
void tw_bench_group_mean(struct tw_bench_group *group, float *out);

/* n standard normals; the first 2^20 repeat. */
void tw_bench_normals(float *x, uint64_t n);

#endif
