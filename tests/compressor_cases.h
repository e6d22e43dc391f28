/* What the laws of compressors are tried on: settings of every member, vectors, shapes. */
#ifndef TW_TEST_COMPRESSOR_CASES_H
#define TW_TEST_COMPRESSOR_CASES_H

#include <gsl/gsl_randist.h>
#include "base/rng.h"
#include "compressor_rig.h"

#define SEED 20260101U

struct setting {
    const char *member; /* "": every member that has the option ratio */
    const char *options;
};

static const struct setting settings[] = {
    {"", "ratio=0.01"},
    {"", "ratio=0.25"},
    {"", "ratio=1"},
    {"none", ""},
    {"none", "value=bf16"},
    {"topk", "ratio=0.1 scope=bucket index=u64"},
    {"topk", "ratio=0.3 exchange=two"},
    {"topk", "ratio=0.1 scope=global"},
    {"topk", "ratio=0.2 scope=row"},
    {"topk", "ratio=0.2 scope=column index=rice"},
    {"topk", "ratio=0.3 exchange=two index=u64"},
    {"topk", "ratio=0.1 index=bitmap values=bf16"},
    {"topk", "ratio=0.2 index=rice values=fp16"},
    {"topk", "ratio=0.2 index=rice exchange=two scope=bucket"},
    {"topk", "ratio=0.3 index=bitmap values=fp16 exchange=two"},
    {"randk", "ratio=0.1 scope=bucket"},
    {"randk", "ratio=0.2 scale=unbiased"},
    {"randk", "ratio=0.3 values=fp16"},
    {"randk", "ratio=0.2 scale=unbiased values=bf16"},
    {"random_block", "ratio=0.2 values=bf16"},
    {"chunk_norm", "ratio=0.3 values=fp16"},
    {"leader_topk", "ratio=0.2 values=fp16"},
    {"arctopk", "ratio=0.3 values=fp16"},
    {"arctopk", "ratio=0.3 vectors=whole fuse=no values=bf16"},
    {"rtopk", "ratio=0.1 pool=1"},
    {"rtopk", "ratio=0.1 pool=1e18 index=u64"},
    {"rtopk", "ratio=0.2 pool=2.5 scope=bucket"},
    {"rtopk", "ratio=0.2 index=rice values=bf16"},
    {"hard", ""},
    {"hard", "threshold=1 index=rice"},
    {"hard", "threshold=0 index=bitmap values=fp16"},
    {"gaussiank", "ratio=0.1 scope=bucket index=rice"},
    {"gaussiank", "ratio=0.1 rounds=1"},
    {"redsync", "ratio=0.1 interval=0.001 values=bf16"},
    {"sidco", "ratio=0.05 fit=pareto"},
    {"sidco", "ratio=0.05 fit=gamma scope=bucket index=rice"},
    {"sidco", "ratio=0.05 stages=3"},
    {"dgc_topk", "ratio=0.1 excess=truncate scope=bucket index=u64"},
    {"adaptive", ""},
    {"adaptive", "energy=0.5 scope=bucket index=bitmap values=bf16"},
    {"adaptive", "energy=1"},
    {"random_block", "ratio=0.2 rows=blocks columns=7 vectors=blocks"},
    {"random_block", "ratio=0.2 rows=input rounding=floor"},
    {"chunk_norm", "ratio=0.2 rows=blocks columns=7 vectors=blocks"},
    {"chunk_norm", "ratio=0.2 rows=input"},
    {"arc_exact", "ratio=0.2 rows=blocks columns=7 vectors=blocks"},
    {"arc_exact", "ratio=0.2 rows=input"},
    {"block_topk", "ratio=0.2 rows=blocks columns=7 vectors=blocks"},
    {"block_topk", "ratio=0.2 rows=input"},
    {"arctopk", "ratio=0.2 rows=input scale=sqrt"},
    {"arctopk", "ratio=0.2 rows=input rounding=floor fuse=no sketch=1"},
    {"arctopk", "ratio=0.2 rows=blocks columns=7 vectors=blocks sketch=6"},
    {"arctopk", "ratio=0.3 vectors=whole fuse=no"},
    {"arctopk", "ratio=1 vectors=whole rows=blocks columns=3"},
    {"cast", ""},
    {"cast", "value=int4 block=32"},
    {"cast", "value=fp8_e4m3 block=64"},
    {"cast", "value=fp8_e5m2"},
    {"cast", "value=fp16"},
    {"cast", "value=int8 block=100 rotation=hadamard"},
    {"none", "value=fp16"},
    {"cast", "value=bf16"},
    {"cast", "value=fp16 rotation=hadamard"},
    {"qsgd", ""},
    {"qsgd", "levels=1 bucket=0"},
    {"qsgd", "levels=7 bucket=20 norm=max"},
    {"global_qsgd", ""},
    {"global_qsgd", "levels=100 bucket=30 norm=max"},
    {"terngrad", ""},
    {"terngrad", "clip=0"},
    {"terngrad", "scaler=shared"},
    {"terngrad", "scaler=shared clip=0"},
    {"sign", ""},
    {"sign", "scope=bucket"},
    {"majority", ""},
    {"majority", "scale=mean"},
    {"majority", "exchange=sum"},
    {"majority", "exchange=sum scale=mean"},
    {"onebit", ""},
    {"onebit", "scope=bucket"},
    {"powersgd", ""},
    {"powersgd", "rank=2 rate=1"},
    {"powersgd", "rank=2 rate=1 warm=no"},
    {"acpsgd", ""},
    {"acpsgd", "rank=2 rate=1"},
    {"acpsgd", "rank=2 rate=1 warm=no"},
    {"countsketch", ""},
    {"countsketch", "rows=1 width=0.5 kept=0.2 values=table"},
    {"countsketch", "kept=0.05 values=table"},
    {"countsketch", "rows=3 width=0.3 kept=1"},
    {"leader_topk", "ratio=0.1 scope=bucket"},
    {"alltoall_topk", "ratio=0.1 scope=bucket gather=dense"},
    {"alltoall_topk", "ratio=0.3 gather=switch"},
    {"oktopk", "ratio=0.1 thresholds=1 boundaries=1"},
    {"quant_reduce", ""},
    {"quant_reduce", "first=int4 second=int8 block=32"},
    {"quant_reduce", "second=int8 block=100"},
    {"oktopk", "ratio=0.2 thresholds=2 boundaries=3"},
    {"gtopk", "ratio=0.1 scope=bucket"},
    {"sparcml", "ratio=0.1 scope=bucket"},
    {"sparcml", "ratio=0.4 dense=never"},
    {"stride", ""}, /* of laws_plugin.c */
    {"stride", "stride=1"},
    {"stride", "stride=7"},
    {"scaled", "factor=1.5"},
    {"countsketch", "width=0.3 kept=0.05 values=table memory=sketch momentum=0.9"},
    {"alltoall_topk", "ratio=0.2 index=rice values=bf16"},
    {"alltoall_topk", "ratio=0.1 scope=bucket index=bitmap values=fp16 gather=switch"},
    {"alltoall_topk", "ratio=0.2 index=u64 values=bf16 gather=dense"},
    {"oktopk", "ratio=0.1 index=rice values=bf16"},
    {"oktopk", "ratio=0.2 thresholds=2 boundaries=3 index=bitmap values=fp16"},
    {"oktopk", "ratio=0.2 index=u64"},
    {"gtopk", "ratio=0.2 index=rice values=bf16"},
    {"gtopk", "ratio=0.3 index=bitmap values=fp16 scope=bucket"},
    {"gtopk", "ratio=0.1 index=u64"},
    {"sparcml", "ratio=0.1 index=rice values=bf16"},
    {"sparcml", "ratio=0.1 index=bitmap values=fp16 dense=never"},
    {"sparcml", "ratio=0.1 scope=bucket index=u64 values=fp16"},
    {"qsgd", "wire=elias"},
    {"qsgd", "levels=1 bucket=20 wire=elias"},
    {"qsgd", "levels=32767 bucket=0 norm=max wire=elias"},
};
#define SETTINGS (sizeof settings / sizeof *settings)

