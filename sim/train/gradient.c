/* Gradients of the ranks: averaged inside an island, and all of them for the norm of their mean.
 * Both are added in rank order in double; an island's sum is divided by its ranks and rounded once.
 * Values may be rounded before they are added there (inside.c). What that takes between real ranks
 * is the record's business (REDUCE_INSIDE). O(p·d). */
#include "inside.h"

#include <string.h>

static tw_status gradient_of(struct tw_group *group, void *workload, int rank, uint32_t step,
                             int measure, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    const struct tw_workload *ops = shape->setup->workload;
    tw_status status =
        shape->streamed ? ops->tensors_gradient(workload, rank, step, shape->first_tensor,
                                                shape->dimension, group->gradient, err)
                        : ops->gradient(workload, rank, step, group->forward, group->gradient, err);
    if (!status && measure)
        group->vectors->accumulate(group->sum, group->gradient, shape->dimension);
    return status;
}

void tw_gradient_clear(struct tw_group *group)
{
    memset(group->sum, 0, group->shape->dimension * sizeof *group->sum);
}

double tw_gradient_norm2(const struct tw_group *group)
{
    double norm2 = 0, ranks = (double)group->shape->mine * group->shape->setup->island;
    for (uint64_t i = 0; i < group->shape->dimension; i++) {
        double mean = group->sum[i] / ranks;
        norm2 += mean * mean;
    }
    return norm2;
}

tw_status tw_gradient_of_island(struct tw_group *group, void *workload, int island_index,
                                uint32_t step, int measure, struct tw_err *err)
{
    int island = group->shape->setup->island;
    uint64_t dimension = group->shape->dimension;
    if (island == 1)
        return gradient_of(group, workload, island_index, step, measure, err);
    memset(group->inside, 0, dimension * sizeof *group->inside);
    for (int i = 0; i < island; i++) {
        int rank = island_index * island + i;
        tw_status status = gradient_of(group, workload, rank, step, measure, err);
        if (!status)
            status = tw_inside_round(group, err);
        if (status)
            return status;
        group->vectors->accumulate(group->inside, group->gradient, dimension);
    }
    group->vectors->mean(group->gradient, group->inside, island, dimension);
    return TW_OK;
}

tw_status tw_step_measure(struct tw_group *group, void *workload, uint32_t step, double *norm2,
                          struct tw_err *err)
{
    tw_gradient_clear(group);
    for (int r = 0; r < group->shape->mine * group->shape->setup->island; r++) {
        tw_status status = gradient_of(group, workload, r, step, 1, err);
        if (status)
            return status;
    }
    *norm2 = tw_gradient_norm2(group);
    return TW_OK;
}

void tw_group_reorder(struct tw_group *group, int to_buckets)
{
    const struct tw_shape *shape = group->shape;
    for (int b = 0; b < shape->cut.count; b++) {
        const struct tw_bucket *bucket = &shape->cut.buckets[b];
        for (int i = 0; i < bucket->count; i++) {
            const struct tw_tensor *tensor = &bucket->tensors[i];
            unsigned char *in_bucket =
                group->mean + (group->starts[b] + tensor->offset) * shape->value_B;
            unsigned char *in_layer =
                group->gradient + (bucket->source[i] - shape->base) * shape->value_B;
            size_t bytes = tw_tensor_size(tensor) * shape->value_B;
            if (to_buckets)
                memcpy(in_bucket, in_layer, bytes);
            else
                memcpy(in_layer, in_bucket, bytes);
        }
    }
}
