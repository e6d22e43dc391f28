/* All families' members in one table for the scenario room, which knows none of the other rooms. */
#include <stdlib.h>
#include "cli.h"
#include "compressor.h"
#include "../collective/schedule.h"
#include "../network/network.h"
#include "../train/feedback.h"
#include "../train/optimizer.h"
#include "../workload/workload.h"

static const struct tw_member *compressor_member(int i)
{
    return &tw_compressor_at(i, TW_FP32)->member;
}

static const struct tw_member *feedback_member(int i)
{
    return &tw_feedback_at(i, TW_FP32)->member;
}

static const struct tw_member *optimizer_member(int i)
{
    return &tw_optimizer_at(i, TW_FP32)->member;
}

static const struct tw_member *workload_member(int i)
{
    return &tw_workload_at(i, TW_FP32)->member;
}

static const struct tw_member *algorithm_member(int i)
{
    return &tw_algorithm_at(i)->member;
}

static const struct tw_member *executor_member(int i)
{
    return &tw_executor_at(i)->member;
}

static tw_status fill(struct tw_family *family, int count, const struct tw_member *(*at)(int))
{
    const struct tw_member **members = calloc((size_t)count + 1, sizeof *members);
    if (!members)
        return TW_MEMORY;
    for (int i = 0; i < count; i++)
        members[i] = at(i);
    family->members = members;
    family->count = count;
    return TW_OK;
}

/* Members are the same for both precisions, so the fp32 one can check for either. */
static tw_status check_workload(const struct tw_member *member, const void *params,
                                struct tw_err *err)
{
    const struct tw_workload *workload = tw_workload_find(member->name, TW_FP32);
    if (!workload)
        return tw_err_set(err, TW_UNKNOWN, "workload '%s' is unknown", member->name);
    return tw_workload_check(workload, params, err);
}

static int workload_file(const struct tw_member *member, const void *params, int i, char *path,
                         size_t size)
{
    const struct tw_workload *workload = tw_workload_find(member->name, TW_FP32);
    return workload ? tw_workload_data_file(workload, params, i, path, size) : 0;
}

tw_status tw_catalogue_make(struct tw_catalogue *catalogue)
{
    tw_status status = fill(&catalogue->compressors, tw_compressor_count(), compressor_member);
    if (!status)
        status = fill(&catalogue->feedbacks, tw_feedback_count(), feedback_member);
    if (!status)
        status = fill(&catalogue->optimizers, tw_optimizer_count(), optimizer_member);
    if (!status)
        status = fill(&catalogue->workloads, tw_workload_count(), workload_member);
    if (!status)
        status = fill(&catalogue->algorithms, tw_algorithm_count(), algorithm_member);
    if (!status)
        status = fill(&catalogue->executors, tw_executor_count(), executor_member);
    catalogue->check_workload = check_workload;
    catalogue->workload_file = workload_file;
    if (status)
        tw_catalogue_free(catalogue);
    return status;
}

void tw_catalogue_free(struct tw_catalogue *catalogue)
{
    struct tw_family *families[] = {&catalogue->compressors, &catalogue->feedbacks,
                                    &catalogue->optimizers,  &catalogue->workloads,
                                    &catalogue->algorithms,  &catalogue->executors};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        free((void *)families[i]->members);
        *families[i] = (struct tw_family){NULL, 0};
    }
}
