/* Reads a run from JSON (trace_json.h): TW_CORRUPT for whatever tw_run_write cannot have made. */
#include "../collective/schedule.h"
#include "trace_json.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int within(json_int_t value, json_int_t least, json_int_t most)
{
    return value >= least && value <= most;
}

/* Index of name, or −1. */
static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* NULL: nothing is said. −1: no moment. */
static int find_moment(const char *name)
{
    int found = name ? find_name(tw_moment_names, TW_MOMENT_COUNT, name) : TW_AFTER_BACKWARD;
    return name && found == TW_AFTER_BACKWARD ? -1 : found;
}

static tw_status read_work(json_t *json, int ranks, struct tw_item *item)
{
    json_int_t bucket, phase, rank, elements, selected;
    const char *stage_name, *kernel_name, *moment_name = NULL;
    double seconds = 0;
    if (json_unpack(json, "{s:I,s:I,s:I,s:s,s:s,s:I,s:I,s?s,s?f!}", "bucket", &bucket, "phase",
                    &phase, "rank", &rank, "stage", &stage_name, "work", &kernel_name, "elements",
                    &elements, "selected", &selected, "moment", &moment_name, "seconds", &seconds))
        return TW_CORRUPT;
    int moment = find_moment(moment_name);
    int stage = find_name(tw_stage_names, TW_STAGE_COUNT, stage_name);
    int kernel = tw_kernel_by_name(kernel_name);
    if (!within(bucket, -1, INT_MAX) || !within(phase, 0, INT_MAX) ||
        !within(rank, -1, ranks - 1) || elements < 0 || selected < 0 || stage < 0 || kernel < 0 ||
        moment < 0 || !(seconds >= 0 && isfinite(seconds)))
        return TW_CORRUPT;
    *item =
        (struct tw_item){.type = TW_ITEM_WORK,
                         .bucket = (int)bucket,
                         .phase = (int)phase,
                         .moment = (enum tw_moment)moment,
                         .stage = (enum tw_stage)stage,
                         .rank = (int)rank,
                         .work = {(enum tw_kernel)kernel, (uint64_t)elements, (uint64_t)selected},
                         .measured_s = seconds};
    return TW_OK;
}

static tw_status read_counts(const json_t *json, int ranks, struct tw_item *item)
{
    if (json_is_integer(json) && json_integer_value(json) >= 0) {
        item->count = (uint64_t)json_integer_value(json);
        return TW_OK;
    }
    size_t entries = tw_item_entries(item, ranks);
    if (!json_is_array(json) || json_array_size(json) != entries)
        return TW_CORRUPT;
    item->counts = calloc(entries, sizeof *item->counts);
    if (!item->counts)
        return TW_MEMORY;
    for (size_t i = 0; i < entries; i++) {
        const json_t *count = json_array_get(json, i);
        if (!json_is_integer(count) || json_integer_value(count) < 0)
            return TW_CORRUPT;
        item->counts[i] = (uint64_t)json_integer_value(count);
    }
    return TW_OK;
}

static tw_status read_exchange(json_t *json, int ranks, struct tw_item *item)
{
    json_int_t bucket, phase, root, start, due;
    const char *kind_name, *element_name, *combine_name, *stream_name, *merged = NULL,
                                                                       *moment_name = NULL;
    json_t *counts;
    if (json_unpack(json, "{s:I,s:I,s:s,s:s,s:s,s:I,s:o,s:s,s:I,s:I,s?s,s?s!}", "bucket", &bucket,
                    "phase", &phase, "exchange", &kind_name, "element", &element_name, "combine",
                    &combine_name, "root", &root, "counts", &counts, "stream", &stream_name,
                    "start", &start, "due", &due, "merged", &merged, "moment", &moment_name))
        return TW_CORRUPT;
    int moment = find_moment(moment_name);
    int kind = tw_request_by_name(kind_name), element = tw_element_by_name(element_name);
    int combine = find_name(tw_combine_names, TW_COMBINE_COUNT, combine_name);
    int stream = find_name(tw_stream_names, TW_STREAM_COUNT, stream_name);
    const struct tw_algorithm *merge = merged ? tw_algorithm_find(TW_MERGE, merged) : NULL;
    if (!within(bucket, 0, INT_MAX) || !within(phase, 0, INT_MAX) || !within(root, 0, ranks - 1) ||
        !within(start, INT32_MIN, INT32_MAX) || !within(due, INT32_MIN, INT32_MAX) || kind < 0 ||
        element < 0 || combine < 0 || stream < 0 || moment < 0 ||
        (merged && (!merge || kind != TW_MERGE)))
        return TW_CORRUPT;
    *item = (struct tw_item){.type = TW_ITEM_EXCHANGE,
                             .bucket = (int)bucket,
                             .phase = (int)phase,
                             .moment = (enum tw_moment)moment,
                             .rank = -1,
                             .kind = (enum tw_request_kind)kind,
                             .element = (enum tw_element)element,
                             .combine = (enum tw_combine)combine,
                             .root = (int)root,
                             .merge = merge,
                             .stream = (enum tw_stream_name)stream,
                             .start = (int32_t)start,
                             .due = (int32_t)due};
    return read_counts(counts, ranks, item);
}

