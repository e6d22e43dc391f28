/* The part of a point's JSON that is about its rules for tensors and its compressor's stages. */
#ifndef TW_SCENARIO_RULES_JSON_H
#define TW_SCENARIO_RULES_JSON_H

#include <jansson.h>
#include "scenario.h"

struct writer; /* of point_json.c, whose `compressor` writes members, their options and where they
                  are from */

/* One object for each rule, in their order; conditions that are not given are left out,
 * the numbers fit, for <tensors> takes no larger ones. Owned by the caller; NULL: no memory. */
json_t *tw_rules_json(const struct tw_point *point,
                      json_t *(*compressor)(struct writer *writer, const struct tw_choice *chosen,
                                            const struct tw_plugged *plugged),
                      struct writer *writer);

/* Likewise of a compressor's stages. */
json_t *tw_stages_json(const struct tw_point_stages *stages);

/* Likewise of what is divided among the ranks; a block size only where weights have one. */
json_t *tw_sharding_json(const struct tw_point *point);

/* 1: a compressor of the point may ask for merges. */
int tw_point_merges(const struct tw_point *point);

#endif
