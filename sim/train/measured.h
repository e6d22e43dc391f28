/* Timing the callbacks of a run, inside the room; train.h has the check. */
#ifndef TW_TRAIN_MEASURED_H
#define TW_TRAIN_MEASURED_H

#include "train_group.h"

/* Around a callback: its seconds are what `end` gives for what `begin` gave. 0 in a run that does
 * not measure. */
double tw_measured_begin(const struct tw_group *group);
double tw_measured_end(const struct tw_group *group, double began_s);
/* The seconds of the callback that reported the works from item `from` on, in equal parts, for it
 * is their sum that was measured. A callback that reports no work has no seconds. */
void tw_measured_divide(struct tw_record *record, int from, double seconds);

#endif
