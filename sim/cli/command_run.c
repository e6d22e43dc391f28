/* thinwire run: every point of a scenario that has no row yet, and then the CSVs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"
#include "driver.h"
#include "piece.h"
#include "resolved.h"
#include "run_arguments.h"
#include "../results/results.h"

/* What the driver's callbacks share. */
struct work {
    const struct tw_scenario *scenario;
    const char *directory;
    struct tw_store *store;
    const struct tw_keys *keys;
    int *piece_point; /* point of each piece of the driver */
    int links;        /* 1: links.csv is asked for */
};

static tw_status write_all(int fd, const char *text, size_t size, struct tw_err *err)
{
    while (size) {
        ssize_t put = write(fd, text, size);
        if (put <= 0)
            return tw_err_set(err, TW_IO, "the answer could not be sent to the driver");
        text += put;
        size -= (size_t)put;
    }
    return TW_OK;
}

static tw_status do_work(void *context, int piece, int out, struct tw_err *err)
{
    const struct work *work = context;
    int p = work->piece_point[piece];
    json_t *row = NULL;
    tw_store_leave(work->store);
    tw_status status = tw_piece_row(tw_scenario_point(work->scenario, p), &work->keys[p],
                                    work->directory, work->links, &row, err);
    char *text = status ? NULL : json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (!status && !text)
        status = TW_MEMORY;
    if (!status)
        status = write_all(out, text, strlen(text), err);
    free(text);
    json_decref(row);
    return status;
}

/* Two points of one data key do not run at once before its trace is there: the second would only
 * wait for the first. */
static int compatible(void *context, int piece, int running)
{
    const struct work *work = context;
    const char *a = work->keys[work->piece_point[piece]].data_key;
    const char *b = work->keys[work->piece_point[running]].data_key;
    char path[4200];
    if (strcmp(a, b))
        return 1;
    snprintf(path, sizeof path, "%s/cache/%s.json", work->directory, a);
    return access(path, R_OK) == 0;
}

static tw_status take_answer(void *context, int piece, const char *answer, size_t size,
                             struct tw_err *err)
{
    struct work *work = context;
    (void)piece;
    json_t *row = json_loadb(answer, size, 0, NULL);
    if (!row)
        return tw_err_set(err, TW_CORRUPT, "a child's answer is not JSON");
    tw_status status = tw_store_append(work->store, row, err);
    json_decref(row);
    return status;
}

static void describe(const struct tw_point *point, char *text, size_t size)
{
    size_t length =
        (size_t)snprintf(text, size, "point %d (method=%s", point->index, point->method);
    for (int i = 0; i < point->axis_count && length < size; i++)
        if (strcmp(point->axis_name[i], "method"))
            length += (size_t)snprintf(text + length, size - length, " %s=%s", point->axis_name[i],
                                       point->axis_value[i]);
    if (length < size)
        snprintf(text + length, size - length, " rep=%u)", point->repetition);
}

static void take_failure(void *context, int piece, const struct tw_failure *failure)
{
    struct work *work = context;
    int p = work->piece_point[piece];
    char name[512];
    struct tw_err err = {0};
    describe(tw_scenario_point(work->scenario, p), name, sizeof name);
    fprintf(stderr, "thinwire: error: %s failed: %s\n", name, failure->text);
    json_t *entry = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "key", work->keys[p].key, "point",
                              name, "status", tw_status_text(failure->status), "signal",
                              failure->signal, "message", failure->text, "stderr", failure->tail);
    if (!entry || tw_store_failed(work->store, entry, &err))
        tw_report(&err);
    json_decref(entry);
}

/* Messages of a simulated ring: enough to sort by. */
static double predicted_pricing(const struct tw_point *point)
{
    double ranks = (double)point->nodes * point->ranks_per_node;
    return 0.02 + 4e-6 * ranks * ranks;
}

/* The arithmetic of the data plane, as far as it is known without opening the workload. */
static double predicted_training(const struct tw_point *point)
{
    if (point->workload.member->traits & TW_SIZES_ONLY)
        return 0;
    return 1e-3 * point->steps * point->nodes * point->ranks_per_node;
}

struct queue {
    double *cost;
    uint64_t *memory_B;
    int *piece_point;
    int count;
    json_t *keys;      /* of the points queued: an axis may change nothing for a method */
    json_t *data_keys; /* likewise: the first point of a data key pays for its training */
};

static tw_status predicted_memory(const struct tw_point *point, uint64_t *bytes, struct tw_err *err)
{
    struct tw_train_setup setup;
    tw_status status = tw_piece_setup(point, &setup, err);
    return status ? status : tw_train_memory(&setup, bytes, err);
}

/* Indices of all points, dearest first: shards take every N-th of them, so that each gets the same
 * mix of dear and cheap ones. */
