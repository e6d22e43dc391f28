/* <tune>: which metric decides, on which seeds. */
#ifndef TW_SCENARIO_TUNE_H
#define TW_SCENARIO_TUNE_H

#include "points.h"

/* Fills *tune when the scenario has a usable <tune> (else over stays NULL). Reports seeds that are
 * none or that the compared points use, and points that lack what the metric is read from. */
void tw_tune_read(struct tw_tune *tune, const struct tw_structure *structure,
                  const struct tw_sweep *sweep, const struct tw_points *points,
                  const struct tw_bind *bind);

#endif
