/* One step of the data plane:
 *
 *     every bucket:           begin
 *     every island:           gradients of its ranks, averaged; feedback.before → x
 *     every bucket:           per phase local of all islands, exchange, digest; then mean;
 *                             every island: feedback.after, and what it reports to the server
 *     (every part of a bucket, where rules for tensors cut it)
 *     once, for all buckets:  feedback.direction, optimizer.update
 *
 * Without islands each rank is one. What an island's ranks do to average and to spread again is an
 * item of the record (REDUCE_INSIDE, SPREAD_INSIDE). O(p·d). */
#include "choice.h"
#include "inside.h"
#include "measured.h"
#include "server.h"
#include "shard.h"

#include <string.h>

/* The step's instance of a bucket: the method's, or its stand-in. */
static const struct tw_instance *instance_of(const struct tw_group *group, int bucket,
                                             uint32_t step)
{
    return step < group->shape->dense_steps ? &group->dense[bucket] : &group->method[bucket];
}

struct rank_context {
    const struct tw_instance *instance;
    int rank;
};

static double dropped_norm2(const struct tw_trial *trial, const void *x)
{
    const struct rank_context *context = trial->context;
    const struct tw_instance *instance = context->instance;
    return instance->ops->try_alone(instance->shared, instance->own[context->rank], x);
}

static void add_searching(const struct tw_sum *sum, const void *addend, void *x)
{
    const struct rank_context *context = sum->context;
    const struct tw_instance *instance = context->instance;
    instance->ops->add(instance->shared, instance->own[context->rank], addend, x);
}

static void before_bucket(struct tw_group *group, int rank, int bucket, uint32_t step)
{
    const struct tw_shape *shape = group->shape;
    const struct tw_feedback *feedback = shape->setup->feedback;
    struct rank_context context = {instance_of(group, bucket, step), rank};
    struct tw_trial trial = {dropped_norm2, &context};
    struct tw_sum sum = {add_searching, &context};
    struct tw_feedback_step at = tw_shape_step(shape, step, shape->cut.buckets[bucket].dimension);
    struct tw_work *work = &group->before[(size_t)bucket * (size_t)shape->mine + (size_t)rank];
    at.trial = feedback->tries ? &trial : NULL;
    at.sum = context.instance->ops->add ? &sum : NULL;
    tw_work_clear(work);
    double began_s = tw_measured_begin(group);
    feedback->before(&at, tw_group_memory(group, rank, bucket), tw_group_mean(group, bucket),
                     tw_group_x(group, rank, bucket), work);
    group->before_s[work - group->before] = tw_measured_end(group, began_s);
}

/* Gradient and x of every island; the mean's place serves as the gradient in bucket order. */
static tw_status gradients(struct tw_group *group, void *workload, uint32_t step, int measure,
                           struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    for (int r = 0; r < shape->mine; r++) {
        tw_status status = tw_gradient_of_island(group, workload, r, step, measure, err);
        if (status)
            return status;
        tw_group_reorder(group, 1);
        for (int b = 0; b < shape->cut.count; b++)
            before_bucket(group, r, b, step);
    }
    return TW_OK;
}

static tw_status record_shared(struct tw_group *group, int bucket, int phase, enum tw_stage stage,
                               struct tw_err *err)
{
    int from = group->record.count;
    if (tw_record_work(&group->record, tw_group_bucket(group, bucket), tw_group_phase(group, phase),
                       stage, -1, &group->shared_work))
        return tw_err_set(err, TW_MEMORY, "no memory to record the work of a step");
    if (group->shape->setup->measured)
        tw_measured_divide(&group->record, from, group->shared_s);
    return TW_OK;
}

static tw_status record_inside(struct tw_group *group, int bucket, enum tw_item_type type,
                               int phase, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    int due = type == TW_ITEM_REDUCE_INSIDE ? tw_shape_begins(shape, bucket)
                                            : tw_shape_ends(shape, bucket);
    if (due && tw_inside_record(shape, bucket, type, tw_group_phase(group, phase), &group->record))
        return tw_err_set(err, TW_MEMORY, "no memory to record an exchange inside islands");
    return TW_OK;
}

