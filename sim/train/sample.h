/* Runs in which only some of the groups have numbers: S sampled ones stand for N.
 *
 * Group r < S computes, compresses and remembers; every other group's contribution to an exchange
 * is that of group r mod S, byte by byte, and so is its work. Everything else is of all N: the
 * compressor is opened for N, answers hold N contributions, and digest and mean are run on them, so
 * that sizes and kernel work are real. S divides N, so the mean is that of the samples.
 *
 * It takes a compressor that makes only SUM and GATHER requests: what it answers ALL_TO_ALL and
 * REDUCE_SCATTER with, it must have of every receiver; a BROADCAST needs its root; and a MERGE of
 * equal partials is far smaller than one of different ones. (The same holds of the union of a
 * GATHER, but there no message depends on it: only the mean is too sparse, S supports instead of
 * N.)
 */
#ifndef TW_TRAIN_SAMPLE_H
#define TW_TRAIN_SAMPLE_H

#include "train.h"

/* How many groups have numbers: N where nothing is sampled. */
int tw_sample_groups(const struct tw_train_setup *setup);

/* TW_REFUSED: a compressor as above, sharded steps; TW_RANGE: S that does not divide N. */
tw_status tw_sample_check(const struct tw_train_setup *setup, struct tw_err *err) TW_MUST_CHECK;

#endif
