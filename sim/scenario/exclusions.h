/* The <exclude>s of a sweep and --only: which combinations stay. */
#ifndef TW_SCENARIO_EXCLUSIONS_H
#define TW_SCENARIO_EXCLUSIONS_H

#include "filter.h"

#define TW_EXCLUDES_MAX 64

struct tw_exclusion {
    const struct tw_node *element; /* NULL: --only */
    struct tw_filter *filter;      /* NULL: none, or given up after a report */
    long hits;
};

/* Zeroed is closed. */
struct tw_exclusions {
    const struct tw_sweep *sweep;
    struct tw_report *report;
    struct tw_exclusion excludes[TW_EXCLUDES_MAX], only;
    int count;
};

/* only may be NULL. Conditions that do not compile are reported. */
void tw_exclusions_open(struct tw_exclusions *exclusions, const struct tw_sweep *sweep,
                        const char *only, struct tw_report *report);
/* Whether the combination at which the sweep stands stays. */
int tw_exclusions_stays(struct tw_exclusions *exclusions);
/* Warns of every exclude that took nothing away. */
void tw_exclusions_warn_idle(const struct tw_exclusions *exclusions);
void tw_exclusions_close(struct tw_exclusions *exclusions);

#endif
