/* Writes a run as JSON (trace_json.h). Every function gives NULL when memory runs out. */
#include "../collective/schedule.h"
#include "trace_json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

const char *const tw_inside_names[2] = {"reduce", "spread"};
const char *const tw_stage_names[TW_STAGE_COUNT] = {"method", "update"};
const char *const tw_combine_names[TW_COMBINE_COUNT] = {"sum", "max"};
const char *const tw_moment_names[TW_MOMENT_COUNT] = {"", "forward", "backward", "update"};
const char *const tw_stream_names[TW_STREAM_COUNT] = {"gradient", "weights", "outer"};

void tw_run_digest(const char *text, char out[TW_RUN_DIGEST_SIZE])
{
    snprintf(out, TW_RUN_DIGEST_SIZE, "%016" PRIx64, (uint64_t)XXH3_64bits(text, strlen(text)));
}

static json_t *write_counts(const struct tw_item *item, int ranks)
{
    if (!item->counts)
        return json_integer((json_int_t)item->count);
    json_t *list = json_array();
    for (size_t i = 0; list && i < tw_item_entries(item, ranks); i++)
        if (json_array_append_new(list, json_integer((json_int_t)item->counts[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *write_item(const struct tw_item *item, int ranks)
{
    const char *moment = item->moment ? tw_moment_names[item->moment] : NULL;
    if (item->type == TW_ITEM_WORK) {
        json_t *seconds = item->measured_s > 0 ? json_real(item->measured_s) : NULL;
        if (item->measured_s > 0 && !seconds)
            return NULL;
        return json_pack("{s:i,s:i,s:i,s:s,s:s,s:I,s:I,s:s*,s:o*}", "bucket", item->bucket, "phase",
                         item->phase, "rank", item->rank, "stage", tw_stage_names[item->stage],
                         "work", tw_kernel_name(item->work.kernel), "elements",
                         (json_int_t)item->work.elements, "selected",
                         (json_int_t)item->work.selected, "moment", moment, "seconds", seconds);
    }
    if (item->type != TW_ITEM_EXCHANGE)
        return json_pack("{s:i,s:i,s:s,s:s,s:I}", "bucket", item->bucket, "phase", item->phase,
                         "inside", tw_inside_names[item->type - TW_ITEM_REDUCE_INSIDE], "element",
                         tw_element_name(item->element), "count", (json_int_t)item->count);
    return json_pack("{s:i,s:i,s:s,s:s,s:s,s:i,s:o,s:s,s:i,s:i,s:s*,s:s*}", "bucket", item->bucket,
                     "phase", item->phase, "exchange", tw_request_name(item->kind), "element",
                     tw_element_name(item->element), "combine", tw_combine_names[item->combine],
                     "root", item->root, "counts", write_counts(item, ranks), "stream",
                     tw_stream_names[item->stream], "start", (int)item->start, "due",
                     (int)item->due, "merged", item->merge ? item->merge->member.name : NULL,
                     "moment", moment);
}

static json_t *write_records(const struct tw_trace *trace)
{
    json_t *records = json_array();
    for (int i = 0; i < trace->record_count; i++) {
        json_t *items = json_array();
        if (json_array_append_new(records, items))
            goto failed;
        for (int k = 0; k < trace->records[i].count; k++)
            if (json_array_append_new(items, write_item(&trace->records[i].items[k], trace->ranks)))
                goto failed;
    }
    return records;
failed:
    json_decref(records);
    return NULL;
}

static json_t *write_steps(const struct tw_trace *trace)
{
    json_t *steps = json_array();
    for (uint32_t t = 0; steps && t < trace->steps; t++)
        if (json_array_append_new(steps, json_integer(trace->step_record[t]))) {
            json_decref(steps);
            return NULL;
        }
    return steps;
}

static json_t *write_tensors(const struct tw_trace *trace)
{
    json_t *tensors = json_array();
    for (int i = 0; tensors && i < trace->tensor_count; i++) {
        const struct tw_trace_tensor *tensor = &trace->tensors[i];
        json_t *json =
            json_pack("[s,I,i]", tensor->name, (json_int_t)tensor->values, tensor->bucket);
        if (json_array_append_new(tensors, json)) {
            json_decref(tensors);
            return NULL;
        }
    }
    return tensors;
}

static json_t *write_real(double value)
{
    if (isnan(value))
        return json_null();
    if (isinf(value))
        return json_string(value > 0 ? "inf" : "-inf");
    return json_real(value);
}

static json_t *write_curve(const struct tw_run *run)
{
    json_t *curve = json_array();
    for (int i = 0; curve && i < run->curve_count; i++) {
        const struct tw_curve_row *row = &run->curve[i];
        json_t *json = json_pack("[I,o,o,o,o]", (json_int_t)row->step, write_real(row->loss),
                                 write_real(row->accuracy), write_real(row->distance),
                                 write_real(row->gradient_norm2));
        if (json_array_append_new(curve, json)) {
            json_decref(curve);
            return NULL;
        }
    }
    return curve;
}

static json_t *write_run(const struct tw_run *run)
{
    const struct tw_trace *trace = &run->trace;
    json_t *diverged = run->diverged ? json_integer(run->diverged_step) : json_null();
    return json_pack("{s:i,s:i,s:i,s:o,s:I,s:I,s:o,s:o,s:o,s:o}", "ranks", trace->ranks, "island",
                     trace->island, "buckets", trace->buckets, "tensors", write_tensors(trace),
                     "dimension", (json_int_t)trace->dimension, "memory_B_per_rank",
                     (json_int_t)trace->memory_B_per_rank, "records", write_records(trace), "steps",
                     write_steps(trace), "curve", write_curve(run), "diverged", diverged);
}

static tw_status write_all(int descriptor, const char *text, struct tw_err *err)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t written = write(descriptor, text, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return tw_err_set(err, TW_IO, "writing a run failed: %s", strerror(errno));
        text += written;
        left -= (size_t)written;
    }
    return TW_OK;
}

tw_status tw_run_write(const struct tw_run *run, int descriptor, struct tw_err *err)
{
    tw_status status = TW_MEMORY;
    char digest[TW_RUN_DIGEST_SIZE], *body = NULL, *text = NULL;
    json_t *json = write_run(run), *whole = NULL;
    if (json)
        body = json_dumps(json, TW_RUN_CANONICAL);
    if (!body)
        goto done;
    tw_run_digest(body, digest);
    whole = json_pack("{s:O,s:i,s:s}", "run", json, "thinwire_run", TW_RUN_VERSION, "xxh3", digest);
    if (whole)
        text = json_dumps(whole, TW_RUN_CANONICAL);
    if (!text)
        goto done;
    status = write_all(descriptor, text, err);
done:
    free(text);
    free(body);
    json_decref(whole);
    json_decref(json);
    return status == TW_MEMORY ? tw_err_set(err, status, "no memory to write a run") : status;
}
