/* Accounts of ranks whose streams run beside each other. */
#ifndef TW_NETWORK_TIMELINE_SWEEP_H
#define TW_NETWORK_TIMELINE_SWEEP_H

#include "network.h"

/* One rank's accounts of a step from the begins and ends of its items, begin_s[i·ranks + rank]:
 * every moment between the rank's entry and its last end counts once, as compute while some compute
 * runs; else as compress while a kernel runs; else as exposed while an exchange is under way that
 * all ranks have posted; else as wait. transfer_s counts the third, hidden or not. end_s is the
 * last end. last_post_s[i·ranks + rank]: when the last of the rank's group posts item i. TW_MEMORY.
 * O(items · log items). */
tw_status tw_sweep_account(const struct tw_step_job *job, int rank, const double *begin_s,
                           const double *end_s, const double *last_post_s,
                           struct tw_rank_times *times) TW_MUST_CHECK;

#endif
