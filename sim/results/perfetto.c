/* Chrome-trace JSON ("Trace Event Format", Google, 2016): complete events (ph X) in processes,
 * which are ranks, and threads, which are lanes. Written a line at a time: a tree of 100,000 events
 * would take ten times the memory of the text. */
#include "perfetto.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nanoseconds, rounded down; what double arithmetic made of a whole number stays that number. */
static long long nanoseconds(double seconds)
{
    return (long long)floor(seconds * 1e9 + 1e-4);
}

/* By rank, lane and beginning; of those that begin at once the longest first, which holds the
 * others. */
static int in_order(const void *a, const void *b)
{
    const struct tw_slice *x = a, *y = b;
    long long x_ns = nanoseconds(x->begin_s), y_ns = nanoseconds(y->begin_s);
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->lane != y->lane)
        return x->lane < y->lane ? -1 : 1;
    if (x_ns != y_ns)
        return x_ns < y_ns ? -1 : 1;
    if (x->end_s != y->end_s)
        return x->end_s > y->end_s ? -1 : 1;
    if (x->peer != y->peer)
        return x->peer < y->peer ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* A JSON string with its quotes; 0: it could not be made. */
static int put_string(FILE *out, const char *value)
{
    json_t *string = json_string(value);
    char *text = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    int done = text && fputs(text, out) >= 0;
    free(text);
    json_decref(string);
    return done;
}

static void put_number(FILE *out, const char *name, long long value)
{
    if (value >= 0)
        fprintf(out, ", \"%s\": %lld", name, value);
}

/* Processes are counted from 1, and threads from behind them, each with a number of its own: to
 * Perfetto 0 is the idle process, and a thread with its process' number the main one. */
static long long thread_of(const struct tw_slices *slices, int rank, int lane)
{
    return 1 + slices->ranks + (long long)rank * slices->lane_count + lane;
}

static int put_slice(FILE *out, const struct tw_slices *slices, const struct tw_slice *slice)
{
    long long from_ns = nanoseconds(slice->begin_s), to_ns = nanoseconds(slice->end_s);
    long long long_ns = to_ns - from_ns;
    fputs(",\n{\"name\": ", out);
    if (!put_string(out, slice->name))
        return 0;
    fprintf(
        out,
        ", \"ph\": \"X\", \"pid\": %d, \"tid\": %lld, \"ts\": %lld.%03lld, \"dur\": %lld.%03lld, "
        "\"args\": {\"seconds\": %.17g",
        slice->rank + 1, thread_of(slices, slice->rank, slice->lane), from_ns / 1000,
        from_ns % 1000, long_ns / 1000, long_ns % 1000, slice->end_s - slice->begin_s);
    put_number(out, "bucket", slice->bucket);
    put_number(out, "phase", slice->phase > 0 ? slice->phase : -1);
    put_number(out, "schedule_lane", slice->part);
    put_number(out, "schedule_step", slice->step);
    put_number(out, "peer", slice->peer);
    put_number(out, "bytes", slice->bytes);
    fputs("}}", out);
    return 1;
}

static int put_name(FILE *out, const char *of, int rank, long long thread, const char *name, int at)
{
    fprintf(out, "{\"name\": \"%s_name\", \"ph\": \"M\", \"pid\": %d, \"tid\": %lld, \"ts\": 0, ",
            of, rank + 1, thread);
    fputs("\"args\": {\"name\": ", out);
    if (!put_string(out, name))
        return 0;
    fprintf(
        out,
        "}},\n{\"name\": \"%s_sort_index\", \"ph\": \"M\", \"pid\": %d, \"tid\": %lld, \"ts\": 0, "
        "\"args\": {\"sort_index\": %d}}",
        of, rank + 1, thread, at);
    return 1;
}

/* Names of a rank's process and of the lanes that it uses. */
static int put_names(FILE *out, const struct tw_slices *slices, int rank, size_t from, size_t to)
{
    int last = -1, done;
    char name[32];
    snprintf(name, sizeof name, "rank %d", rank);
    fputs(rank ? ",\n" : "", out);
    done = put_name(out, "process", rank, thread_of(slices, rank, 0), name, rank);
    for (size_t i = from; i < to && done; i++) {
        int lane = slices->slices[i].lane;
        if (lane == last)
            continue;
        last = lane;
        fputs(",\n", out);
        done =
            put_name(out, "thread", rank, thread_of(slices, rank, lane), slices->lanes[lane], lane);
    }
    return done;
}

static int put_all(FILE *out, const struct tw_slices *slices)
{
    char *about = json_dumps(slices->about, JSON_COMPACT | JSON_REAL_PRECISION(17));
    int done = about != NULL;
    size_t from = 0;
    if (about)
        fprintf(out, "{\"displayTimeUnit\": \"ms\",\n\"otherData\": %s,\n\"traceEvents\": [\n",
                about);
    free(about);
    for (int r = 0; r < slices->ranks && done; r++) {
        size_t to = from;
        while (to < slices->count && slices->slices[to].rank == r)
            to++;
        done = put_names(out, slices, r, from, to);
        for (; from < to && done; from++)
            done = put_slice(out, slices, &slices->slices[from]);
    }
    fputs("\n]}\n", out);
    return done && !ferror(out);
}

tw_status tw_perfetto_text(struct tw_slices *slices, char **text, size_t *size, struct tw_err *err)
{
    *text = NULL;
    for (size_t i = 0; i < slices->count; i++) {
        const struct tw_slice *slice = &slices->slices[i];
        if (!(slice->begin_s >= 0 && slice->end_s >= slice->begin_s && isfinite(slice->end_s)))
            return tw_err_set(err, TW_RANGE, "rank %d: %s from %g s to %g s", slice->rank,
                              slice->name, slice->begin_s, slice->end_s);
        if (slice->rank < 0 || slice->rank >= slices->ranks || slice->lane < 0 ||
            slice->lane >= slices->lane_count)
            return tw_err_set(err, TW_RANGE, "%s in lane %d of rank %d", slice->name, slice->lane,
                              slice->rank);
    }
    if (slices->count)
        qsort(slices->slices, slices->count, sizeof *slices->slices, in_order);
    FILE *out = open_memstream(text, size);
    int done = out && put_all(out, slices);
    if (out && fclose(out))
        done = 0;
    if (done)
        return TW_OK;
    free(*text);
    *text = NULL;
    return tw_err_set(err, TW_MEMORY, "no memory for the text of %zu events", slices->count);
}