/* Members with C(C(x)) = C(x) for the same draws and one rank; of randk only the unscaled. */
static const char *const projections[] = {
    "none",          "hard",   "topk",    "random_block", "chunk_norm", "arc_exact",
    "block_topk",    "randk",  "arctopk", "cast",         "natural",    "leader_topk",
    "alltoall_topk", "oktopk", "gtopk",   "sparcml",      "stride"};
/* Members whose bytes depend on the step's draws. */
static const char *const drawing[] = {"randk",    "random_block", "rtopk",      "arctopk",
                                      "qsgd",     "terngrad",     "natural",    "global_qsgd",
                                      "powersgd", "acpsgd",       "countsketch"};
/* Of a member that draws: not with these options. Tables of several steps are added, so hashes are
 * fixed for the run. */
static inline int draws_once(const char *options)
{
    return strstr(options, "memory=sketch") != NULL;
}
/* Members whose bytes depend on the step and on earlier ones, without any draw. */
static const char *const turning[] = {"leader_topk", "oktopk", "stride"};

/* A random rotation draws, whatever the member. */
static inline int rotates(const char *options)
{
    return strstr(options, "rotation=hadamard") != NULL;
}

/* Members whose values are sums over the whole vector or matrix, in which large terms may cancel:
 * what rounding does to one is relative to the whole vector, not to the value. */
