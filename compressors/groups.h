/* A bucket as the groups of consecutive values that share a scale: the parts (parts.h) cut into
 * pieces of `size` values, the last of a part shorter; size 0: the whole part. */
#ifndef TW_GROUPS_H
#define TW_GROUPS_H

#include "parts.h"

struct tw_groups {
    enum tw_scope scope;
    uint64_t size;
};

uint64_t tw_groups_count(const struct tw_problem *problem, struct tw_groups groups);

/* Values of the largest group; 0 in an empty bucket. */
uint64_t tw_groups_largest(const struct tw_problem *problem, struct tw_groups groups);

/* A walk over groups in order; zero `index`, `end` and `part` before the first tw_groups_next. */
struct tw_groups_walk {
    const struct tw_problem *problem;
    struct tw_groups groups;
    uint64_t index, start, end; /* number of the group, its values start … end−1 */
    int part;                   /* that the next group is looked for in */
    int begun;
};

/* The next group, none of which is empty; 0 when there is no more. */
int tw_groups_next(struct tw_groups_walk *walk);

#endif
