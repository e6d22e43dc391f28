/* What a host draws, as SimGrid's property wattage_per_state says it. */
#ifndef TW_BASE_WATTS_H
#define TW_BASE_WATTS_H

#include "err.h"

/* "Idle:AllCores" or "Idle:Epsilon:AllCores", watts of a host that does nothing, of one that does
 * next to nothing, and of one whose cores are all busy: finite, 0 <= Idle <= Epsilon <= AllCores.
 * TW_INPUT or TW_RANGE with what is valid. Several states, as in SimGrid, are not taken. */
tw_status tw_watts_check(const char *text, struct tw_err *err) TW_MUST_CHECK;

#endif