static int dearer_first(const void *a, const void *b, void *scenario)
{
    int p = *(const int *)a, q = *(const int *)b;
    const struct tw_point *a_point = tw_scenario_point(scenario, p);
    const struct tw_point *b_point = tw_scenario_point(scenario, q);
    double x = predicted_pricing(a_point) + predicted_training(a_point);
    double y = predicted_pricing(b_point) + predicted_training(b_point);
    if (x != y)
        return x < y ? 1 : -1;
    return p < q ? -1 : 1;
}

static tw_status enqueue(const struct tw_run_arguments *a, const struct work *work,
                         struct queue *queue, int p, struct tw_err *err)
{
    const struct tw_point *point = tw_scenario_point(work->scenario, p);
    const json_t *row = tw_store_find(work->store, work->keys[p].key);
    int done = row && (!work->links || json_object_get(row, "links"));
    if (done || json_object_get(queue->keys, work->keys[p].key))
        return TW_OK;
    if (a->memory_limit_B > 0) {
        tw_status status = predicted_memory(point, &queue->memory_B[queue->count], err);
        if (status)
            return status;
    }
    const char *data_key = work->keys[p].data_key;
    queue->cost[queue->count] = predicted_pricing(point);
    if (!json_object_get(queue->data_keys, data_key))
        queue->cost[queue->count] += predicted_training(point);
    if (json_object_set_new(queue->data_keys, data_key, json_true()) ||
        json_object_set_new(queue->keys, work->keys[p].key, json_true()))
        return tw_err_set(err, TW_MEMORY, "out of memory");
    queue->piece_point[queue->count++] = p;
    return TW_OK;
}

/* Points of this shard without a row. */
static tw_status fill_queue(const struct tw_run_arguments *a, const struct work *work,
                            struct queue *queue, struct tw_err *err)
{
    int points = tw_scenario_points(work->scenario);
    tw_status status = TW_OK;
    int *order = calloc((size_t)points + 1, sizeof *order);
    queue->cost = calloc((size_t)points + 1, sizeof *queue->cost);
    queue->memory_B = calloc((size_t)points + 1, sizeof *queue->memory_B);
    queue->piece_point = calloc((size_t)points + 1, sizeof *queue->piece_point);
    queue->data_keys = json_object();
    queue->keys = json_object();
    if (!order || !queue->keys || !queue->data_keys || !queue->cost || !queue->memory_B ||
        !queue->piece_point)
        status = tw_err_set(err, TW_MEMORY, "out of memory");
    for (int p = 0; !status && p < points; p++)
        order[p] = p;
    if (!status && a->shards > 1)
        qsort_r(order, (size_t)points, sizeof *order, dearer_first, (void *)work->scenario);
    for (int p = a->shard; !status && p < points; p += a->shards)
        status = enqueue(a, work, queue, order[p], err);
    free(order);
    return status;
}

/* The sheet's texts: the axes of every point as the scenario writes them. */
static void fill_sheet(const struct work *work, const char **keys, const char **values,
                       int axis_count)
{
    for (int p = 0; p < tw_scenario_points(work->scenario); p++) {
        const struct tw_point *point = tw_scenario_point(work->scenario, p);
        keys[p] = work->keys[p].key;
        for (int a = 0; a < axis_count; a++)
            values[(size_t)p * (size_t)axis_count + (size_t)a] = point->axis_value[a];
    }
}

static tw_status write_csvs(const struct work *work, int *missing, struct tw_err *err)
{
    size_t points = (size_t)tw_scenario_points(work->scenario);
    struct tw_sheet sheet = {.key_count = (int)points};
    sheet.axis_count = tw_scenario_axes(work->scenario, &sheet.axes);
    const char **keys = calloc(points + 1, sizeof *keys);
    const char **values = calloc(points * (size_t)sheet.axis_count + 1, sizeof *values);
    tw_status status = keys && values ? TW_OK : tw_err_set(err, TW_MEMORY, "out of memory");
    if (!status) {
        fill_sheet(work, keys, values, sheet.axis_count);
        sheet.keys = keys;
        sheet.values = values;
        status = tw_results_write(work->store, work->directory, &sheet, missing, err);
    }
    free(keys);
    free(values);
    return status;
}

/* The echo, with the schedules that really ran where there is a row. */
static tw_status write_manifest(const struct work *work, struct tw_err *err)
{
    json_t *resolved = tw_resolved_make(work->scenario, work->keys, err), *point;
    size_t i;
    if (!resolved)
        return tw_err_set(err, TW_MEMORY, "the manifest could not be made");
    json_array_foreach(json_object_get(resolved, "points"), i, point)
    {
        const json_t *row = tw_store_find(work->store, work->keys[i].key);
        json_t *ran = json_object_get(json_object_get(row, "point"), "collective");
        json_t *pricing = json_object_get(row, "pricing");
        if ((ran && json_object_set(point, "collective", ran)) ||
            (pricing && json_object_set(point, "pricing", pricing)))
            break;
    }
    tw_status status = tw_manifest_write(work->directory, resolved, err);
    json_decref(resolved);
    return status;
}

