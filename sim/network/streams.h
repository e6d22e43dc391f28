/* The streams of a rank's step: what follows what. For executors and accounts. */
#ifndef TW_NETWORK_STREAMS_H
#define TW_NETWORK_STREAMS_H

#include "network.h"

/* TW_INTERNAL for a stream that does not exist and for an item that waits for a later one. */
tw_status tw_streams_check(const struct tw_step_job *job, struct tw_err *err) TW_MUST_CHECK;

/* Streams that have exchanges. */
int tw_streams_exchanging(const struct tw_step_job *job);

/* Actors of a rank, where each stream has one for every lane of its exchanges, and at least one:
 * first[s] is that of lane 0 of stream s, first[TW_RANK_STREAMS_MAX] how many there are. Streams
 * without items have none. */
void tw_streams_slots(const struct tw_step_job *job, int first[TW_RANK_STREAMS_MAX + 1]);

/* When every rank begins item `item`: begin_s[r] (ranks entries) from the ends of the items before
 * it, end_s[i·ranks + r]. begin_s may be the row that the item's ends will fill. O(ranks). */
void tw_streams_begin(const struct tw_step_job *job, int item, const double *end_s,
                      double *begin_s);

#endif
