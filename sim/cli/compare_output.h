/* How `thinwire compare` says what was compared: a table for people, and CSV. */
#ifndef TW_CLI_COMPARE_OUTPUT_H
#define TW_CLI_COMPARE_OUTPUT_H

#include <stdio.h>
#include "../results/compare.h"

/* What a user says a method needs: factor times the baseline's steps to the same loss. */
struct tw_penalty {
    const char *method;
    double factor;
};
enum { TW_PENALTIES_MAX = 32 };

struct tw_compare_said {
    const struct tw_compare *compare;
    const struct tw_compare_request *request;
    const struct tw_penalty *penalties;
    int penalty_count;
    const char *penalty_source; /* NULL without penalties */
};

/* The method of a comparison. */
const char *tw_compare_method(const struct tw_compare *compare, int i);
/* The penalty given for it, or NULL. */
const struct tw_penalty *tw_compare_penalty(const struct tw_compare_said *said, int i);
/* Whether time per step × penalty is below the baseline's: "yes", "no", "undecided", or "" without
 * a penalty or a ratio. One repetition tells nothing: "undecided". */
const char *tw_compare_pays(const struct tw_compare_said *said, int i);

/* TW_MEMORY. */
tw_status tw_compare_text(const struct tw_compare_said *said, FILE *to,
                          struct tw_err *err) TW_MUST_CHECK;
void tw_compare_csv(const struct tw_compare_said *said, FILE *to);

#endif
