/* What writing and reading a run share: the format's version, its digest and its names.
 *
 * A run is one JSON object: {"run": {…}, "thinwire_run": 2, "xxh3": "…"}. The digest is that of the
 * text of "run" in canonical form (sorted keys, compact, %.17g), so a file that lost or changed a
 * part of itself is never taken for a run. Codes travel by name, so that lists may grow.
 * Seconds of a work are there where they were measured.
 * A curve value that does not apply is null; an infinite one is "inf" or "-inf". */
#ifndef TW_TRAIN_TRACE_JSON_H
#define TW_TRAIN_TRACE_JSON_H

#include <jansson.h>

#include "trace.h"

#define TW_RUN_VERSION 2
#define TW_RUN_CANONICAL (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17))
#define TW_RUN_DIGEST_SIZE 17

/* XXH3-64 of the text in hexadecimal. */
void tw_run_digest(const char *text, char out[TW_RUN_DIGEST_SIZE]);

enum { TW_STAGE_COUNT = 2, TW_COMBINE_COUNT = 2, TW_STREAM_COUNT = 3, TW_MOMENT_COUNT = 4 };
/* Names of the items inside islands, REDUCE_INSIDE first. */
extern const char *const tw_inside_names[2];
extern const char *const tw_stage_names[TW_STAGE_COUNT];
extern const char *const tw_combine_names[TW_COMBINE_COUNT];
extern const char *const tw_stream_names[TW_STREAM_COUNT];
/* Of what an item comes before, or behind the update; AFTER_BACKWARD has none and is not written.
 */
extern const char *const tw_moment_names[TW_MOMENT_COUNT];

#endif
