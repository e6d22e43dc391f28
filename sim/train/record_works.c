/* Work of all ranks in a record: one item where they are alike. */
#include "measured.h"

static int equal_works(const struct tw_work *a, const struct tw_work *b)
{
    if (a->count != b->count || a->failed || b->failed)
        return 0;
    for (int i = 0; i < a->count; i++)
        if (a->items[i].kernel != b->items[i].kernel ||
            a->items[i].elements != b->items[i].elements ||
            a->items[i].selected != b->items[i].selected)
            return 0;
    return 1;
}

/* Works of all ranks: once when they are equal, else each with its rank (and the work of its
 * sample, sample.h). Seconds are never equal. */
tw_status tw_group_record_works(struct tw_group *group, int bucket, int phase,
                                const struct tw_work *works, const double *seconds,
                                struct tw_err *err)
{
    int ranks = group->shape->groups, mine = group->shape->mine;
    int measured = group->shape->setup->measured, equal = !measured;
    for (int r = 1; r < mine && equal; r++)
        equal = equal_works(&works[0], &works[r]);
    for (int r = 0; r < (equal ? 1 : ranks); r++) {
        int from = group->record.count;
        if (tw_record_work(&group->record, tw_group_bucket(group, bucket),
                           tw_group_phase(group, phase), TW_STAGE_METHOD, equal ? -1 : r,
                           &works[r % mine]))
            return tw_err_set(err, TW_MEMORY, "no memory to record the work of a step");
        if (measured)
            tw_measured_divide(&group->record, from, seconds[r % mine]);
    }
    return TW_OK;
}
