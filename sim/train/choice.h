/* Which of two vectors a rank has sent: the bit of rules that choose (feedback.h, `tells`).
 *
 * Every rank must learn it of every other, or the copies of the g_i would part. It travels with the
 * first exchange of the part in which all ranks speak, rounded up to whole elements of that one:
 *
 *     GATHER          an element more in every rank's message
 *     ALL_TO_ALL      an element more in every message of every rank
 *     SUM             ⌈N/m⌉ elements, m the bits of a mantissa or integer: rank r adds 2^(r mod m)
 *                     to element ⌊r/m⌋, so that the sum is exact, and says who; of a maximum N
 *                     elements, one of each rank
 *     REDUCE_SCATTER  as many to every receiver
 *     MERGE           ⌈N/8⌉ bytes in every partial
 *
 * A BROADCAST has no word of the others. Where no exchange carries it (nobody has anything to
 * send), a GATHER of one byte of every rank does. O(items of the part). */
#ifndef TW_TRAIN_CHOICE_H
#define TW_TRAIN_CHOICE_H

#include "shape.h"

/* Adds the bit to the exchanges of a part, which are the items of the record from `from` on;
 * nothing where the rule does not tell, in dense steps (both vectors arrive whole) and with one
 * group. bucket, phase: what the record calls the part's last phase. TW_MEMORY. */
tw_status tw_choice_record(const struct tw_shape *shape, uint32_t step, int bucket, int phase,
                           int from, struct tw_record *record, struct tw_err *err) TW_MUST_CHECK;

#endif
