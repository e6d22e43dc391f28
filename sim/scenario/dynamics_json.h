/* What of a cluster changes with time, as a part of the point's JSON. */
#ifndef TW_SCENARIO_DYNAMICS_JSON_H
#define TW_SCENARIO_DYNAMICS_JSON_H

#include <jansson.h>
#include "base/dynamics.h"

/* {"background", "failures", "profiles", and where there is one "retry", "notice_s"}; `file` says
 * what a profile's file is. Owned by the caller; NULL: no memory. */
json_t *tw_dynamics_json(const struct tw_dynamics *dynamics,
                         json_t *(*file)(void *context, const char *path), void *context);

#endif
