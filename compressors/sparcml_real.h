/* What the two files of SparCML share: its state, its messages and its merge. The formulas are in
 * sparcml.c. */
#ifndef TW_SPARCML_REAL_H
#define TW_SPARCML_REAL_H

#include "largest_real.h"
#include "union_real.h"

struct tw_sparcml_params {
    double ratio;
    int scope, dense, index, values;
};

#ifdef TW_PRECISION
struct tw_sparcml_shared {
    struct tw_problem problem;
    struct tw_largest what;
    struct tw_codec_way way;
    uint64_t kept;
    struct tw_union_list result;          /* borrowed from the answer, or left */
    struct tw_union_entries left, right;  /* scratch of coded lists */
    struct tw_union_entries lost, joined; /* scratch: of a merge by rounding, and of all so far */
    uint32_t *indices;                    /* scratch: the union of two lists */
    tw_real *sums;
    uint32_t *trial;
    void *scratch;
};

struct tw_sparcml_rank {
    tw_real *values;
    uint32_t *indices;
    unsigned char *wire;
    struct tw_union_entries dropped; /* by rounding in its merges */
    uint32_t *support;
};

struct tw_codec_way TW_T(tw_sparcml_way)(const struct tw_problem *problem);

/* Bytes of a list of count entries, of Rice-coded gaps the most; and of any message of a run in
 * which a rank sends `kept` entries. */
uint64_t TW_T(tw_sparcml_list_B)(const struct tw_problem *problem, uint64_t count);
uint64_t TW_T(tw_sparcml_room)(const struct tw_problem *problem, uint64_t kept);

/* A list as a message; returns its bytes. */
uint64_t TW_T(tw_sparcml_write)(const struct tw_sparcml_shared *shared, unsigned char *wire,
                                const uint32_t *indices, const tw_real *values, uint64_t count);

/* 1: a list of ascending indices of the bucket, or (indices NULL) all its values; nothing else.
 * Coded lists are read into entries. */
int TW_T(tw_sparcml_read)(const struct tw_sparcml_shared *shared, uint64_t count, const void *data,
                          struct tw_union_entries *entries, struct tw_union_list *list);

tw_status TW_T(tw_sparcml_merge)(void *state, void *own_state, int keeps,
                                 const struct tw_partial *a, const struct tw_partial *b, void *c,
                                 uint64_t *count, struct tw_work *work);
#endif

#endif
