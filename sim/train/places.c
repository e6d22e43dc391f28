/* Where the group's vectors are: of a rank, a bucket, the server. */
#include "train_group.h"

void *const *tw_group_vectors(struct tw_group *group, unsigned char *base, int vectors,
                              uint64_t first)
{
    const struct tw_shape *shape = group->shape;
    for (int v = 0; v < vectors; v++)
        group->pointers[v] =
            base + ((uint64_t)v * shape->dimension + first) * (uint64_t)shape->value_B;
    return group->pointers;
}

void *const *tw_group_memory(struct tw_group *group, int rank, int bucket)
{
    const struct tw_shape *shape = group->shape;
    int vectors = shape->setup->feedback->rank_vectors;
    uint64_t skip = (uint64_t)rank * (uint64_t)vectors * shape->dimension;
    return tw_group_vectors(group, group->rank_memory + skip * shape->value_B, vectors,
                            group->starts[bucket]);
}

unsigned char *tw_group_x(const struct tw_group *group, int rank, int bucket)
{
    uint64_t first = (uint64_t)rank * group->x_apart + group->starts[bucket];
    return group->x + first * group->shape->value_B;
}

unsigned char *tw_group_mean(const struct tw_group *group, int bucket)
{
    return group->mean + group->starts[bucket] * group->shape->value_B;
}

static int shares_x(const struct tw_group *group)
{
    return group->shape->setup->feedback->again && group->shape->mine > 1;
}

/* Values first…first+count−1 of a rank's x of a bucket. */
static void make_x(struct tw_group *group, int rank, int bucket, uint32_t step, uint64_t first,
                   uint64_t count, void *x)
{
    const struct tw_shape *shape = group->shape;
    struct tw_feedback_step at = tw_shape_step(shape, step, count);
    void *const *memory = tw_group_memory(group, rank, bucket);
    for (int v = 0; v < shape->setup->feedback->rank_vectors; v++)
        group->pointers[v] = (unsigned char *)group->pointers[v] + first * shape->value_B;
    shape->setup->feedback->again(&at, memory, x);
}

void tw_group_x_again(struct tw_group *group, int rank, int bucket, uint32_t step)
{
    if (shares_x(group))
        make_x(group, rank, bucket, step, 0, group->shape->cut.buckets[bucket].dimension,
               tw_group_x(group, rank, bucket));
}

static void make_piece(const struct tw_source *source, int rank, uint64_t first, uint64_t count,
                       void *out)
{
    struct tw_group *group = source->context;
    make_x(group, rank % group->shape->mine, group->x_bucket, group->x_step, first, count, out);
}

tw_status tw_group_lend_x(struct tw_group *group, int bucket, uint32_t step, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    const uintptr_t x = (uintptr_t)tw_group_x(group, 0, bucket);
    const uintptr_t data = (uintptr_t)group->requests[0].data;
    const uint64_t dimension = shape->cut.buckets[bucket].dimension;
    group->transport.source = NULL;
    if (!shares_x(group) || data < x || data >= x + dimension * shape->value_B)
        return TW_OK;
    if (group->requests[0].kind != TW_SUM || data != x || group->requests[0].count > dimension)
        return tw_err_set(err, TW_INTERNAL, "a compressor sends x itself by %s, not by allreduce",
                          tw_request_name(group->requests[0].kind));
    group->x_bucket = bucket;
    group->x_step = step;
    group->x_source = (struct tw_source){make_piece, group};
    group->transport.source = &group->x_source;
    return TW_OK;
}
