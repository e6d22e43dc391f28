/* What every member of every family (compressor, feedback, schedule, workload, optimizer, executor)
 * tells about itself, so that scenario files can be checked without knowing the family's doors. */
#ifndef TW_BASE_MEMBER_H
#define TW_BASE_MEMBER_H

#include <stddef.h>
#include <stdint.h>
#include "option.h"

/* Traits of compressors. */
enum {
    TW_UNBIASED = 1 << 0, /* E C(x) = x */
    TW_CONTRACTIVE = 1 << 1, /* E‖C(x)−x‖² ≤ (1−δ)‖x‖², δ > 0 (delta() may be proven or unknown) */
    TW_LINEAR = 1 << 2,         /* C(Σx) = ΣC(x) for the same draws and choices */
    TW_SHARED_SUPPORT = 1 << 3, /* all ranks keep the same indices */
    TW_NEEDS_MATRIX = 1 << 4,   /* works on rows × columns, not on flat vectors */
    TW_AVERAGES_OWN = 1 << 5,   /* mean(out) is the average of what own() gives on each rank */
    TW_DATA_SIZED = 1 << 6      /* bytes depend on the data: no plan() */
};
/* Traits of workloads. */
enum {
    TW_HAS_LOSS = 1 << 8,
    TW_HAS_ACCURACY = 1 << 9,
    TW_HAS_OPTIMUM = 1 << 10,
    TW_SIZES_ONLY = 1 << 11, /* tensors but no numbers */
    TW_REAL_DATA = 1 << 12,
    TW_RECORDED_DATA = 1 << 13,
    TW_SYNTHETIC_DATA = 1 << 14 /* data_source */
};

struct tw_member {
    const char *name;    /* as written in scenario files */
    const char *summary; /* one line for `thinwire list` */
    const char *source;  /* paper or reference; "" when there is none */
    const struct tw_option *options;
    size_t option_count;
    size_t params_size; /* ≤ TW_PARAMS_MAX */
    uint32_t traits;    /* what it offers (above) */
    uint32_t needs;     /* traits it requires of the compressor (feedback rules) */
    uint32_t requests;  /* compressor: mask 1<<kind of the requests it may make;
                           schedule: 1<<kind that it carries; feedback rule: those it makes in
                           place of the compressor's, 0 for none */
    /* Names of options that are younger than published results, then NULL: left out of points' keys
     * where they have their default. NULL: none. */
    const char *const *late;
};

/* Index of the member called name, or -1. */
int tw_member_index(const struct tw_member *const *members, size_t count, const char *name);

#endif