static tw_status write_results(const struct work *work, int *missing, struct tw_err *err)
{
    tw_status status = write_csvs(work, missing, err);
    size_t size = 0;
    char *text = status ? NULL : tw_scenario_text(work->scenario, &size);
    if (!status)
        status = text ? tw_file_replace(work->directory, "scenario.resolved.xml", text, size, err)
                      : tw_err_set(err, TW_MEMORY, "out of memory");
    free(text);
    return status ? status : write_manifest(work, err);
}

static tw_status run_pieces(const struct tw_run_arguments *a, struct work *work,
                            struct queue *queue, struct tw_outcome *outcome, struct tw_err *err)
{
    work->piece_point = queue->piece_point;
    struct tw_driver driver = {
        .pieces = queue->count,
        .cost = queue->cost,
        .memory_B = queue->memory_B,
        .jobs = a->jobs,
        .timeout_s = a->timeout_s,
        .memory_limit_B = (uint64_t)a->memory_limit_B,
        .progress = a->quiet                ? TW_PROGRESS_QUIET
                    : isatty(STDERR_FILENO) ? TW_PROGRESS_TTY
                                            : TW_PROGRESS_LINES,
        .context = work,
        .work = do_work,
        .compatible = compatible,
        .done = take_answer,
        .failed = take_failure,
    };
    return tw_driver_run(&driver, outcome, err);
}

/* A flow model shares a link fairly; real switches drop packets when many senders hit one port. */
static void warn_of_incast(const struct work *work)
{
    int points = 0;
    json_int_t worst = 0;
    for (int p = 0; p < tw_scenario_points(work->scenario); p++) {
        const json_t *row = tw_store_find(work->store, work->keys[p].key);
        json_int_t flows =
            json_integer_value(json_object_get(json_object_get(row, "pricing"), "incast"));
        points += flows > 2;
        worst = flows > worst ? flows : worst;
    }
    if (points)
        fprintf(stderr,
                "thinwire: warning: in %d point%s up to %lld flows end on one link at once; such "
                "incast takes longer on real networks than any flow model says\n",
                points, points == 1 ? "" : "s", (long long)worst);
}

static int conclude(const struct work *work, const struct tw_run_arguments *a,
                    const struct tw_outcome *outcome, int missing)
{
    int points = tw_scenario_points(work->scenario), kept = points - missing;
    warn_of_incast(work);
    fprintf(stderr, "%d of %d points in %s/points.csv", kept, points, work->directory);
    if (outcome->signal) {
        fputs("; run the same command again to go on\n", stderr);
        return 128 + outcome->signal;
    }
    if (outcome->failed) {
        fprintf(stderr, "; %d failed, see %s/failed.jsonl\n", outcome->failed, work->directory);
        return TW_EXIT_POINTS_FAILED;
    }
    fprintf(stderr, "%s\n", a->shards > 1 && missing ? "; the rest is for other shards" : "");
    return TW_EXIT_DONE;
}

static int run_scenario(const struct tw_run_arguments *a, struct tw_scenario *scenario)
{
    struct work work = {.scenario = scenario, .links = a->links || tw_scenario_links(scenario)};
    struct queue queue = {0};
    struct tw_outcome outcome = {0};
    struct tw_keys *keys = NULL;
    struct tw_err err = {0};
    int missing = 0;
    char directory[4096];
    snprintf(directory, sizeof directory, "results/%s", tw_scenario_id(scenario));
    work.directory = a->directory ? a->directory : directory;
    tw_status status = tw_resolved_keys(scenario, &keys, &err);
    work.keys = keys;
    if (!status)
        status = tw_store_open(work.directory, a->shard, a->shards, a->fresh, &work.store, &err);
    if (!status)
        status = fill_queue(a, &work, &queue, &err);
    if (!status)
        status = run_pieces(a, &work, &queue, &outcome, &err);
    if (!status)
        status = write_results(&work, &missing, &err);
    if (status)
        tw_report(&err);
    int result = status ? TW_EXIT_POINTS_FAILED : conclude(&work, a, &outcome, missing);
    tw_store_close(work.store);
    free(queue.cost);
    free(queue.memory_B);
    free(queue.piece_point);
    json_decref(queue.data_keys);
    json_decref(queue.keys);
    free(keys);
    return result;
}

int tw_command_run(int argc, char **argv)
{
    struct tw_run_arguments a;
    tw_run_arguments_parse(&a, argc, argv);
    struct tw_catalogue catalogue = {0};
    struct tw_scenario *scenario = NULL;
    if (tw_catalogue_make(&catalogue)) {
        fputs("thinwire: error: out of memory\n", stderr);
        return TW_EXIT_POINTS_FAILED;
    }
    int result = tw_selection_open(&a.selection, &catalogue, &scenario);
    if (result == TW_EXIT_DONE)
        result = run_scenario(&a, scenario);
    tw_scenario_close(scenario);
    tw_catalogue_free(&catalogue);
    return result;
}