static inline int mixes(const char *member, const char *options)
{
    return rotates(options) || strcmp(member, "powersgd") == 0 || strcmp(member, "acpsgd") == 0;
}

/* What a denormal may be off by, beside what is proven of normal numbers, in steps of the least
 * number: 1, for scales and values are rounded to such steps. `natural` has powers of two from the
 * least normal number on, and 0. */
static inline double steps_of_denormals(const char *member, enum tw_precision precision)
{
    double of_natural = precision == TW_FP64 ? 0x1p52 : 0x1p23;
    return strcmp(member, "natural") == 0 ? of_natural : 1.0;
}

/* In the narrow types of these options most denormals are 0: then C(x) may be 0, and δ is 0. */
static inline int loses_denormals(const char *options)
{
    return strstr(options, "bf16") || strstr(options, "fp16");
}

static inline int is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return 0;
}
/* How C(2^j·x) goes with C(x): times 2^j but for three. */
enum scaling {
    SCALES,        /* C(2^j·x) = 2^j·C(x) */
    SCALES_INSIDE, /* value by value where fp16 is normal: 60000 is one, 8·60000 is none */
    VOTES,         /* C(±2^j·x) = ±C(x): ±1, whatever the size */
    ABSOLUTE       /* λ = 1 drops .5 and keeps 4 = 8·.5; C for 2^j·λ scales (laws_feedback.c) */
};
static inline enum scaling scaling_of(const char *member, const char *options)
{
    if (strcmp(member, "hard") == 0)
        return ABSOLUTE;
    if (strcmp(member, "majority") == 0 && !strstr(options, "scale=mean"))
        return VOTES;
    if (!strstr(options, "fp16"))
        return SCALES;
    return rotates(options) ? ABSOLUTE : SCALES_INSIDE; /* rotated ones may be denormal in fp16 */
}

/* Whether these options make the bytes of a message depend on the data: then plan() is refused. */
static inline int is_sized_by_data(const char *options)
{
    return strstr(options, "index=rice") || strstr(options, "wire=elias");
}
#define AMONG(name, list) is_among(name, list, sizeof list / sizeof *list)

enum generator {
    GAUSSIAN,
    STUDENT2,
    STUDENT15,
    SPARSE,
    EQUAL,
    ZEROS,
    SPIKE,
    DENORMALS,
    SIGNED_ZEROS,
    ALTERNATING,
    LAYERED,
    TIES,      /* five sizes, each many times */
    SPIKES,    /* the first and the last value, of one size, above noise */
    EXPONENTS, /* magnitudes from 2^-30 to 2^11, equally often: 16 ranks sum to no infinite fp16 */
    GENERATORS
};

