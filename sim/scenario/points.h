/* Every combination of a sweep that no exclude takes away, as points. */
#ifndef TW_SCENARIO_POINTS_H
#define TW_SCENARIO_POINTS_H

#include "structure.h"

struct tw_points {
    struct tw_point *list; /* malloc'd; room for as many as were made */
    int count;
};

/* Binds every part once per value of the axes it depends on. Mistakes are reported; the list is
 * worth reading only when there were none. only may be NULL. */
void tw_points_make(struct tw_points *points, const struct tw_structure *structure,
                    struct tw_sweep *sweep, const struct tw_bind *bind, const char *only,
                    int overridden, struct tw_hashes *hashes);

#endif
