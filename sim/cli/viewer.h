/* thinwire run --trace perfetto: one step of a point, as a picture's data. */
#ifndef TW_CLI_VIEWER_H
#define TW_CLI_VIEWER_H

#include "driver.h"
#include "piece.h"
#include "run_arguments.h"
#include "../results/perfetto.h"
#include "../results/results.h"

/* So many points can be drawn in one run, so many messages of a step: above, a file is more than a
 * browser takes. */
enum { TW_VIEWER_POINTS_MAX = 32, TW_VIEWER_MESSAGES_MAX = 100000 };

/* A step that was watched, as slices. */
struct tw_picture {
    struct tw_slices slices; /* all but `about` */
    char (*names)[64];       /* of its lanes */
    const char **lanes;
};
/* TW_MEMORY. Zeroed and after a failure it may be freed too. */
tw_status tw_picture_make(struct tw_picture *picture, const struct tw_step_items *items,
                          struct tw_err *err) TW_MUST_CHECK;
void tw_picture_free(struct tw_picture *picture);

/* Whether a->trace_step and the number of points are what can be drawn; TW_INPUT says why not. */
tw_status tw_viewer_check(const struct tw_run_arguments *a, const struct tw_scenario *scenario,
                          struct tw_err *err) TW_MUST_CHECK;

/* Writes DIR/traces/KEY-STEP.json of every point of this shard that has a row, each in a child. A
 * point that cannot be drawn is named on stderr and counted in outcome->failed; an interruption is
 * TW_OK with outcome->signal. */
tw_status tw_viewer_run(const struct tw_run_arguments *a, const struct tw_scenario *scenario,
                        const struct tw_keys *keys, const char *directory,
                        const struct tw_store *store, struct tw_outcome *outcome,
                        struct tw_err *err) TW_MUST_CHECK;

#endif
