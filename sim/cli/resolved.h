/* The echo: every resolved value of every point, those that all points share said once. */
#ifndef TW_CLI_RESOLVED_H
#define TW_CLI_RESOLVED_H

#include <jansson.h>
#include "piece.h"

/* {"scenario", "description", "baseline", "plots":[…], "labels":{method:label},
 *  "points_count", "common":{name:value}, "points":[{"key","data_key", name:value}]}: names are
 * dotted paths into the canonical JSON of a point. keys has one entry per point. NULL: out of
 * memory or an unreadable file (then err says so). */
json_t *tw_resolved_make(const struct tw_scenario *scenario, const struct tw_keys *keys,
                         struct tw_err *err);

/* A JSON scalar as text that reads well: 0.5, ring, true. */
void tw_resolved_text(const json_t *value, char *text, size_t size);

/* Keys of every point; owned by the caller. */
tw_status tw_resolved_keys(const struct tw_scenario *scenario, struct tw_keys **keys,
                           struct tw_err *err) TW_MUST_CHECK;

#endif
