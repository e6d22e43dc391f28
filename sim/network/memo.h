/* Memory of simulated steps: (record, entry times bit by bit) → what became of every rank. */
#ifndef TW_NETWORK_MEMO_H
#define TW_NETWORK_MEMO_H

#include "network.h"

/* Holds the newest steps in at most TW_MEMO_B bytes, and at least two. Zeroed is closed. */
#define TW_MEMO_B (32U << 20)

struct tw_memo {
    int ranks, capacity, count, next; /* next: the slot written next, the oldest when full */
    struct tw_memo_step *steps;
};

tw_status tw_memo_open(struct tw_memo *memo, int ranks) TW_MUST_CHECK;
void tw_memo_close(struct tw_memo *memo);

/* The rank times of an equal step, or NULL; borrowed until the next tw_memo_put. */
const struct tw_rank_times *tw_memo_find(const struct tw_memo *memo, uint32_t record,
                                         const double *entry_s);
/* Copies both. TW_MEMORY. */
tw_status tw_memo_put(struct tw_memo *memo, uint32_t record, const double *entry_s,
                      const struct tw_rank_times *times) TW_MUST_CHECK;

#endif
