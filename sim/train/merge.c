/* Merges of a group: which callback the transport calls on which rank, and what is recorded. */
#include "measured.h"

static tw_status merge_on_rank(void *context, int rank, int keeps, const struct tw_partial *a,
                               const struct tw_partial *b, void *c, uint64_t *count)
{
    struct tw_group *group = context;
    const struct tw_instance *instance = group->merges_for;
    if (!instance->ops->merge)
        return TW_INTERNAL;
    double began_s = tw_measured_begin(group);
    tw_status status = instance->ops->merge(instance->shared, instance->own[rank], keeps, a, b, c,
                                            count, &group->work[rank]);
    group->work_s[rank] += tw_measured_end(group, began_s);
    return status;
}

const struct tw_algorithm *tw_shape_merge(const struct tw_shape *shape)
{
    return shape->setup->merge ? shape->setup->merge : tw_algorithm_merge_auto();
}

void tw_group_prepare_merges(struct tw_group *group)
{
    group->merging = (struct tw_merging){
        .algorithm = tw_shape_merge(group->shape), .merge = merge_on_rank, .context = group};
    group->transport.merging = &group->merging;
}

tw_status tw_group_record_merge(struct tw_group *group, int bucket, int phase, struct tw_err *err)
{
    const struct tw_merging *merging = &group->merging;
    tw_status status = tw_record_merge(&group->record, tw_group_bucket(group, bucket),
                                       tw_group_phase(group, phase), merging->algorithm,
                                       group->requests[0].element, merging->sizes, merging->blocks,
                                       group->shape->groups);
    if (status)
        return tw_err_set(err, status, "no memory to record a merge");
    return tw_group_record_works(group, bucket, phase, group->work, group->work_s, err);
}
