/* The ranks of a run: what they hold, allocated once before the first step. */
#include "inside.h"
#include "server.h"
#include "shard.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static void *take(struct tw_arena *arena, uint64_t vectors, const struct tw_shape *shape)
{
    return tw_arena_take(arena, vectors * shape->dimension, shape->value_B);
}

/* Gives every vector its place; with arena->base NULL only counts the bytes. */
static void place_vectors(struct tw_group *group, struct tw_arena *arena)
{
    const struct tw_shape *shape = group->shape;
    const struct tw_train_setup *setup = shape->setup;
    uint64_t ranks = (uint64_t)shape->mine;
    group->weights = take(arena, shape->streamed ? 0 : 1, shape);
    group->forward = group->weights;
    if (tw_shard_rounds(setup))
        group->forward = take(arena, 1, shape);
    group->gradient = take(arena, 1, shape);
    group->mean = take(arena, 1, shape);
    group->rank_memory = take(arena, ranks * (uint64_t)setup->feedback->rank_vectors, shape);
    uint64_t x_vectors = tw_shape_x_vectors(shape);
    group->x = x_vectors == 0 ? group->rank_memory : take(arena, x_vectors, shape);
    group->x_apart = setup->feedback->in_place ? (uint64_t)setup->feedback->rank_vectors : 1;
    group->x_apart *= setup->feedback->again ? 0 : shape->dimension;
    group->server_memory = take(arena, (uint64_t)setup->feedback->shared_vectors, shape);
    group->optimizer_memory = take(arena, tw_shape_optimizer_vectors(shape), shape);
    group->sum =
        tw_arena_take(arena, tw_shape_needs_sum(setup) ? shape->dimension : 0, sizeof(double));
    group->inside = tw_arena_take(arena, setup->island > 1 ? shape->dimension : 0, sizeof(double));
}