static tw_status read_inside(json_t *json, struct tw_item *item)
{
    json_int_t bucket, phase, count;
    const char *inside_name, *element_name;
    if (json_unpack(json, "{s:I,s:I,s:s,s:s,s:I!}", "bucket", &bucket, "phase", &phase, "inside",
                    &inside_name, "element", &element_name, "count", &count))
        return TW_CORRUPT;
    int inside = find_name(tw_inside_names, 2, inside_name);
    int element = tw_element_by_name(element_name);
    if (!within(bucket, 0, INT_MAX) || !within(phase, 0, INT_MAX) || count < 0 || inside < 0 ||
        element < 0)
        return TW_CORRUPT;
    *item = (struct tw_item){.type = (enum tw_item_type)(TW_ITEM_REDUCE_INSIDE + inside),
                             .bucket = (int)bucket,
                             .phase = (int)phase,
                             .rank = -1,
                             .element = (enum tw_element)element,
                             .count = (uint64_t)count};
    return TW_OK;
}

static tw_status read_item(json_t *json, int ranks, struct tw_item *item)
{
    if (json_object_get(json, "work"))
        return read_work(json, ranks, item);
    return json_object_get(json, "inside") ? read_inside(json, item)
                                           : read_exchange(json, ranks, item);
}

static tw_status read_record(const json_t *json, int ranks, struct tw_record *record)
{
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count > INT_MAX)
        return TW_CORRUPT;
    record->items = calloc(count + 1, sizeof *record->items);
    if (!record->items)
        return TW_MEMORY;
    record->capacity = (int)count + 1;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(json, i);
        record->count++;
        tw_status status = read_item(item, ranks, &record->items[i]);
        if (status)
            return status;
    }
    return TW_OK;
}

static tw_status read_records(const json_t *json, struct tw_trace *trace)
{
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count > INT_MAX)
        return TW_CORRUPT;
    trace->records = calloc(count + 1, sizeof *trace->records);
    if (!trace->records)
        return TW_MEMORY;
    trace->record_capacity = (int)count + 1;
    for (size_t i = 0; i < count; i++) {
        trace->record_count++;
        tw_status status = read_record(json_array_get(json, i), trace->ranks, &trace->records[i]);
        if (status)
            return status;
    }
    return TW_OK;
}

static tw_status read_steps(const json_t *json, struct tw_trace *trace)
{
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count >= UINT32_MAX)
        return TW_CORRUPT;
    trace->step_record = calloc(count + 1, sizeof *trace->step_record);
    if (!trace->step_record)
        return TW_MEMORY;
    trace->step_capacity = (uint32_t)count + 1;
    for (; trace->steps < count; trace->steps++) {
        const json_t *step = json_array_get(json, trace->steps);
        if (!json_is_integer(step) ||
            !within(json_integer_value(step), 0, (json_int_t)trace->record_count - 1))
            return TW_CORRUPT;
        trace->step_record[trace->steps] = (uint32_t)json_integer_value(step);
    }
    return TW_OK;
}

static tw_status read_tensors(const json_t *json, struct tw_trace *trace)
{
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count >= INT_MAX)
        return TW_CORRUPT;
    trace->tensors = calloc(count + 1, sizeof *trace->tensors);
    if (!trace->tensors)
        return TW_MEMORY;
    for (; trace->tensor_count < (int)count; trace->tensor_count++) {
        struct tw_trace_tensor *tensor = &trace->tensors[trace->tensor_count];
        json_t *entry = json_array_get(json, (size_t)trace->tensor_count);
        const char *name;
        json_int_t values, bucket;
        if (json_unpack(entry, "[s,I,I!]", &name, &values, &bucket) || values < 0 ||
            strlen(name) >= sizeof tensor->name || !within(bucket, 0, trace->buckets - 1))
            return TW_CORRUPT;
        memcpy(tensor->name, name, strlen(name) + 1);
        tensor->values = (uint64_t)values;
        tensor->bucket = (int)bucket;
    }
    return TW_OK;
}

