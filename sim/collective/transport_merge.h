/* The merges of the transport in memory: memory.c's part that runs a schedule. */
#ifndef TW_COLLECTIVE_TRANSPORT_MERGE_H
#define TW_COLLECTIVE_TRANSPORT_MERGE_H

#include "transport.h"

/* Grows to the largest merge seen; zeroed at birth. */
struct tw_merge_memory {
    unsigned char *block;
    size_t block_B;
    uint64_t *sizes;
    size_t size_room;
};
void tw_merge_memory_free(struct tw_merge_memory *memory);

/* Runs the schedule of `merging` on the ranks' requests, step by step: sends name partials and
 * record their sizes, combining receives call merge. The answer's kind, element and ranks are set
 * already. TW_REFUSED for a schedule that is not one-port of one lane; TW_INTERNAL when a name is
 * given to two sizes, a partial exceeds the room, or ranks end with different results. */
tw_status tw_merge_in_memory(struct tw_merge_memory *memory, struct tw_merging *merging,
                             const struct tw_request *requests, int ranks, struct tw_answer *answer,
                             struct tw_err *err) TW_MUST_CHECK;

#endif
