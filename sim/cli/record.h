/* thinwire run --record: the gradients of a scenario's one data-plane run, as files. */
#ifndef TW_CLI_RECORD_H
#define TW_CLI_RECORD_H

#include "driver.h"
#include "piece.h"
#include "run_arguments.h"

/* Trains once more, in a child, and writes what a->record and a->record_form say. TW_INPUT: the
 * points are of several data-plane runs. A failure of the run is named on stderr and counted in
 * *outcome; an interruption is TW_OK with outcome->signal. */
tw_status tw_record(const struct tw_run_arguments *a, const struct tw_scenario *scenario,
                    const struct tw_keys *keys, struct tw_outcome *outcome,
                    struct tw_err *err) TW_MUST_CHECK;

#endif
