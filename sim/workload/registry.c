/* The table of workloads, made from list.def: a member that is not there stops the build. */
#include "workload.h"

#include <string.h>

#define TW_WORKLOAD(name) \
    extern const struct tw_workload tw_workload_##name##_f32, tw_workload_##name##_f64;
#include "list.def"
#undef TW_WORKLOAD

/* [member][precision] */
static const struct tw_workload *const members[][2] = {
#define TW_WORKLOAD(name) {&tw_workload_##name##_f32, &tw_workload_##name##_f64},
#include "list.def"
#undef TW_WORKLOAD
};

int tw_workload_count(void)
{
    return (int)(sizeof members / sizeof members[0]);
}

const struct tw_workload *tw_workload_at(int index, enum tw_precision precision)
{
    return members[index][precision];
}

const struct tw_workload *tw_workload_find(const char *name, enum tw_precision precision)
{
    for (int i = 0; i < tw_workload_count(); i++) {
        if (strcmp(members[i][precision]->member.name, name) == 0)
            return members[i][precision];
    }
    return NULL;
}

int tw_workload_data_file(const struct tw_workload *workload, const void *params, int i, char *path,
                          size_t size)
{
    return workload->data_file ? workload->data_file(params, i, path, size) : 0;
}

int tw_workload_sampled(const struct tw_workload *workload, const void *params)
{
    return workload->sampled ? workload->sampled(params) : 0;
}

tw_status tw_workload_check(const struct tw_workload *workload, const void *params,
                            struct tw_err *err)
{
    return workload->check ? workload->check(params, err) : TW_OK;
}
