/* The door behind which the group of ranks lives: in memory all ranks are mine, under MPI one. */
#ifndef TW_COLLECTIVE_TRANSPORT_H
#define TW_COLLECTIVE_TRANSPORT_H

#include "schedule.h"

/* How MERGE requests are answered: by this schedule, in whose order `merge` is called. */
struct tw_merging {
    const struct tw_algorithm *algorithm; /* one-port, one lane */
    /* c = a ⊕ b on a rank that is mine; keeps and the rest as struct tw_compressor.merge has it. */
    tw_status (*merge)(void *context, int rank, int keeps, const struct tw_partial *a,
                       const struct tw_partial *b, void *c, uint64_t *count);
    void *context;
    /* Set by a successful exchange: elements of every block of the schedule, 0 for one that does
     * not travel. Borrowed until the next exchange. */
    const uint64_t *sizes;
    uint32_t blocks;
};

/* Makes elements first…first+count−1 of what rank `rank` adds to a SUM, in the request's type. */
struct tw_source {
    void (*make)(const struct tw_source *source, int rank, uint64_t first, uint64_t count,
                 void *out);
    void *context;
};

struct tw_transport {
    int ranks;       /* N */
    int first, mine; /* ranks first … first+mine−1 are in this process */
    /* Answers one exchange. requests[i] is rank first+i's. answer is the replicated answer (SUM,
     * GATHER, BROADCAST, MERGE); for ALL_TO_ALL and REDUCE_SCATTER inboxes[i] is rank first+i's
     * and answer is untouched (and may be NULL, as inboxes may for the others). A reduced inbox has
     * no starts: its elements are sums over all ranks. Unsigned sums wrap; of real maxima a NaN
     * wins. TW_INTERNAL when the requests do not agree in kind, element, combine, root or (SUM,
     * BROADCAST, REDUCE_SCATTER) counts or (MERGE) room, or when data is missing; TW_REFUSED for a
     * MERGE without `merging`, and what merge answers. Answers are borrowed until the next
     * exchange. */
    tw_status (*exchange)(struct tw_transport *transport, const struct tw_request *requests,
                          struct tw_answer *answer, struct tw_answer *inboxes, struct tw_err *err);
    struct tw_merging *merging; /* borrowed; NULL: MERGE is refused */
    /* Of transports in memory: where a SUM's values come from, a piece at a time, in place of the
     * requests' data, which is not read then. Borrowed; NULL: the data. */
    const struct tw_source *source;
    void (*close)(struct tw_transport *transport);
    void *state;
};

/* All ranks in this process. Sums ranks 0…p−1 in that order in double and rounds once. Memory
 * grows to the largest exchange seen and is then kept. */
tw_status tw_transport_memory(struct tw_transport *transport, int ranks,
                              struct tw_err *err) TW_MUST_CHECK;

#endif
