/* A list of points through the driver: who is queued, what a child does, what becomes of it. */
#include "pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/units.h"

/* What the driver's callbacks share. */
struct work {
    const struct tw_pieces *pieces;
    int *piece_point;         /* point of each piece of the driver */
    const uint64_t *memory_B; /* of each piece, known with --max-memory alone */
    double memory_limit_B;    /* 0: none */
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

/* What needs more than --max-memory when it runs alone is not begun, unless its trace is there. */
static tw_status check_memory(const struct work *work, int piece, struct tw_err *err)
{
    double needed_B = (double)work->memory_B[piece];
    char path[4200], needed[32], limit[32];
    snprintf(path, sizeof path, "%s/cache/%s.json", work->pieces->directory,
             work->pieces->keys[work->piece_point[piece]].data_key);
    if (work->memory_limit_B <= 0 || needed_B <= work->memory_limit_B || access(path, R_OK) == 0)
        return TW_OK;
    tw_units_print(needed_B, TW_UNIT_SIZE, needed, sizeof needed);
    tw_units_print(work->memory_limit_B, TW_UNIT_SIZE, limit, sizeof limit);
    return tw_err_set(err, TW_REFUSED,
                      "its vectors take %s, --max-memory allows %s; fewer ranks with numbers "
                      "(sampled) or none (source=\"sizes\") take less, and so do synthetic "
                      "gradients in several buckets (bucket=\"25MiB\")",
                      needed, limit);
}

static tw_status do_work(void *context, int piece, int out, struct tw_err *err)
{
    const struct work *work = context;
    int p = work->piece_point[piece];
    json_t *row = NULL;
    tw_store_leave(work->pieces->store);
    tw_status status = check_memory(work, piece, err);
    if (status)
        return status;
    status = tw_piece_row(work->pieces->points[p], &work->pieces->keys[p], work->pieces->directory,
                          work->pieces->links, work->pieces->energy, &row, err);
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
    const char *a = work->pieces->keys[work->piece_point[piece]].data_key;
    const char *b = work->pieces->keys[work->piece_point[running]].data_key;
    char path[4200];
    if (strcmp(a, b))
        return 1;
    snprintf(path, sizeof path, "%s/cache/%s.json", work->pieces->directory, a);
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
    tw_status status = tw_store_append(work->pieces->store, row, err);
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

static void name_failure(const struct work *work, int p, const struct tw_failure *failure)
{
    char name[512];
    struct tw_err err = {0};
    describe(work->pieces->points[p], name, sizeof name);
    fprintf(stderr, "thinwire: error: %s failed: %s\n", name, failure->text);
    json_t *entry = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "key", work->pieces->keys[p].key,
                              "point", name, "status", tw_status_text(failure->status), "signal",
                              failure->signal, "message", failure->text, "stderr", failure->tail);
    if (!entry || tw_store_failed(work->pieces->store, entry, &err))
        tw_report(&err);
    json_decref(entry);
}

static void take_failure(void *context, int piece, const struct tw_failure *failure)
{
    struct work *work = context;
    name_failure(work, work->piece_point[piece], failure);
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
static int dearer_first(const void *a, const void *b, void *points)
{
    int p = *(const int *)a, q = *(const int *)b;
    const struct tw_point *const *list = points;
    const struct tw_point *a_point = list[p], *b_point = list[q];
    double x = predicted_pricing(a_point) + predicted_training(a_point);
    double y = predicted_pricing(b_point) + predicted_training(b_point);
    if (x != y)
        return x < y ? 1 : -1;
    return p < q ? -1 : 1;
}

static tw_status enqueue(const struct tw_run_arguments *a, const struct work *work,
                         struct queue *queue, int p, struct tw_err *err)
{
    const struct tw_point *point = work->pieces->points[p];
    const json_t *row = tw_store_find(work->pieces->store, work->pieces->keys[p].key);
    int done = row && (!work->pieces->links || json_object_get(row, "links")) &&
               (!work->pieces->energy || json_object_get(row, "energy"));
    if (done || json_object_get(queue->keys, work->pieces->keys[p].key))
        return TW_OK;
    if (a->memory_limit_B > 0) {
        tw_status status = predicted_memory(point, &queue->memory_B[queue->count], err);
        if (status)
            return status;
    }
    const char *data_key = work->pieces->keys[p].data_key;
    queue->cost[queue->count] = predicted_pricing(point);
    if (!json_object_get(queue->data_keys, data_key))
        queue->cost[queue->count] += predicted_training(point);
    if (json_object_set_new(queue->data_keys, data_key, json_true()) ||
        json_object_set_new(queue->keys, work->pieces->keys[p].key, json_true()))
        return tw_err_set(err, TW_MEMORY, "out of memory");
    queue->piece_point[queue->count++] = p;
    return TW_OK;
}

/* Points of this shard without a row. */
static tw_status fill_queue(const struct tw_run_arguments *a, const struct work *work,
                            struct queue *queue, struct tw_err *err)
{
    int points = work->pieces->count;
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
        qsort_r(order, (size_t)points, sizeof *order, dearer_first, (void *)work->pieces->points);
    for (int p = a->shard; !status && p < points; p += a->shards)
        status = enqueue(a, work, queue, order[p], err);
    free(order);
    return status;
}

static tw_status run_pieces(const struct tw_run_arguments *a, struct work *work,
                            const struct queue *queue, struct tw_outcome *outcome,
                            struct tw_err *err)
{
    work->piece_point = queue->piece_point;
    work->memory_B = queue->memory_B;
    work->memory_limit_B = a->memory_limit_B;
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

/* Points of the shard whose cluster failed have a row and are failures, now and when resumed. */
static void count_broken(const struct tw_run_arguments *a, const struct work *work,
                         struct tw_outcome *outcome)
{
    for (int p = a->shard; p < work->pieces->count; p += a->shards) {
        const json_t *row = tw_store_find(work->pieces->store, work->pieces->keys[p].key);
        const char *why = json_string_value(json_object_get(row, "failure"));
        struct tw_failure failure = {.status = TW_CRASHED, .text = why, .tail = ""};
        if (!why)
            continue;
        name_failure(work, p, &failure);
        outcome->failed++;
    }
}

tw_status tw_pieces_run(const struct tw_pieces *pieces, const struct tw_run_arguments *a,
                        struct tw_outcome *outcome, struct tw_err *err)
{
    struct work work = {.pieces = pieces};
    struct queue queue = {0};
    *outcome = (struct tw_outcome){0};
    tw_status status = fill_queue(a, &work, &queue, err);
    if (!status)
        status = run_pieces(a, &work, &queue, outcome, err);
    if (!status && !outcome->signal)
        count_broken(a, &work, outcome);
    free(queue.cost);
    free(queue.memory_B);
    free(queue.piece_point);
    json_decref(queue.data_keys);
    json_decref(queue.keys);
    return status;
}
