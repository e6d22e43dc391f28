/* A whole run: steps, evaluations, and the end of a run that diverges. */
#include "train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shard.h"
#include "stream.h"
#include "train_group.h"

#define RESERVE_MAX 1048576U /* entries made room for before the first step */

/* Room for the steps and rows to come, so that the loop allocates nothing for them. */
static tw_status reserve(const struct tw_train_setup *setup, struct tw_run *run)
{
    uint32_t steps = setup->steps < RESERVE_MAX ? setup->steps : RESERVE_MAX;
    uint32_t rows = setup->evaluate ? steps / setup->evaluate + 2 : 0;
    run->trace.step_record = calloc((size_t)steps + 1, sizeof *run->trace.step_record);
    run->curve = calloc((size_t)rows + 1, sizeof *run->curve);
    if (!run->trace.step_record || !run->curve)
        return TW_MEMORY;
    run->trace.step_capacity = steps + 1;
    run->curve_capacity = (int)rows + 1;
    return TW_OK;
}

static tw_status add_row(struct tw_run *run, const struct tw_curve_row *row)
{
    if (run->curve_count == run->curve_capacity) {
        int capacity = 2 * run->curve_capacity;
        struct tw_curve_row *curve = realloc(run->curve, (size_t)capacity * sizeof *curve);
        if (!curve)
            return TW_MEMORY;
        run->curve = curve;
        run->curve_capacity = capacity;
    }
    run->curve[run->curve_count++] = *row;
    return TW_OK;
}

/* What is to be known of the weights before `step`; the gradient's norm comes from elsewhere. */
static tw_status evaluate(struct tw_group *group, void *workload, uint32_t step,
                          struct tw_curve_row *row, struct tw_err *err)
{
    const struct tw_workload *ops = group->shape->setup->workload;
    uint32_t traits = ops->member.traits;
    *row = (struct tw_curve_row){step, NAN, NAN, NAN, NAN};
    if (traits & TW_HAS_LOSS) {
        double loss, accuracy;
        tw_status status = ops->loss(workload, group->forward, &loss, &accuracy, err);
        if (status)
            return status;
        row->loss = loss;
        row->accuracy = traits & TW_HAS_ACCURACY ? accuracy : NAN;
    }
    if ((traits & TW_HAS_OPTIMUM) && ops->distance)
        row->distance = ops->distance(workload, group->forward);
    return TW_OK;
}

static int loss_is_gone(const struct tw_group *group, const struct tw_curve_row *row)
{
    return (group->shape->setup->workload->member.traits & TW_HAS_LOSS) && !isfinite(row->loss);
}

static void diverge(struct tw_run *run, uint32_t step)
{
    run->diverged = 1;
    run->diverged_step = step;
}

/* Evaluates if `step` is due, then does the step. Ends with run->diverged set when it must. */
static tw_status one_step(struct tw_group *group, void *workload, uint32_t step, struct tw_run *run,
                          struct tw_err *err)
{
    const struct tw_train_setup *setup = group->shape->setup;
    int due = setup->evaluate && step % setup->evaluate == 0;
    struct tw_curve_row row = {.gradient_norm2 = NAN};
    tw_status status = due ? evaluate(group, workload, step, &row, err) : TW_OK;
    if (status)
        return status;
    if (due && loss_is_gone(group, &row)) {
        diverge(run, step);
        return add_row(run, &row);
    }
    double norm2 = NAN;
    status = tw_step_run(group, workload, step, due, &norm2, err);
    if (status == TW_DIVERGED) { /* before any update: the step does not count */
        diverge(run, step);
        *err = (struct tw_err){0};
        return due ? add_row(run, &row) : TW_OK;
    }
    if (status)
        return status;
    row.gradient_norm2 = norm2;
    status = due ? add_row(run, &row) : TW_OK;
    if (!status)
        status = tw_trace_append(&run->trace, &group->record);
    if (!status && !group->vectors->finite(group->forward, group->shape->dimension))
        diverge(run, step + 1);
    return status;
}

