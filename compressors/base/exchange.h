/* What ranks ask of one another: element types, requests and answers. Times and schedules are
 * unknown here; a compressor makes requests, a transport answers them. */
#ifndef TW_BASE_EXCHANGE_H
#define TW_BASE_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>
#include "status.h"

#define TW_ELEMENT_LIST(X) \
    X(F32, "f32", 4)       \
    X(F64, "f64", 8)       \
    X(BF16, "bf16", 2)     \
    X(U32, "u32", 4)       \
    X(U64, "u64", 8)       \
    X(BYTE, "byte", 1)     \
    X(F16, "f16", 2)
#define TW_ELEMENT_CODE(code, text, bytes) TW_ELEMENT_##code,
enum tw_element { TW_ELEMENT_LIST(TW_ELEMENT_CODE) TW_ELEMENT_COUNT };
#undef TW_ELEMENT_CODE

/* Kinds of request; the text is the operation's name in scenario files. */
#define TW_REQUEST_LIST(X)              \
    X(SUM, "allreduce")                 \
    X(GATHER, "allgather")              \
    X(REDUCE_SCATTER, "reduce_scatter") \
    X(BROADCAST, "broadcast")           \
    X(ALL_TO_ALL, "alltoall")           \
    X(MERGE, "merge")
#define TW_REQUEST_CODE(code, text) TW_##code,
enum tw_request_kind { TW_REQUEST_LIST(TW_REQUEST_CODE) TW_REQUEST_COUNT };
#undef TW_REQUEST_CODE

enum tw_combine { TW_COMBINE_SUM, TW_COMBINE_MAX };

unsigned tw_element_B(enum tw_element element);
const char *tw_element_name(enum tw_element element);
const char *tw_request_name(enum tw_request_kind kind);
/* Kind by its operation name, or -1; element by its name, or -1. */
int tw_request_by_name(const char *name);
int tw_element_by_name(const char *name);

/* One rank's contribution to one exchange. SUM, BROADCAST: `count` is equal on all ranks
 * (BROADCAST: data used of root only). GATHER, MERGE: count is this rank's own. MERGE: `room`,
 * equal on all ranks, is what no partial result exceeds, the contributions included. ALL_TO_ALL,
 * REDUCE_SCATTER: counts[q] elements go to rank q, one behind the other in data. data is borrowed
 * until the exchange has been answered. */
struct tw_request {
    enum tw_request_kind kind;
    enum tw_element element;
    enum tw_combine combine;
    uint64_t count;
    const void *data;
    int root;
    const uint64_t *counts;
    uint64_t room;
};

/* What a MERGE request has become on its way: the contributions of some ranks, as one. */
struct tw_partial {
    uint64_t count; /* elements */
    const void *data;
};

/* The answer. SUM, BROADCAST, MERGE: count elements, the same for every rank. A SUM adds ranks
 * 0…p−1 in that order in double, starting from +0, and rounds once to `element`.
 * GATHER: starts[r]…starts[r+1]−1 are rank r's elements (starts has ranks+1 entries).
 * ALL_TO_ALL, REDUCE_SCATTER: one answer per rank, starts by sender. Borrowed until the next
 * exchange of the same transport. */
struct tw_answer {
    enum tw_request_kind kind;
    enum tw_element element;
    int ranks;
    uint64_t count;
    const void *data;
    const uint64_t *starts;
};

#endif
