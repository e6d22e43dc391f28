/* Driving one compressor for `thinwire bench`, and comparing it with what a device table predicts.
 */
#include "bench_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "bench.h"

#define NORMALS_AT_ONCE 512
#define NORMALS_APART (UINT64_C(1) << 20)

void tw_bench_normals(float *x, uint64_t n)
{
    struct tw_stream_key key = {1, 0, 0, 0, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    double drawn[NORMALS_AT_ONCE];
    tw_stream_open(&stream, &key);
    for (uint64_t i = 0; i < n; i++) {
        if (i >= NORMALS_APART) {
            x[i] = x[i - NORMALS_APART];
            continue;
        }
        if (i % NORMALS_AT_ONCE == 0)
            tw_stream_normals(&stream, drawn, NORMALS_AT_ONCE);
        x[i] = (float)drawn[i % NORMALS_AT_ONCE];
    }
}

static tw_status set_options(struct tw_bench_group *group, const struct tw_member *member,
                             const char *options, struct tw_err *err)
{
    char copy[128], *rest = copy, *word;
    snprintf(copy, sizeof copy, "%s", options);
    tw_status status =
        tw_options_defaults(member->options, member->option_count, group->params, err);
    while (status == TW_OK && (word = strsep(&rest, " ")) != NULL) {
        if (*word == '\0')
            continue;
        char *value = strchr(word, '=');
        if (!value)
            return tw_err_set(err, TW_INPUT, "bench: '%s' is no option", word);
        *value++ = '\0';
        status =
            tw_options_set(member->options, member->option_count, group->params, word, value, err);
    }
    return status;
}

tw_status tw_bench_group_open(struct tw_bench_group *group, const char *compressor,
                              const char *options, int ranks, uint64_t rows, uint64_t n,
                              const float *x, struct tw_err *err)
{
    const struct tw_compressor *ops = tw_compressor_find(compressor, TW_FP32);
    memset(group, 0, sizeof *group);
    if (!ops || ranks > TW_BENCH_RANKS)
        return tw_err_set(err, TW_INTERNAL, "bench: no compressor %s on %d ranks", compressor,
                          ranks);
    group->x = x;
    group->tensor = (struct tw_tensor){.rows = rows, .columns = n / rows};
    struct tw_problem problem = {.precision = TW_FP32,
                                 .tensors = &group->tensor,
                                 .tensor_count = 1,
                                 .dimension = n,
                                 .ranks = ranks,
                                 .params = group->params};
    tw_status status = set_options(group, &ops->member, options, err);
    if (status == TW_OK)
        status = tw_transport_memory(&group->transport, ranks, err);
    if (status == TW_OK)
        status = tw_instance_open(&group->instance, ops, &problem, 0, ranks, err);
    if (status != TW_OK)
        tw_bench_group_close(group);
    return status;
}

void tw_bench_group_close(struct tw_bench_group *group)
{
    if (group->instance.ops)
        tw_instance_close(&group->instance);
    if (group->transport.close)
        group->transport.close(&group->transport);
    tw_work_free(&group->work);
    memset(group, 0, sizeof *group);
}

static tw_status local(struct tw_bench_group *group, int rank, int phase, int personal)
{
    struct tw_instance *instance = &group->instance;
    return instance->ops->local(instance->shared, instance->own[rank], rank, phase, group->x,
                                personal ? &group->inboxes[rank] : NULL, &group->requests[rank],
                                &group->work);
}

tw_status tw_bench_group_local(struct tw_bench_group *group)
{
    tw_work_clear(&group->work);
    if (group->instance.ops->begin)
        group->instance.ops->begin(group->instance.shared, 0);
    return local(group, 0, 0, 0);
}

tw_status tw_bench_group_exchange(struct tw_bench_group *group, struct tw_err *err)
{
    struct tw_instance *instance = &group->instance;
    tw_status status = TW_OK;
    int personal = 0;
    if (instance->ops->begin)
        instance->ops->begin(instance->shared, 0);
    for (int p = 0; status == TW_OK && p < instance->ops->phases(&instance->problem); p++) {
        struct tw_answer answer;
        for (int r = 0; status == TW_OK && r < instance->mine; r++)
            status = local(group, r, p, personal);
        personal = group->requests[0].kind == TW_ALL_TO_ALL ||
                   group->requests[0].kind == TW_REDUCE_SCATTER;
        if (status == TW_OK)
            status = group->transport.exchange(&group->transport, group->requests, &answer,
                                               group->inboxes, err);
        if (status == TW_OK && !personal)
            status = instance->ops->digest(instance->shared, p, &answer, &group->work);
    }
    return status;
}

void tw_bench_group_mean(struct tw_bench_group *group, float *out)
{
    tw_work_clear(&group->work);
    group->instance.ops->mean(group->instance.shared, out, &group->work);
}

/* ---- whole compressors ---- */

#define WHOLE_ROWS 2048U
#define WHOLE_COLUMNS 2048U

struct whole_run {
    struct tw_bench_group group;
    float *x, *y;
    double exchange_s; /* not the compressor's: taken off */
    tw_status status;
};

/* One step of one rank: begin, local, digest, mean, own. The exchange of one rank is a copy. */
static void run_whole(void *context)
{
    struct whole_run *run = context;
    struct tw_instance *instance = &run->group.instance;
    tw_work_clear(&run->group.work);
    run->status = tw_bench_group_exchange(&run->group, NULL);
    if (run->status != TW_OK)
        return;
    instance->ops->mean(instance->shared, run->y, &run->group.work);
    instance->ops->own(instance->shared, instance->own[0], 0, -1.0, run->y, &run->group.work);
}

static void run_exchanges(void *context)
{
    struct whole_run *run = context;
    struct tw_bench_group *group = &run->group;
    struct tw_answer answer;
    run->status = group->transport.exchange(&group->transport, group->requests, &answer,
                                            group->inboxes, NULL);
}

static tw_status predict(const struct tw_device *device, const struct tw_work *work,
                         double *seconds)
{
    tw_status status = work->failed ? TW_MEMORY : TW_OK;
    *seconds = 0;
    for (int i = 0; status == TW_OK && i < work->count; i++) {
        double item_s = 0;
        status = tw_device_seconds(device, &work->items[i], &item_s);
        *seconds += item_s;
    }
    return status;
}

tw_status tw_bench_compressor(const struct tw_bench_effort *effort, const struct tw_device *device,
                              struct tw_bench_whole *whole, struct tw_err *err)
{
    uint64_t n = (uint64_t)WHOLE_ROWS * WHOLE_COLUMNS;
    struct whole_run run = {.x = malloc(n * sizeof(float)), .y = calloc(n, sizeof(float))};
    tw_status status = TW_MEMORY;
    if (!run.x || !run.y) {
        tw_err_set(err, TW_MEMORY, "bench: no memory for %s", whole->compressor);
        goto done;
    }
    tw_bench_normals(run.x, n);
    status = tw_bench_group_open(&run.group, whole->compressor, whole->options, 1, WHOLE_ROWS, n,
                                 run.x, err);
    if (status != TW_OK)
        goto done;
    double measured_s = tw_bench_seconds(effort, run_whole, &run), before_s = whole->measured_s;
    status = run.status;
    if (status == TW_OK)
        status = predict(device, &run.group.work, &whole->predicted_s);
    if (status == TW_OK) {
        measured_s -= tw_bench_seconds(effort, run_exchanges, &run);
        whole->measured_s = before_s > 0 && before_s < measured_s ? before_s : measured_s;
        status = run.status;
    }
done:
    tw_bench_group_close(&run.group);
    free(run.x);
    free(run.y);
    return status;
}
