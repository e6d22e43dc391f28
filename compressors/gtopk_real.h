/* What the two files of gTop-K share: its state, and its merge. The formulas are in gtopk.c. */
#ifndef TW_GTOPK_REAL_H
#define TW_GTOPK_REAL_H

#include "largest_real.h"
#include "union_real.h"

struct tw_gtopk_params {
    double ratio;
    int scope, index, values;
};

#ifdef TW_PRECISION
struct tw_gtopk_shared {
    struct tw_problem problem;
    struct tw_largest what;
    struct tw_codec_way way;
    uint64_t kept, values_B;     /* of a message */
    uint64_t message_B;          /* of Rice-coded gaps the most */
    uint64_t most_dropped;       /* entries that one rank's merges drop */
    struct tw_union_list result; /* borrowed from the answer, or left */
    struct tw_union_entries left, right,
        picked; /* scratch of coded lists: read, and to be written */
    struct tw_union_entries both,
        lost;                       /* scratch: the union of one part; what a whole merge drops */
    struct tw_union_entries joined; /* scratch: what a rank has dropped, with what it drops now */
    uint32_t *chosen, *trial;
    void *scratch, *select;
};

/* Message: k values (as they are sent), then their indices. */
struct tw_gtopk_rank {
    tw_real *values;
    uint32_t *indices;
    unsigned char *wire;
    struct tw_union_entries dropped;
    uint32_t *support;
};

/* Two lists read into one, the k largest of it, and the others given back to the memory. */
void TW_T(tw_gtopk_charge_merge)(uint64_t kept, struct tw_codec_way way, struct tw_work *work);

/* A rank's list as a message; returns its bytes. */
uint64_t TW_T(tw_gtopk_write)(const struct tw_gtopk_shared *shared, const uint32_t *indices,
                              const tw_real *values, unsigned char *wire);

/* 1: k values, and as many indices in every part as it keeps. Coded lists are read into entries. */
int TW_T(tw_gtopk_read)(const struct tw_gtopk_shared *shared, uint64_t count, const void *data,
                        struct tw_union_entries *entries, struct tw_union_list *list);

tw_status TW_T(tw_gtopk_merge)(void *state, void *own_state, int keeps, const struct tw_partial *a,
                               const struct tw_partial *b, void *c, uint64_t *count,
                               struct tw_work *work);
#endif

#endif
