/* Options of a family's member as rows: one table gives parsing, bounds, defaults, help and echo.
 */
#ifndef TW_BASE_OPTION_H
#define TW_BASE_OPTION_H

#include <stddef.h>
#include <stdint.h>
#include "err.h"

#define TW_TEXT_MAX 512    /* bytes of a TEXT or FILE option, final zero included */
#define TW_PARAMS_MAX 1280 /* bytes of the largest params struct of any member */

enum tw_option_type {
    TW_OPTION_REAL,   /* double, plain number */
    TW_OPTION_COUNT,  /* uint64_t, plain whole number */
    TW_OPTION_CHOICE, /* int, index into choices */
    TW_OPTION_TIME,   /* double, seconds; written with a unit: 5us */
    TW_OPTION_TEXT,   /* char[TW_TEXT_MAX] */
    TW_OPTION_FILE    /* char[TW_TEXT_MAX], a path relative to the scenario file */
};

struct tw_option {
    const char *name; /* the attribute in scenario files */
    enum tw_option_type type;
    size_t offset;              /* of the field in the member's params struct */
    const char *fallback;       /* default, as text; NULL: the option must be given */
    double min, max;            /* REAL, COUNT, TIME: bounds, both closed unless said: */
    int open_min;               /* 1: value must be greater than min */
    const char *const *choices; /* CHOICE: NULL-terminated list */
    const char *unit;           /* for help: "share of d", "values", …; may be "" */
    const char *help;           /* one line */
};

/* Fills every option with its fallback; options without one are left zero. */
tw_status tw_options_defaults(const struct tw_option *rows, size_t count, void *params,
                              struct tw_err *err) TW_MUST_CHECK;

/* Parses text into the option called name. TW_UNKNOWN when no row has the name (the hint lists
 * the valid ones), TW_INPUT when text is of the wrong kind, TW_RANGE when out of bounds (the hint
 * gives range and default). NaN and infinities are refused. */
tw_status tw_options_set(const struct tw_option *rows, size_t count, void *params, const char *name,
                         const char *text, struct tw_err *err) TW_MUST_CHECK;

/* The value of row, as the shortest text that tw_options_set reads back to the same value; a TIME
 * in seconds ("5e-06s"). */
void tw_option_print(const struct tw_option *row, const void *params, char *text, size_t size);

#endif