static int read_real(const json_t *json, double *value)
{
    if (json_is_null(json))
        *value = NAN;
    else if (json_is_real(json))
        *value = json_real_value(json);
    else if (json_is_string(json) && strcmp(json_string_value(json), "inf") == 0)
        *value = INFINITY;
    else if (json_is_string(json) && strcmp(json_string_value(json), "-inf") == 0)
        *value = -INFINITY;
    else
        return 0;
    return 1;
}

static tw_status read_curve(const json_t *json, struct tw_run *run)
{
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count > INT_MAX)
        return TW_CORRUPT;
    run->curve = calloc(count + 1, sizeof *run->curve);
    if (!run->curve)
        return TW_MEMORY;
    run->curve_capacity = (int)count + 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *list = json_array_get(json, i), *step = json_array_get(list, 0);
        struct tw_curve_row *row = &run->curve[run->curve_count++];
        if (json_array_size(list) != 5 || !json_is_integer(step) ||
            !within(json_integer_value(step), 0, UINT32_MAX) ||
            !read_real(json_array_get(list, 1), &row->loss) ||
            !read_real(json_array_get(list, 2), &row->accuracy) ||
            !read_real(json_array_get(list, 3), &row->distance) ||
            !read_real(json_array_get(list, 4), &row->gradient_norm2))
            return TW_CORRUPT;
        row->step = (uint32_t)json_integer_value(step);
    }
    return TW_OK;
}

static tw_status read_run(json_t *json, struct tw_run *run)
{
    json_int_t ranks, island, buckets, dimension, memory_B;
    json_t *tensors, *records, *steps, *curve, *diverged;
    if (json_unpack(json, "{s:I,s:I,s:I,s:o,s:I,s:I,s:o,s:o,s:o,s:o!}", "ranks", &ranks, "island",
                    &island, "buckets", &buckets, "tensors", &tensors, "dimension", &dimension,
                    "memory_B_per_rank", &memory_B, "records", &records, "steps", &steps, "curve",
                    &curve, "diverged", &diverged) ||
        !within(ranks, 1, INT_MAX) || !within(island, 1, INT_MAX / ranks) ||
        !within(buckets, 0, INT_MAX) || dimension < 0 || memory_B < 0)
        return TW_CORRUPT;
    run->trace.ranks = (int)ranks;
    run->trace.island = (int)island;
    run->trace.buckets = (int)buckets;
    run->trace.dimension = (uint64_t)dimension;
    run->trace.memory_B_per_rank = (uint64_t)memory_B;
    if (json_is_integer(diverged) && within(json_integer_value(diverged), 0, UINT32_MAX)) {
        run->diverged = 1;
        run->diverged_step = (uint32_t)json_integer_value(diverged);
    } else if (!json_is_null(diverged)) {
        return TW_CORRUPT;
    }
    tw_status status = read_tensors(tensors, &run->trace);
    if (!status)
        status = read_records(records, &run->trace);
    if (!status)
        status = read_steps(steps, &run->trace);
    return status ? status : read_curve(curve, run);
}

/* Whether the digest is that of the run. */
static tw_status verify(const json_t *json, const char *digest)
{
    char found[TW_RUN_DIGEST_SIZE], *text = json_dumps(json, TW_RUN_CANONICAL);
    if (!text)
        return TW_MEMORY;
    tw_run_digest(text, found);
    free(text);
    return strcmp(found, digest) == 0 ? TW_OK : TW_CORRUPT;
}

tw_status tw_run_read(struct tw_run *run, const char *path, struct tw_err *err)
{
    json_error_t error;
    json_t *json = NULL;
    int version;
    const char *digest;
    *run = (struct tw_run){0};
    json_t *whole = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!whole && json_error_code(&error) == json_error_cannot_open_file)
        return tw_err_set(err, TW_IO, "%s: %s", path, error.text);
    tw_status status = whole ? TW_OK : TW_CORRUPT;
    if (!status && json_unpack(whole, "{s:o,s:i,s:s!}", "run", &json, "thinwire_run", &version,
                               "xxh3", &digest))
        status = TW_CORRUPT;
    if (!status && version != TW_RUN_VERSION)
        status = TW_CORRUPT;
    if (!status)
        status = verify(json, digest);
    if (!status)
        status = read_run(json, run);
    json_decref(whole);
    if (status) {
        tw_run_free(run);
        return tw_err_set(err, status, "%s: %s", path,
                          status == TW_MEMORY ? "no memory to read it" : "not a whole run");
    }
    return TW_OK;
}
