/* The children that draw: each prices its point once more, with its trace from the cache, and
 * watches one step of it. The steps before it come from the memo, as in the run. */
#include "viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "../results/file.h"

struct work {
    const struct tw_run_arguments *a;
    const struct tw_scenario *scenario;
    const struct tw_keys *keys;
    const char *directory;
    int *points; /* of each piece */
};

/* What the watching of a step came to. */
struct seen {
    struct tw_picture picture;
    tw_status status;
    struct tw_err err;
    double start_s;
};

static void watch(void *context, uint32_t step, const struct tw_step_items *items)
{
    struct seen *seen = context;
    (void)step;
    seen->start_s = items->start_s;
    seen->status = tw_picture_make(&seen->picture, items, &seen->err);
}

static json_t *about_of(const struct tw_point *point, const struct tw_keys *keys, uint32_t step,
                        const struct tw_step_times *times, double start_s)
{
    static const char *const models[] = {"ideal", "ethernet", "tcp"};
    char network[80];
    snprintf(network, sizeof network, "%s:%s", point->executor->name, models[point->network_model]);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "key",
                     keys->key, "scenario", point->scenario, "method", point->method, "network",
                     network, "step", (int)step, "start_s", start_s, "step_time_s",
                     times->step_time_s, "compute_s", times->compute_s, "compress_s",
                     times->compress_s, "transfer_s", times->transfer_s, "exposed_s",
                     times->exposed_s, "wait_s", times->wait_s);
}

static tw_status write_picture(const struct work *work, const char *key, uint32_t step,
                               struct tw_slices *slices, struct tw_err *err)
{
    char name[64];
    char *text = NULL, *folder = tw_file_path(work->directory, "traces");
    size_t size = 0;
    tw_status status = folder ? tw_file_directory(folder, err)
                              : tw_err_set(err, TW_MEMORY, "no memory for a file name");
    if (!status)
        status = tw_perfetto_text(slices, &text, &size, err);
    snprintf(name, sizeof name, "%s-%u.json", key, step);
    if (!status)
        status = tw_file_replace(folder, name, text, size, err);
    free(text);
    free(folder);
    return status;
}

static tw_status draw(const struct work *work, const struct tw_point *point,
                      const struct tw_keys *keys, struct seen *seen, struct tw_run *run,
                      struct tw_priced *priced, struct tw_err *err)
{
    struct tw_piece_pricing pricing;
    int reused;
    tw_status status = tw_piece_price_setup(point, &pricing, err);
    if (!status)
        status = tw_piece_run(point, work->directory, keys->data_key, run, &reused, err);
    if (status)
        return status;
    uint32_t step = work->a->trace_step ? work->a->trace_step : run->trace.steps;
    if (step == 0 || step > run->trace.steps)
        return tw_err_set(err, TW_INPUT, "there is no step %u: the run has %u", step,
                          run->trace.steps);
    pricing.pricing.item_watch = watch;
    pricing.pricing.item_context = seen;
    pricing.pricing.item_step = step;
    pricing.pricing.messages_max = TW_VIEWER_MESSAGES_MAX;
    status = tw_price_trace(&pricing.pricing, &run->trace, NULL, NULL, priced, err);
    if (!status && seen->status)
        status = tw_err_set(err, seen->status, "%s", seen->err.text);
    if (status)
        return status;
    json_t *about = about_of(point, keys, step, &priced->steps[step - 1], seen->start_s);
    if (!about)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    seen->picture.slices.about = about;
    status = write_picture(work, keys->key, step, &seen->picture.slices, err);
    json_decref(about);
    return status;
}

static tw_status do_work(void *context, int piece, int out, struct tw_err *err)
{
    const struct work *work = context;
    int p = work->points[piece];
    struct seen seen = {0};
    struct tw_run run = {0};
    struct tw_priced priced = {0};
    (void)out;
    tw_status status =
        draw(work, tw_scenario_point(work->scenario, p), &work->keys[p], &seen, &run, &priced, err);
    tw_picture_free(&seen.picture);
    tw_priced_free(&priced);
    tw_run_free(&run);
    return status;
}

/* The traces of the points are in the cache already; where one is not, a lock keeps order. */
static int compatible(void *context, int piece, int running)
{
    (void)context;
    return piece != running;
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
    const struct work *work = context;
    fprintf(stderr, "thinwire: error: --trace: point %d (method=%s): %s\n", work->points[piece],
            tw_scenario_point(work->scenario, work->points[piece])->method, failure->text);
}

tw_status tw_viewer_check(const struct tw_run_arguments *a, const struct tw_scenario *scenario,
                          struct tw_err *err)
{
    int points = tw_scenario_points(scenario);
    if (!a->trace || points <= TW_VIEWER_POINTS_MAX)
        return TW_OK;
    tw_err_set(err, TW_INPUT, "--trace: %d points; steps of at most %d are drawn in one run",
               points, TW_VIEWER_POINTS_MAX);
    return tw_err_hint(err, TW_INPUT, "choose some by --only or --set AXIS=VALUE");
}

/* Points of the shard with a row that is no failure, each key once. */
static int choose_points(const struct work *work, const struct tw_store *store)
{
    int count = 0;
    for (int p = work->a->shard; p < tw_scenario_points(work->scenario); p += work->a->shards) {
        const json_t *row = tw_store_find(store, work->keys[p].key);
        int known = !row || json_object_get(row, "failure") != NULL;
        for (int q = 0; q < count && !known; q++)
            known = strcmp(work->keys[p].key, work->keys[work->points[q]].key) == 0;
        if (!known)
            work->points[count++] = p;
    }
    return count;
}

tw_status tw_viewer_run(const struct tw_run_arguments *a, const struct tw_scenario *scenario,
                        const struct tw_keys *keys, const char *directory,
                        const struct tw_store *store, struct tw_outcome *outcome,
                        struct tw_err *err)
{
    int points[TW_VIEWER_POINTS_MAX];
    double cost[TW_VIEWER_POINTS_MAX];
    const uint64_t memory_B[TW_VIEWER_POINTS_MAX] = {0};
    struct work work = {a, scenario, keys, directory, points};
    for (int i = 0; i < TW_VIEWER_POINTS_MAX; i++)
        cost[i] = 1;
    *outcome = (struct tw_outcome){0};
    const struct tw_driver driver = {.pieces = choose_points(&work, store),
                                     .cost = cost,
                                     .memory_B = memory_B,
                                     .jobs = a->jobs,
                                     .timeout_s = a->timeout_s,
                                     .progress = TW_PROGRESS_QUIET,
                                     .context = &work,
                                     .work = do_work,
                                     .compatible = compatible,
                                     .done = take_answer,
                                     .failed = take_failure};
    tw_status status = tw_driver_run(&driver, outcome, err);
    if (!status && outcome->done)
        fprintf(stderr, "%d step%s in %s/traces; open them at ui.perfetto.dev\n", outcome->done,
                outcome->done == 1 ? "" : "s", directory);
    return status;
}