static int is_personal(enum tw_request_kind kind)
{
    return kind == TW_ALL_TO_ALL || kind == TW_REDUCE_SCATTER;
}

/* The work of phase 0 counts twice where the rule has compressed on trial before; a trial's seconds
 * are among those measured there. */
static tw_status record_locals(struct tw_group *group, int bucket, int phase, struct tw_err *err)
{
    const struct tw_train_setup *setup = group->shape->setup;
    tw_status status = tw_group_record_works(group, bucket, phase, group->work, group->work_s, err);
    if (!status && phase == 0 && setup->feedback->tries && !setup->measured)
        status = tw_group_record_works(group, bucket, phase, group->work, group->work_s, err);
    return status;
}

static tw_status local_of_all(struct tw_group *group, const struct tw_instance *instance,
                              int bucket, int phase, uint32_t step, int personal,
                              struct tw_err *err)
{
    for (int r = 0; r < instance->mine; r++) {
        tw_work_clear(&group->work[r]);
        group->requests[r] = (struct tw_request){0};
        tw_group_x_again(group, r, bucket, step);
        double began_s = tw_measured_begin(group);
        tw_status status = instance->ops->local(
            instance->shared, instance->own[r], r, phase, tw_group_x(group, r, bucket),
            personal ? &group->inboxes[r] : NULL, &group->requests[r], &group->work[r]);
        group->work_s[r] = tw_measured_end(group, began_s);
        if (status)
            return tw_group_compressor_failed(instance, phase, status, err);
    }
    for (int r = instance->mine; r < group->shape->groups; r++) /* see sample.h */
        group->requests[r] = group->requests[r % instance->mine];
    tw_status status = tw_group_lend_x(group, bucket, step, err);
    return status ? status : record_locals(group, bucket, phase, err);
}

/* What decodes the ranks' messages: the server, or every rank. */
static tw_status record_decoding(struct tw_group *group, int bucket, int phase, struct tw_err *err)
{
    if (!group->served)
        return record_shared(group, bucket, phase, TW_STAGE_METHOD, err);
    if (tw_record_work(&group->record, tw_group_bucket(group, bucket), tw_group_phase(group, phase),
                       TW_STAGE_METHOD, 0, &group->shared_work))
        return tw_err_set(err, TW_MEMORY, "no memory to record the work of a step");
    return TW_OK;
}

static tw_status digest_once(struct tw_group *group, const struct tw_instance *instance, int bucket,
                             int phase, const struct tw_answer *answer, struct tw_err *err)
{
    tw_work_clear(&group->shared_work);
    double began_s = tw_measured_begin(group);
    tw_status status = instance->ops->digest(instance->shared, phase, answer, &group->shared_work);
    group->shared_s = tw_measured_end(group, began_s);
    if (status)
        return tw_group_compressor_failed(instance, phase, status, err);
    return record_decoding(group, bucket, phase, err);
}

/* What a merge moves is known behind it only. */
static tw_status merge_all(struct tw_group *group, const struct tw_instance *instance, int bucket,
                           int phase, struct tw_err *err)
{
    struct tw_answer answer = {0};
    for (int r = 0; r < instance->mine; r++) {
        tw_work_clear(&group->work[r]);
        group->work_s[r] = 0;
    }
    group->merges_for = instance;
    tw_status status =
        group->transport.exchange(&group->transport, group->requests, &answer, NULL, err);
    if (status)
        return status == TW_INPUT ? tw_group_compressor_failed(instance, phase, status, err)
                                  : status;
    status = tw_group_record_merge(group, bucket, phase, err);
    return status ? status : digest_once(group, instance, bucket, phase, &answer, err);
}