static inline double value_of(enum generator generator, gsl_rng *rng, enum tw_precision precision,
                              uint64_t i, uint64_t n)
{
    double tiny = precision == TW_FP64 ? 0x1p-1074 : 0x1p-149;
    switch (generator) {
    case GAUSSIAN:
        return gsl_ran_gaussian_ziggurat(rng, 1.0);
    case STUDENT2:
        return gsl_ran_tdist(rng, 2.0);
    case STUDENT15:
        return gsl_ran_tdist(rng, 1.5);
    case SPARSE:
        return gsl_rng_uniform(rng) < 0.05 ? gsl_ran_gaussian_ziggurat(rng, 1.0) : 0.0;
    case EQUAL:
        return gsl_rng_uniform(rng) < 0.5 ? -0.75 : 0.75;
    case SPIKE:
        return i == n / 2 ? -3.0 : 0.0;
    case DENORMALS:
        return tiny * (double)(int)(gsl_rng_uniform_int(rng, 9)) - 4.0 * tiny;
    case SIGNED_ZEROS:
        return i % 2 ? -0.0 : 0.0;
    case ALTERNATING:
        return (i % 2 ? -1.0 : 1.0) * (1.0 + (double)(i % 3));
    case LAYERED:
        return gsl_ran_gaussian_ziggurat(rng, i < n / 2 ? 1e-3 : 10.0);
    case TIES:
        return 0.25 * (double)gsl_rng_uniform_int(rng, 9) - 1.0;
    case SPIKES:
        return i == 0 ? 5.0 : i == n - 1 ? -5.0 : gsl_ran_gaussian_ziggurat(rng, 1e-3);
    case EXPONENTS:
        return (gsl_rng_uniform(rng) < 0.5 ? -1.0 : 1.0) *
               ldexp(1.0 + gsl_rng_uniform(rng), (int)gsl_rng_uniform_int(rng, 41) - 30);
    case ZEROS:
    case GENERATORS:
        break;
    }
    return 0.0;
}

static inline void fill(void *x, enum generator generator, enum tw_precision precision, uint64_t n,
                        int rank)
{
    struct tw_stream_key key = {SEED, 0, (uint32_t)rank, generator, (uint32_t)n, TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    for (uint64_t i = 0; i < n; i++)
        set(x, precision, i, value_of(generator, &stream.gsl, precision, i, n));
}

/* d values as a matrix, an empty tensor, another matrix and a vector; no tensor at all for 0. */
static inline void add_tensors(struct group *group, uint64_t d)
{
    uint64_t columns = 1, half = d / 2;
    while (columns * columns < half)
        columns++;
    uint64_t rows = half / columns, rest = d - rows * columns;
    if (d == 0)
        return;
    add_tensor(group, rows, columns, 0);
    add_tensor(group, 0, 5, 0);
    add_tensor(group, rest / 6, 4, 0);
    add_tensor(group, 1, rest - rest / 6 * 4, 1);
}

static inline int has_ratio(const struct tw_member *member)
{
    for (size_t o = 0; o < member->option_count; o++)
        if (strcmp(member->options[o].name, "ratio") == 0)
            return 1;
    return 0;
}

/* Calls visit(member's name, options) for every setting of every listed member. */
static inline void each_setting(void (*visit)(const char *member, const char *options))
{
    for (int m = 0; m < tw_compressor_count(); m++) {
        const struct tw_member *member = &tw_compressor_at(m, TW_FP32)->member;
        int tried = 0;
        for (size_t s = 0; s < SETTINGS; s++) {
            int general = settings[s].member[0] == 0;
            if (general ? has_ratio(member) : strcmp(settings[s].member, member->name) == 0) {
                visit(member->name, settings[s].options);
                tried++;
            }
        }
        if (tried == 0)
            visit(member->name, "");
    }
}

#endif