/* A recording has no gradient beyond its last step, so no norm there either. */
static tw_status last_row(struct tw_group *group, void *workload, struct tw_run *run,
                          struct tw_err *err)
{
    uint32_t step = group->shape->setup->steps;
    struct tw_curve_row row;
    tw_status status = evaluate(group, workload, step, &row, err);
    if (status)
        return status;
    if (loss_is_gone(group, &row))
        diverge(run, step);
    else if (!(group->shape->setup->workload->member.traits & TW_RECORDED_DATA))
        status = tw_step_measure(group, workload, step, &row.gradient_norm2, err);
    return status ? status : add_row(run, &row);
}

static tw_status run_steps(const struct tw_shape *shape, void *workload, struct tw_run *run,
                           struct tw_err *err)
{
    const struct tw_train_setup *setup = shape->setup;
    struct tw_group group = {0};
    tw_status status = reserve(setup, run);
    if (!status)
        status = tw_group_open(&group, shape, err);
    if (!status) {
        setup->workload->start(workload, group.weights);
        tw_shard_spread(&group);
    }
    for (uint32_t t = 0; !status && !run->diverged && t < setup->steps; t++)
        status = one_step(&group, workload, t, run, err);
    if (!status && !run->diverged && setup->evaluate)
        status = last_row(&group, workload, run, err);
    tw_group_close(&group);
    return status;
}

/* Which tensor is in which bucket; ids count in layer order. */
static tw_status list_tensors(const struct tw_shape *shape, struct tw_trace *trace)
{
    int count = 0;
    for (int b = 0; b < shape->cut.count; b++)
        count += shape->cut.buckets[b].count;
    trace->tensors = calloc((size_t)count + 1, sizeof *trace->tensors);
    if (!trace->tensors)
        return TW_MEMORY;
    trace->tensor_count = count;
    for (int b = 0; b < shape->cut.count; b++)
        for (int i = 0; i < shape->cut.buckets[b].count; i++) {
            const struct tw_tensor *tensor = &shape->cut.buckets[b].tensors[i];
            if (tensor->id >= (uint32_t)count)
                return TW_INTERNAL;
            struct tw_trace_tensor *listed = &trace->tensors[tensor->id];
            memcpy(listed->name, tensor->name, sizeof listed->name);
            listed->values = tw_tensor_size(tensor);
            listed->bucket = shape->cut.buckets[b].number;
        }
    return TW_OK;
}

/* planned: only the trace, from plan(), whatever the workload. */
static tw_status run_whole(const struct tw_train_setup *setup, int planned, struct tw_run *run,
                           struct tw_err *err)
{
    void *workload = NULL;
    struct tw_shape shape = {0};
    tw_status status = planned ? tw_shape_open_tensors(setup, &workload, err)
                               : tw_shape_open_workload(setup, &workload, err);
    if (!status)
        status = tw_shape_make(&shape, setup, workload, err);
    if (status)
        goto done;
    run->trace.ranks = setup->ranks / setup->island;
    run->trace.island = setup->island;
    run->trace.buckets = shape.cut.whole;
    run->trace.dimension = shape.dimension;
    run->trace.memory_B_per_rank = tw_shape_rank_B(&shape);
    status = list_tensors(&shape, &run->trace);
    if (status) {
        tw_err_set(err, status, "listing the tensors of workload %s: %s",
                   setup->workload->member.name, tw_status_text(status));
        goto done;
    }
    if (planned)
        status = tw_plan_trace(&shape, &run->trace, err);
    else if (tw_stream_suits(&shape))
        status = tw_stream_run(&shape, workload, run, err);
    else
        status = run_steps(&shape, workload, run, err);
    if (status == TW_MEMORY && err && err->status == TW_OK)
        status = tw_err_set(err, status, "no memory for the run");
done:
    tw_shape_free(&shape);
    setup->workload->close(workload);
    return status;
}

tw_status tw_train(const struct tw_train_setup *setup, struct tw_run *run, struct tw_err *err)
{
    tw_status status = setup->measured ? tw_train_check_measured(setup, err) : TW_OK;
    return status
               ? status
               : run_whole(setup, (setup->workload->member.traits & TW_SIZES_ONLY) != 0, run, err);
}

tw_status tw_train_plan(const struct tw_train_setup *setup, struct tw_run *run, struct tw_err *err)
{
    return run_whole(setup, 1, run, err);
}
