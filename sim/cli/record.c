/* The child that records. Points of one data key share their run, so the first stands for all. */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "../workload/recorder.h"

struct work {
    const struct tw_run_arguments *a;
    const struct tw_point *point;
};

static tw_status record(void *context, int piece, int out, struct tw_err *err)
{
    const struct work *work = context;
    struct tw_recorder *recorder = calloc(1, sizeof *recorder);
    struct tw_train_setup setup;
    struct tw_run run = {0};
    (void)piece;
    (void)out;
    if (!recorder)
        return tw_err_set(err, TW_MEMORY, "no memory to record with");
    tw_status status = tw_piece_setup(work->point, &setup, err);
    if (!status)
        status = tw_recorder_make(recorder, work->a->record, work->a->record_form, setup.workload,
                                  setup.workload_params, err);
    if (status)
        goto done;
    setup.workload = &recorder->ops;
    setup.workload_params = &recorder->self;
    status = tw_train(&setup, &run, err);
    if (!status)
        status = tw_recorder_finish(recorder, err);
    tw_recorder_abandon(recorder);
done:
    tw_run_free(&run);
    free(recorder);
    return status;
}

static int compatible(void *context, int piece, int running)
{
    (void)context;
    return piece == running;
}

static tw_status take_answer(void *context, int piece, const char *answer, size_t size,
                             struct tw_err *err)
{
    (void)context;
    (void)piece;
    (void)answer;
    (void)size;
    (void)err;
    return TW_OK;
}

static void take_failure(void *context, int piece, const struct tw_failure *failure)
{
    (void)context;
    (void)piece;
    fprintf(stderr, "thinwire: error: recording failed: %s\n", failure->text);
}

/* How many data-plane runs the points are. */
static int count_runs(const struct tw_keys *keys, int points)
{
    int runs = 0;
    for (int p = 0; p < points; p++) {
        int known = 0;
        for (int q = 0; q < p && !known; q++)
            known = strcmp(keys[p].data_key, keys[q].data_key) == 0;
        runs += !known;
    }
    return runs;
}

tw_status tw_record(const struct tw_run_arguments *a, const struct tw_scenario *scenario,
                    const struct tw_keys *keys, struct tw_outcome *outcome, struct tw_err *err)
{
    const double cost = 1;
    const uint64_t memory_B = 0;
    const int runs = count_runs(keys, tw_scenario_points(scenario));
    *outcome = (struct tw_outcome){0};
    if (runs != 1) {
        tw_err_set(err, TW_INPUT,
                   "--record: the points of this scenario are %d data-plane runs, one can be "
                   "recorded at a time",
                   runs);
        return tw_err_hint(
            err, TW_INPUT,
            "choose one by --set method=ID, --set AXIS=VALUE or --only, with one repetition");
    }
    struct work work = {a, tw_scenario_point(scenario, 0)};
    const struct tw_driver driver = {.pieces = 1,
                                     .cost = &cost,
                                     .memory_B = &memory_B,
                                     .jobs = 1,
                                     .timeout_s = a->timeout_s,
                                     .progress = TW_PROGRESS_QUIET,
                                     .context = &work,
                                     .work = record,
                                     .compatible = compatible,
                                     .done = take_answer,
                                     .failed = take_failure};
    return tw_driver_run(&driver, outcome, err);
}
