/* Numbers with units, as SimGrid writes them: "25Gbps", "1.25GBps", "5us", "1MiB", "1Gf". */
#ifndef TW_BASE_UNITS_H
#define TW_BASE_UNITS_H

#include "err.h"

enum tw_unit {
    TW_UNIT_TIME,      /* w d h m s ms us ns ps            → seconds */
    TW_UNIT_BANDWIDTH, /* [k M G T P E, Ki Mi …] Bps | bps → bytes per second */
    TW_UNIT_SIZE,      /* [k M G …, Ki Mi …] B | b         → bytes */
    TW_UNIT_SPEED,     /* [k M G …] f                      → flop per second */
    TW_UNIT_NUMBER     /* no unit */
};

/* Reads the whole of text; decimal prefixes are powers of 1000, Ki/Mi/… of 1024, and "bps" are
 * bits. The unit is required (except NUMBER). Refuses NaN, infinities, hex, trailing text
 * (TW_INPUT; text "'10Gbit' is not a bandwidth", hint with an example). The sign is the caller's
 * concern. C locale always. */
tw_status tw_units_parse(const char *text, enum tw_unit unit, double *value,
                         struct tw_err *err) TW_MUST_CHECK;

/* Shortest form that reads back to the same double, with the base unit: "1250000000Bps". */
void tw_units_print(double value, enum tw_unit unit, char *text, unsigned long size);

#endif