/* Exchange and digest; *personal says whether the answers are the ranks' own inboxes. */
static tw_status answer_all(struct tw_group *group, const struct tw_instance *instance, int bucket,
                            int phase, int *personal, struct tw_err *err)
{
    const char *name = instance->ops->member.name;
    struct tw_answer answer = {0};
    if (group->requests[0].kind == TW_MERGE)
        return merge_all(group, instance, bucket, phase, err);
    int from = group->record.count;
    tw_status status = (group->served ? tw_server_record_up : tw_record_exchange)(
        &group->record, tw_group_bucket(group, bucket), tw_group_phase(group, phase),
        group->requests, group->shape->groups);
    tw_shard_scatter(group->shape, instance->ops, &group->record, from);
    if (status)
        return tw_err_set(err, status, "recording the %s of compressor %s: %s",
                          tw_request_name(group->requests[0].kind), name, tw_status_text(status));
    status =
        group->transport.exchange(&group->transport, group->requests, &answer, group->inboxes, err);
    if (status)
        return status;
    *personal = is_personal(group->requests[0].kind);
    if (*personal)
        return TW_OK;
    return digest_once(group, instance, bucket, phase, &answer, err);
}

static void add_own(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    const struct rank_context *context = own->context;
    const struct tw_instance *instance = context->instance;
    instance->ops->own(instance->shared, instance->own[context->rank], context->rank, scale, y,
                       work);
}

static tw_status after_all(struct tw_group *group, const struct tw_instance *instance, int bucket,
                           int last_phase, uint32_t step, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    struct tw_feedback_step at = tw_shape_step(shape, step, shape->cut.buckets[bucket].dimension);
    for (int r = 0; r < instance->mine; r++) {
        struct rank_context context = {instance, r};
        struct tw_own own = {add_own, &context};
        tw_work_clear(&group->work[r]);
        tw_group_x_again(group, r, bucket, step);
        double began_s = tw_measured_begin(group);
        shape->setup->feedback->after(&at, tw_group_memory(group, r, bucket),
                                      tw_group_x(group, r, bucket), &own,
                                      tw_group_mean(group, bucket), &group->work[r]);
        group->work_s[r] = tw_measured_end(group, began_s);
    }
    return tw_group_record_works(group, bucket, last_phase, group->work, group->work_s, err);
}

/* What the ranks change at the server beside what they sent, added in rank order in double. */
static tw_status report_all(struct tw_group *group, int bucket, int last_phase, uint32_t step,
                            struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    const struct tw_feedback *feedback = shape->setup->feedback;
    uint64_t count = shape->cut.buckets[bucket].dimension;
    struct tw_feedback_step at = tw_shape_step(shape, step, count);
    int ranks = shape->groups;
    if (!feedback->report)
        return TW_OK;
    double began_s = tw_measured_begin(group);
    memset(group->sum, 0, count * sizeof *group->sum);
    for (int r = 0; r < shape->mine; r++)
        feedback->report(&at, tw_group_memory(group, r, bucket), group->sum);
    group->vectors->add_scaled(tw_group_mean(group, bucket), 1.0 / shape->mine, group->sum, count);
    group->shared_s = tw_measured_end(group, began_s) * ranks / shape->mine; /* sample.h */
    tw_work_clear(&group->shared_work);
    tw_work_add(&group->shared_work, TW_KERNEL_ADD, (uint64_t)ranks * count, 0);
    return record_shared(group, bucket, last_phase, TW_STAGE_METHOD, err);
}

