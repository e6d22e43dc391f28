/* What a cluster is beside nodes at one switch, as parts of the point's JSON. */
#ifndef TW_SCENARIO_DYNAMICS_JSON_H
#define TW_SCENARIO_DYNAMICS_JSON_H

#include <jansson.h>
#include "base/dynamics.h"
#include "base/fabric.h"

/* {"background", "failures", "profiles", and where there is one "retry", "notice_s"}; `file` says
 * what a profile's file is. Owned by the caller; NULL: no memory. */
json_t *tw_dynamics_json(const struct tw_dynamics *dynamics,
                         json_t *(*file)(void *context, const char *path), void *context);

json_t *tw_fabric_json(const struct tw_fabric *fabric); /* likewise */

#endif
