/* Bandwidth by message size (base/curve.h): a message of `bytes` keeps its links as long as one of
 * bytes/share would at full bandwidth, rounded to whole bytes (SimGrid knows no others). So both
 * executors price it alike: e = max(x_s, x_r) + α + (bytes/share)/rate, and messages that share a
 * link share what is left of it. */
#ifndef TW_NETWORK_CURVE_H
#define TW_NETWORK_CURVE_H

#include "network.h"

double tw_curve_share(const struct tw_curve *curve, uint64_t bytes);
uint64_t tw_curve_stretched_B(const struct tw_curve *curve, uint64_t bytes);
/* TW_RANGE for sizes that do not ascend from above 0 and shares outside (0, 1]. */
tw_status tw_curve_check(const struct tw_curve *curve, struct tw_err *err) TW_MUST_CHECK;

#endif