static tw_status exchange_bucket(struct tw_group *group, int bucket, uint32_t step,
                                 struct tw_err *err)
{
    const struct tw_instance *instance = instance_of(group, bucket, step);
    int phases = instance->ops->phases(&instance->problem), personal = 0;
    int told_from = group->record.count, last = phases > 0 ? phases - 1 : 0;
    size_t first = (size_t)bucket * (size_t)instance->mine;
    if (tw_shape_begins(group->shape, bucket))
        group->phases_before = 0;
    tw_status status = record_inside(group, bucket, TW_ITEM_REDUCE_INSIDE, 0, err);
    if (!status)
        status = tw_group_record_works(group, bucket, 0, &group->before[first],
                                       &group->before_s[first], err);
    for (int f = 0; !status && f < phases; f++) {
        status = local_of_all(group, instance, bucket, f, step, personal, err);
        if (!status)
            status = answer_all(group, instance, bucket, f, &personal, err);
    }
    if (!status)
        status = tw_choice_record(group->shape, step, tw_group_bucket(group, bucket),
                                  tw_group_phase(group, last), told_from, &group->record, err);
    if (status)
        return status;
    tw_work_clear(&group->shared_work);
    double began_s = tw_measured_begin(group);
    instance->ops->mean(instance->shared, tw_group_mean(group, bucket), &group->shared_work);
    group->shared_s = tw_measured_end(group, began_s);
    int from = group->record.count;
    status = record_decoding(group, bucket, last, err);
    tw_shard_cut_mean(group->shape, instance->ops, bucket, &group->record, from);
    if (!status)
        status = after_all(group, instance, bucket, last, step, err);
    if (!status)
        status = report_all(group, bucket, last, step, err);
    if (!status && group->served)
        status = tw_server_exchange(group, bucket, step, err);
    last += group->served;
    if (!status)
        status = record_inside(group, bucket, TW_ITEM_SPREAD_INSIDE, last, err);
    group->phases_before += last + 1;
    return status;
}

static tw_status update(struct tw_group *group, uint32_t step, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    const struct tw_train_setup *setup = shape->setup;
    struct tw_feedback_step at = tw_shape_step(shape, step, shape->dimension);
    int from = group->record.count;
    group->phases_before = 0;
    tw_work_clear(&group->shared_work);
    double began_s = tw_measured_begin(group);
    setup->feedback->direction(
        &at, tw_group_vectors(group, group->server_memory, setup->feedback->shared_vectors, 0),
        group->mean, &group->shared_work);
    group->shared_s = tw_measured_end(group, began_s);
    tw_status status = record_shared(group, -1, 0, TW_STAGE_METHOD, err);
    if (status)
        return status;
    tw_group_reorder(group, 0);
    tw_work_clear(&group->shared_work);
    int vectors = setup->optimizer->vectors(setup->optimizer_params);
    began_s = tw_measured_begin(group);
    setup->optimizer->update(
        setup->optimizer_params, step, tw_group_vectors(group, group->optimizer_memory, vectors, 0),
        group->weights, group->gradient, shape->dimension, &group->shared_work);
    group->shared_s = tw_measured_end(group, began_s);
    tw_shard_spread(group);
    status = record_shared(group, -1, 0, TW_STAGE_UPDATE, err);
    if (!status && tw_shard_record_after(shape, &group->record, from))
        status = tw_err_set(err, TW_MEMORY, "no memory to record the gathers of a step");
    return status;
}

/* Before any gradient, so that a trial sees the draws of its own step. */
static void begin_all(struct tw_group *group, uint32_t step)
{
    for (int b = 0; b < group->shape->cut.count; b++) {
        const struct tw_instance *instance = instance_of(group, b, step);
        if (instance->ops->begin)
            instance->ops->begin(instance->shared, step);
    }
}

tw_status tw_step_exchange(struct tw_group *group, void *workload, uint32_t step, int measure,
                           double *norm2, struct tw_err *err)
{
    if (step >= group->shape->dense_steps)
        tw_group_end_dense(group);
    group->served = tw_server_takes(group->shape, step);
    if (measure)
        tw_gradient_clear(group);
    tw_record_clear(&group->record);
    tw_status status = tw_group_enter_stage(group, step, err);
    if (status)
        return status;
    begin_all(group, step);
    if (tw_shard_record_before(group->shape, &group->record))
        return tw_err_set(err, TW_MEMORY, "no memory to record the gathers of a step");
    status = gradients(group, workload, step, measure, err);
    if (status)
        return status;
    if (measure)
        *norm2 = tw_gradient_norm2(group);
    for (int b = 0; b < group->shape->cut.count && !status; b++)
        status = exchange_bucket(group, b, step, err);
    return status;
}

tw_status tw_step_run(struct tw_group *group, void *workload, uint32_t step, int measure,
                      double *norm2, struct tw_err *err)
{
    tw_status status = tw_step_exchange(group, workload, step, measure, norm2, err);
    return status ? status : update(group, step, err);
}