/* calloc, so that pages of vectors not yet used cost nothing. */
static tw_status allocate_vectors(struct tw_group *group, struct tw_err *err)
{
    double bytes = (double)tw_shape_process_B(group->shape);
    if (bytes >= (double)(SIZE_MAX / 2))
        return tw_err_set(err, TW_MEMORY, "vectors of %g B", bytes);
    struct tw_arena arena = {0};
    place_vectors(group, &arena);
    group->block = calloc(1, arena.used + ALIGNMENT);
    if (!group->block)
        return tw_err_set(err, TW_MEMORY, "no %zu B for the vectors of %d ranks", arena.used,
                          group->shape->mine);
    uintptr_t address = ((uintptr_t)group->block + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    arena = (struct tw_arena){.base = (unsigned char *)group->block +
                                      (address - (uintptr_t)group->block)};
    place_vectors(group, &arena);
    return TW_OK;
}

static int most_vectors(const struct tw_train_setup *setup)
{
    int most = setup->feedback->rank_vectors, optimizer;
    if (setup->feedback->shared_vectors > most)
        most = setup->feedback->shared_vectors;
    optimizer = setup->optimizer->vectors(setup->optimizer_params);
    return optimizer > most ? optimizer : most;
}

static tw_status allocate_lists(struct tw_group *group, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    size_t ranks = (size_t)shape->groups, buckets = (size_t)shape->cut.count;
    group->starts = calloc(buckets + 1, sizeof *group->starts);
    group->pointers = calloc((size_t)most_vectors(shape->setup) + 1, sizeof *group->pointers);
    group->before = calloc(buckets * ranks + 1, sizeof *group->before);
    group->work = calloc(ranks, sizeof *group->work);
    group->before_s = calloc(buckets * ranks + 1, sizeof *group->before_s);
    group->work_s = calloc(ranks, sizeof *group->work_s);
    group->requests = calloc(ranks, sizeof *group->requests);
    group->inboxes = calloc(ranks, sizeof *group->inboxes);
    if (!group->starts || !group->pointers || !group->before || !group->work || !group->requests ||
        !group->inboxes || !group->before_s || !group->work_s)
        return tw_err_set(err, TW_MEMORY, "no memory for the lists of %zu ranks", ranks);
    for (size_t b = 0; b < buckets; b++)
        group->starts[b + 1] = group->starts[b] + shape->cut.buckets[b].dimension;
    return TW_OK;
}

/* dense: the stand-ins; else the method's compressors as they are in the first step. */
static tw_status open_instances(const struct tw_shape *shape, int dense,
                                struct tw_instance **instances, struct tw_err *err)
{
    *instances = calloc((size_t)shape->cut.count + 1, sizeof **instances);
    if (!*instances)
        return tw_err_set(err, TW_MEMORY, "no memory for %d compressors", shape->cut.count);
    for (int b = 0; b < shape->cut.count; b++) {
        struct tw_problem problem = dense ? tw_shape_problem(shape, b, 1)
                                          : tw_shape_staged(shape, b, tw_shape_stage(shape, 0));
        tw_status status = tw_instance_open(&(*instances)[b], tw_shape_compressor(shape, b, dense),
                                            &problem, 0, shape->mine, err);
        if (status)
            return status;
    }
    return TW_OK;
}

static void close_instances(const struct tw_shape *shape, struct tw_instance **instances)
{
    for (int b = 0; *instances && b < shape->cut.count; b++)
        tw_instance_close(&(*instances)[b]);
    free(*instances);
    *instances = NULL;
}

void tw_group_end_dense(struct tw_group *group)
{
    close_instances(group->shape, &group->dense);
}

tw_status tw_group_enter_stage(struct tw_group *group, uint32_t step, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    int stage = tw_shape_stage(shape, step);
    tw_status status = TW_OK;
    if (stage == group->stage)
        return TW_OK;
    group->stage = stage;
    for (int b = 0; b < shape->cut.count && !status; b++) {
        struct tw_problem problem = tw_shape_staged(shape, b, stage);
        if (!tw_shape_is_staged(shape, b))
            continue;
        tw_instance_close(&group->method[b]);
        status = tw_instance_open(&group->method[b], shape->setup->compressor, &problem, 0,
                                  shape->mine, err);
        if (!status)
            status = tw_server_reopen(group, b, err);
    }
    return status;
}

/* What a later stage would refuse is refused before the first step. */
static tw_status check_stages(const struct tw_shape *shape, struct tw_err *err)
{
    const struct tw_compressor *ops = shape->setup->compressor;
    tw_status status = TW_OK;
    for (int s = 0; ops->check && s <= shape->setup->stages.count; s++)
        for (int b = 0; b < shape->cut.count && !status; b++) {
            struct tw_problem problem = tw_shape_staged(shape, b, s);
            if (tw_shape_is_staged(shape, b))
                status = ops->check(&problem, err);
        }
    return status;
}

int tw_group_bucket(const struct tw_group *group, int part)
{
    return part < 0 ? part : group->shape->cut.buckets[part].number;
}

int tw_group_phase(const struct tw_group *group, int phase)
{
    return group->phases_before + phase;
}

static void free_works(struct tw_work *works, size_t count)
{
    for (size_t i = 0; works && i < count; i++)
        tw_work_free(&works[i]);
    free(works);
}

void tw_group_close(struct tw_group *group)
{
    if (!group->shape)
        return;
    size_t ranks = (size_t)group->shape->groups;
    tw_record_free(&group->record);
    free(group->inboxes);
    free(group->requests);
    tw_work_free(&group->shared_work);
    free(group->work_s);
    free(group->before_s);
    free_works(group->work, ranks);
    free_works(group->before, ranks * (size_t)group->shape->cut.count);
    free(group->pointers);
    free(group->weights_scratch);
    free(group->inside_scratch);
    free(group->block);
    if (group->transport.close)
        group->transport.close(&group->transport);
    tw_server_close(group);
    close_instances(group->shape, &group->dense);
    close_instances(group->shape, &group->method);
    free(group->starts);
    *group = (struct tw_group){0};
}

tw_status tw_group_open(struct tw_group *group, const struct tw_shape *shape, struct tw_err *err)
{
    *group = (struct tw_group){.shape = shape, .vectors = tw_vectors_of(shape->setup->precision)};
    group->stage = tw_shape_stage(shape, 0);
    tw_status status = check_stages(shape, err);
    if (!status)
        status = allocate_lists(group, err);
    if (!status)
        status = allocate_vectors(group, err);
    if (!status && shape->setup->inside.type != TW_INSIDE_FULL) {
        group->inside_scratch = malloc(tw_inside_scratch_B(shape) + 1);
        if (!group->inside_scratch)
            status = tw_err_set(err, TW_MEMORY, "no memory to round inside islands");
    }
    if (!status && tw_shard_scratch_B(shape) > 0) {
        group->weights_scratch = malloc(tw_shard_scratch_B(shape));
        if (!group->weights_scratch)
            status = tw_err_set(err, TW_MEMORY, "no memory to round weights");
    }
    if (!status)
        status = open_instances(shape, 0, &group->method, err);
    if (!status && shape->dense_steps > 0)
        status = open_instances(shape, 1, &group->dense, err);
    if (!status)
        status = tw_server_open(group, err);
    if (!status)
        status = tw_transport_memory(&group->transport, shape->groups, err);
    if (!status)
        tw_group_prepare_merges(group);
    if (status)
        tw_group_close(group);
    return status;
}

/* Compressors refuse what is not finite (TW_INPUT): the run has diverged. */
tw_status tw_group_compressor_failed(const struct tw_instance *instance, int phase,
                                     tw_status status, struct tw_err *err)
{
    status = status == TW_INPUT ? TW_DIVERGED : status;
    return tw_err_set(err, status, "compressor %s, phase %d: %s", instance->ops->member.name, phase,
                      tw_status_text(status));
}
