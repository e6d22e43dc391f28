/* Runs whose kernels are timed while they run: which can be, and how seconds reach the record. */
#include "measured.h"

#include "stopwatch.h"

tw_status tw_train_check_measured(const struct tw_train_setup *setup, struct tw_err *err)
{
    const char *why = NULL;
    if (setup->workload->member.traits & TW_SIZES_ONLY)
        why = "gradients of source sizes have no numbers to run a compressor on";
    else if (setup->sharding.stage != TW_SHARD_NONE)
        why = "of a sharded update a rank does its share, but one process does it all";
    else if (setup->feedback->server)
        why = "a server's part of the work is not told from the ranks'";
    else if (setup->inside.type != TW_INSIDE_FULL)
        why = "rounding inside islands is not timed";
    if (!why)
        return TW_OK;
    (void)tw_err_set(err, TW_REFUSED, "time=\"measured\" cannot be had: %s", why);
    return tw_err_hint(err, TW_REFUSED,
                       "time=\"model\" with a profile, or gradients with numbers, no sharding, no "
                       "feedback doublesqueeze and inside=\"full\"");
}

double tw_measured_begin(const struct tw_group *group)
{
    return group->shape->setup->measured ? tw_stopwatch_now_s() : 0;
}

double tw_measured_end(const struct tw_group *group, double began_s)
{
    return group->shape->setup->measured ? tw_stopwatch_since_s(began_s) : 0;
}

void tw_measured_divide(struct tw_record *record, int from, double seconds)
{
    int works = 0;
    for (int i = from; i < record->count; i++)
        works += record->items[i].type == TW_ITEM_WORK;
    for (int i = from; i < record->count; i++)
        if (record->items[i].type == TW_ITEM_WORK)
            record->items[i].measured_s = seconds / works;
}
