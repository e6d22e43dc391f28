/* A run bucket by bucket:
 *
 *     every bucket:  open; every step: gradients, exchange, mean; close
 *     every step:    the buckets' records one behind the other, then the update's
 *
 * The records are those of a run step by step (tested for every compressor under every rule), for
 * exchanges go bucket after bucket in both. What differs: direction and update report their work
 * and have no numbers, for no gradient reads the weights; so a run has diverged where a mean is not
 * finite, which weights would follow; and the squared norm of the mean gradient is the sum of the
 * buckets' norms, each rounded. O(p·d) per step. */
#include "stream.h"

#include <math.h>
#include <stdlib.h>

#include "train_group.h"

struct stream {
    const struct tw_shape *shape;
    void *workload;
    struct tw_trace *pieces; /* of every bucket */
    int count;               /* of them that are done or begun */
    uint32_t steps;          /* to do; fewer when a bucket has diverged, which is at this step */
    int diverged;
    int tried;     /* 1: by a compressor, in the course of that step */
    double *norm2; /* at evaluated steps, summed over buckets; the last: behind the last step */
    uint32_t rows; /* of them, the last one aside */
};

int tw_stream_suits(const struct tw_shape *shape)
{
    return shape->setup->workload->tensors_gradient && shape->cut.whole > 1 &&
           shape->setup->sharding.stage == TW_SHARD_NONE && !shape->setup->measured;
}

struct tw_shape tw_stream_bucket(const struct tw_shape *shape, int part)
{
    struct tw_shape bucket = *shape;
    const struct tw_bucket *parts = &shape->cut.buckets[part];
    bucket.streamed = 1;
    bucket.cut = (struct tw_cut){.buckets = &shape->cut.buckets[part], .whole = 1};
    bucket.dimension = parts[0].whole;
    bucket.base = UINT64_MAX;
    do {
        const struct tw_bucket *piece = &parts[bucket.cut.count++];
        for (int i = 0; i < piece->count; i++) {
            if (piece->source[i] >= bucket.base)
                continue;
            bucket.base = piece->source[i];
            bucket.first_tensor = (int)piece->tensors[i].id;
        }
    } while (!tw_shape_ends(shape, part + bucket.cut.count - 1));
    return bucket;
}

static int is_due(const struct stream *stream, uint32_t step)
{
    uint32_t evaluate = stream->shape->setup->evaluate;
    return evaluate && step % evaluate == 0;
}

static void diverge(struct stream *stream, uint32_t step, int tried)
{
    stream->steps = step;
    stream->diverged = 1;
    stream->tried = tried;
}

static tw_status one_step(struct stream *stream, struct tw_group *group, uint32_t step,
                          struct tw_err *err)
{
    int due = is_due(stream, step);
    double norm2 = 0;
    tw_status status = tw_step_exchange(group, stream->workload, step, due, &norm2, err);
    if (status == TW_DIVERGED) {
        diverge(stream, step, 1);
        *err = (struct tw_err){0};
        return TW_OK;
    }
    if (status)
        return status;
    if (due)
        stream->norm2[step / stream->shape->setup->evaluate] += norm2;
    if (!group->vectors->finite(group->mean, group->shape->dimension))
        diverge(stream, step + 1, 0);
    return tw_trace_append(&stream->pieces[stream->count - 1], &group->record);
}

static tw_status one_bucket(struct stream *stream, const struct tw_shape *bucket,
                            struct tw_err *err)
{
    struct tw_group group = {0};
    struct tw_trace *piece = &stream->pieces[stream->count++];
    piece->ranks = bucket->groups;
    tw_status status = tw_group_open(&group, bucket, err);
    for (uint32_t t = 0; !status && t < stream->steps; t++)
        status = one_step(stream, &group, t, err);
    if (!status && !stream->diverged && bucket->setup->evaluate) {
        double norm2 = 0;
        status = tw_step_measure(&group, stream->workload, stream->steps, &norm2, err);
        stream->norm2[stream->rows] += norm2;
    }
    tw_group_close(&group);
    return status;
}

/* One step's record, of the pieces that all buckets have of it. */
static tw_status join(const struct stream *stream, uint32_t step, struct tw_record *record)
{
    tw_status status = TW_OK;
    for (int b = 0; b < stream->count && !status; b++) {
        const struct tw_trace *piece = &stream->pieces[b];
        status = tw_record_join(record, &piece->records[piece->step_record[step]], piece->ranks);
    }
    return status ? status : tw_plan_update(stream->shape, step, record);
}

static tw_status join_all(const struct stream *stream, struct tw_trace *trace)
{
    struct tw_record record = {0};
    tw_status status = TW_OK;
    for (uint32_t t = 0; t < stream->steps && !status; t++) {
        status = join(stream, t, &record);
        if (!status)
            status = tw_trace_append(trace, &record);
    }
    tw_record_free(&record);
    return status;
}

static void add_row(struct tw_run *run, uint32_t step, double norm2)
{
    run->curve[run->curve_count++] = (struct tw_curve_row){step, NAN, NAN, NAN, norm2};
}

/* Of every evaluated step, and behind the last; none behind a step that diverged, but one before a
 * step that a compressor did not end. */
static tw_status fill_curve(const struct stream *stream, struct tw_run *run)
{
    uint32_t evaluate = stream->shape->setup->evaluate;
    run->curve = calloc((size_t)stream->rows + 1, sizeof *run->curve);
    if (!run->curve)
        return TW_MEMORY;
    run->curve_capacity = (int)stream->rows + 1;
    for (uint32_t i = 0; i < stream->rows && i * evaluate < stream->steps; i++)
        add_row(run, i * evaluate, stream->norm2[i]);
    if (stream->diverged && stream->tried && is_due(stream, stream->steps))
        add_row(run, stream->steps, NAN);
    else if (!stream->diverged && evaluate)
        add_row(run, stream->steps, stream->norm2[stream->rows]);
    return TW_OK;
}

static void close_stream(struct stream *stream)
{
    for (int b = 0; b < stream->count; b++) {
        struct tw_run piece = {.trace = stream->pieces[b]};
        tw_run_free(&piece);
    }
    free(stream->pieces);
    free(stream->norm2);
}

tw_status tw_stream_run(const struct tw_shape *shape, void *workload, struct tw_run *run,
                        struct tw_err *err)
{
    const struct tw_train_setup *setup = shape->setup;
    struct stream stream = {.shape = shape, .workload = workload, .steps = setup->steps};
    if (setup->evaluate)
        stream.rows = setup->steps / setup->evaluate + (setup->steps % setup->evaluate > 0);
    stream.pieces = calloc((size_t)shape->cut.whole, sizeof *stream.pieces);
    stream.norm2 = calloc((size_t)stream.rows + 1, sizeof *stream.norm2);
    tw_status status = stream.pieces && stream.norm2 ? TW_OK : TW_MEMORY;
    for (int part = 0; part < shape->cut.count && !status;) {
        struct tw_shape bucket = tw_stream_bucket(shape, part);
        status = one_bucket(&stream, &bucket, err);
        part += bucket.cut.count;
    }
    if (!status)
        status = join_all(&stream, &run->trace);
    if (!status)
        status = fill_curve(&stream, run);
    run->diverged = stream.diverged;
    run->diverged_step = stream.diverged ? stream.steps : 0;
    close_stream(&stream);
    return status;
}
