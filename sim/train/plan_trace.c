/* The trace of a run without numbers: plan() of the compressor per bucket, and the callbacks of
 * feedback and optimizer asked only what they would run. Items are those of step.c, in its order;
 * a test compares the two for every compressor and rule. */
#include "choice.h"
#include "inside.h"
#include "server.h"
#include "shard.h"

#include <stdlib.h>

static void add_work(struct tw_work *to, const struct tw_work *from)
{
    for (int i = 0; i < from->count; i++)
        tw_work_add(to, from->items[i].kernel, from->items[i].elements, from->items[i].selected);
}

/* own() as a plan knows it. */
static void add_planned_own(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    (void)scale;
    (void)y;
    add_work(work, own->context);
}

struct planner {
    const struct tw_shape *shape;
    /* One per part of a bucket and turn of its compressor: part · TW_TURNS_MAX + turn. */
    struct tw_plan *methods[TW_STAGES_MAX + 1], *servers[TW_STAGES_MAX + 1]; /* by stage */
    struct tw_plan *dense;                                                   /* of the stand-ins */
    int phases_before;           /* phases of the bucket's parts before this one */
    struct tw_request *requests; /* one per rank, all equal */
    struct tw_work work;
    struct tw_record record;
};

tw_status tw_plan_problem(const struct tw_compressor *ops, const struct tw_problem *problem,
                          uint32_t step, struct tw_plan *plan, struct tw_err *err)
{
    if (!ops->plan)
        return tw_err_set(err, TW_REFUSED,
                          "compressor %s sends bytes that depend on the data: it needs numbers, "
                          "not sizes alone",
                          ops->member.name);
    tw_status status = ops->check ? ops->check(problem, err) : TW_OK;
    if (status)
        return status;
    status = tw_plan_step(ops, problem, step, plan);
    if (status == TW_REFUSED)
        return tw_err_set(err, status,
                          "with these options the bytes of compressor %s depend on the data: it "
                          "needs numbers, not sizes alone",
                          ops->member.name);
    return status ? tw_err_set(err, status, "the plan of compressor %s: %s", ops->member.name,
                               tw_status_text(status))
                  : TW_OK;
}

enum planned { METHOD, DENSE, SERVERS };

static tw_status make_plans(const struct tw_shape *shape, enum planned planned, int stage,
                            struct tw_plan **plans, struct tw_err *err)
{
    tw_status status = TW_OK;
    *plans = calloc((size_t)shape->cut.count + 1, TW_TURNS_MAX * sizeof **plans);
    if (!*plans)
        return tw_err_set(err, TW_MEMORY, "no memory for %d plans", shape->cut.count);
    for (int b = 0; b < shape->cut.count && !status; b++) {
        struct tw_problem problem = planned == SERVERS ? tw_server_problem(shape, b, stage)
                                    : planned == DENSE ? tw_shape_problem(shape, b, 1)
                                                       : tw_shape_staged(shape, b, stage);
        const struct tw_compressor *ops = tw_shape_compressor(shape, b, planned == DENSE);
        for (int turn = 0; turn < tw_plan_turns(ops) && !status; turn++)
            status = tw_plan_problem(ops, &problem, (uint32_t)turn,
                                     &(*plans)[b * TW_TURNS_MAX + turn], err);
    }
    return status;
}

static void free_plans(struct tw_plan *plans, int count)
{
    for (int i = 0; plans && i < count * TW_TURNS_MAX; i++)
        tw_plan_free(&plans[i]);
    free(plans);
}

/* Records planner->work, then clears it. */
static tw_status record_own_work(struct planner *planner, int bucket, int phase,
                                 enum tw_stage stage)
{
    tw_status status = tw_record_work(&planner->record, bucket, phase, stage, -1, &planner->work);
    tw_work_clear(&planner->work);
    return status;
}

/* The root's work differs from the others': then every rank has items of its own. */
static tw_status record_local(struct planner *planner, const struct tw_plan_phase *phase,
                              int bucket, int f, int root)
{
    int ranks = planner->shape->groups, apart = phase->rooted && ranks > 1;
    tw_status status = TW_OK;
    for (int r = 0; !status && r < (apart ? ranks : 1); r++)
        status = tw_record_work(&planner->record, bucket, f, TW_STAGE_METHOD, apart ? r : -1,
                                phase->rooted && r == root ? &phase->root_local : &phase->local);
    return status;
}

/* Every partial has phase->count elements; then the work of as many merges as each rank does. */
static tw_status record_merge(struct planner *planner, const struct tw_plan_phase *phase,
                              int bucket, int f)
{
    int ranks = planner->shape->groups, equal = 1;
    const struct tw_algorithm *merge = tw_shape_merge(planner->shape);
    uint64_t first = 0, merges = 0;
    tw_status status = tw_record_merge(&planner->record, bucket, f, merge, phase->element,
                                       &phase->count, 1, ranks);
    if (!status)
        status = tw_schedule_merges(merge, ranks, 0, &first);
    for (int r = 1; r < ranks && !status && equal; r++) {
        status = tw_schedule_merges(merge, ranks, r, &merges);
        equal = merges == first;
    }
    for (int r = 0; r < (equal ? 1 : ranks) && !status; r++) {
        status = tw_schedule_merges(merge, ranks, r, &merges);
        for (; merges > 0 && !status; merges--)
            status = tw_record_work(&planner->record, bucket, f, TW_STAGE_METHOD, equal ? -1 : r,
                                    &phase->merge);
    }
    return status;
}

static tw_status record_phase(struct planner *planner, const struct tw_plan_phase *phase, int part,
                              int f, uint32_t step)
{
    int ranks = planner->shape->groups, bucket = planner->shape->cut.buckets[part].number;
    int root = phase->rooted ? (int)(step % (uint32_t)ranks) : 0;
    for (int r = 0; r < ranks; r++)
        planner->requests[r] = (struct tw_request){.kind = phase->kind,
                                                   .element = phase->element,
                                                   .combine = phase->combine,
                                                   .count = phase->count,
                                                   .root = root};
    const struct tw_shape *shape = planner->shape;
    const struct tw_compressor *compressor =
        tw_shape_compressor(shape, part, step < shape->dense_steps);
    const int served = tw_server_takes(shape, step);
    tw_status status = record_local(planner, phase, bucket, f, root);
    if (!status && f == planner->phases_before && planner->shape->setup->feedback->tries)
        status = record_local(planner, phase, bucket, f, root);
    int from = planner->record.count;
    if (!status)
        status = phase->kind == TW_MERGE ? record_merge(planner, phase, bucket, f)
                 : served
                     ? tw_server_record_up(&planner->record, bucket, f, planner->requests, ranks)
                     : tw_record_exchange(&planner->record, bucket, f, planner->requests, ranks);
    tw_shard_scatter(shape, compressor, &planner->record, from);
    if (!status)
        status = tw_record_work(&planner->record, bucket, f, TW_STAGE_METHOD, served ? 0 : -1,
                                &phase->digest);
    return status;
}

static const struct tw_plan *of_turn(const struct tw_shape *shape, const struct tw_plan *plans,
                                     int part, uint32_t step)
{
    int dense = step < shape->dense_steps;
    uint32_t turns = (uint32_t)tw_plan_turns(tw_shape_compressor(shape, part, dense));
    return &plans[part * TW_TURNS_MAX + (int)(step % turns)];
}

/* What the server does: server.c, in its order. */
static tw_status record_server(struct planner *planner, int part, uint32_t step)
{
    const struct tw_shape *shape = planner->shape;
    const struct tw_feedback *feedback = shape->setup->feedback;
    const struct tw_plan *plan =
        of_turn(shape, planner->servers[tw_shape_stage(shape, step)], part, step);
    const struct tw_plan_phase *phase = &plan->phases[0];
    struct tw_feedback_step at = tw_shape_step(shape, step, shape->cut.buckets[part].dimension);
    struct tw_own own = {add_planned_own, &plan->own};
    struct tw_work decode = {0};
    int bucket = shape->cut.buckets[part].number, down = planner->phases_before + 1;
    feedback->before(&at, NULL, NULL, NULL, &planner->work);
    add_work(&planner->work, &phase->local);
    add_work(&decode, &phase->digest);
    add_work(&decode, &plan->mean);
    tw_status status =
        tw_record_work(&planner->record, bucket, down, TW_STAGE_METHOD, 0, &planner->work);
    if (!status)
        status = tw_server_record_down(&planner->record, bucket, down, phase->element, phase->count,
                                       shape->groups);
    if (!status)
        status = tw_record_work(&planner->record, bucket, down, TW_STAGE_METHOD, -1, &decode);
    tw_work_clear(&planner->work);
    feedback->after(&at, NULL, NULL, &own, NULL, &planner->work);
    if (!status)
        status = tw_record_work(&planner->record, bucket, down, TW_STAGE_METHOD, 0, &planner->work);
    tw_work_clear(&planner->work);
    tw_work_free(&decode);
    return status;
}

static const struct tw_plan *plan_of(const struct planner *planner, int part, uint32_t step)
{
    const struct tw_shape *shape = planner->shape;
    return of_turn(shape,
                   step < shape->dense_steps ? planner->dense
                                             : planner->methods[tw_shape_stage(shape, step)],
                   part, step);
}

static int last_phase(const struct tw_plan *plan)
{
    return plan->phase_count > 0 ? plan->phase_count - 1 : 0;
}

/* The phases of a part follow those of the parts of its bucket before it. */
static tw_status record_method(struct planner *planner, int part, uint32_t step)
{
    const struct tw_shape *shape = planner->shape;
    const struct tw_feedback *feedback = shape->setup->feedback;
    const struct tw_plan *plan = plan_of(planner, part, step);
    const struct tw_bucket *piece = &shape->cut.buckets[part];
    struct tw_feedback_step at = tw_shape_step(shape, step, piece->dimension);
    int bucket = piece->number, first = planner->phases_before, last = first + last_phase(plan);
    int told_from = planner->record.count;
    feedback->before(&at, NULL, NULL, NULL, &planner->work);
    tw_status status = record_own_work(planner, bucket, first, TW_STAGE_METHOD);
    for (int f = 0; !status && f < plan->phase_count; f++)
        status = record_phase(planner, &plan->phases[f], part, first + f, step);
    if (!status)
        status = tw_choice_record(shape, step, bucket, last, told_from, &planner->record, NULL);
    int from = planner->record.count;
    if (!status)
        status = tw_record_work(&planner->record, bucket, last, TW_STAGE_METHOD,
                                tw_server_takes(shape, step) ? 0 : -1, &plan->mean);
    tw_shard_cut_mean(shape, tw_shape_compressor(shape, part, step < shape->dense_steps), part,
                      &planner->record, from);
    if (status)
        return status;
    struct tw_own own = {add_planned_own, &plan->own};
    feedback->after(&at, NULL, NULL, &own, NULL, &planner->work);
    status = record_own_work(planner, bucket, last, TW_STAGE_METHOD);
    if (!status && tw_server_takes(shape, step))
        status = record_server(planner, part, step);
    if (status || !feedback->report)
        return status;
    tw_work_add(&planner->work, TW_KERNEL_ADD, (uint64_t)shape->groups * at.count, 0);
    return record_own_work(planner, bucket, last, TW_STAGE_METHOD);
}

static tw_status record_part(struct planner *planner, int part, uint32_t step)
{
    const struct tw_shape *shape = planner->shape;
    int last = last_phase(plan_of(planner, part, step)) + tw_server_takes(shape, step);
    tw_status status = TW_OK;
    if (tw_shape_begins(shape, part)) {
        planner->phases_before = 0;
        status = tw_inside_record(shape, part, TW_ITEM_REDUCE_INSIDE, 0, &planner->record);
    }
    if (!status)
        status = record_method(planner, part, step);
    if (!status && tw_shape_ends(shape, part))
        status = tw_inside_record(shape, part, TW_ITEM_SPREAD_INSIDE, planner->phases_before + last,
                                  &planner->record);
    planner->phases_before += last + 1;
    return status;
}

tw_status tw_plan_update(const struct tw_shape *shape, uint32_t step, struct tw_record *record)
{
    const struct tw_train_setup *setup = shape->setup;
    struct tw_feedback_step at = tw_shape_step(shape, step, shape->dimension);
    struct tw_work work = {0};
    setup->feedback->direction(&at, NULL, NULL, &work);
    tw_status status = tw_record_work(record, -1, 0, TW_STAGE_METHOD, -1, &work);
    tw_work_clear(&work);
    if (!status) {
        setup->optimizer->update(setup->optimizer_params, step, NULL, NULL, NULL, shape->dimension,
                                 &work);
        status = tw_record_work(record, -1, 0, TW_STAGE_UPDATE, -1, &work);
    }
    tw_work_free(&work);
    return status;
}

static tw_status record_step(struct planner *planner, uint32_t step)
{
    const struct tw_shape *shape = planner->shape;
    tw_status status = tw_shard_record_before(shape, &planner->record);
    for (int b = 0; b < shape->cut.count && !status; b++)
        status = record_part(planner, b, step);
    if (status)
        return status;
    int from = planner->record.count;
    status = tw_plan_update(shape, step, &planner->record);
    return status ? status : tw_shard_record_after(shape, &planner->record, from);
}

tw_status tw_plan_trace(const struct tw_shape *shape, struct tw_trace *trace, struct tw_err *err)
{
    struct planner planner = {.shape = shape};
    int stages = shape->setup->stages.count;
    tw_status status = TW_OK;
    for (int s = 0; s <= stages && !status; s++) {
        status = make_plans(shape, METHOD, s, &planner.methods[s], err);
        if (!status && shape->setup->feedback->server)
            status = make_plans(shape, SERVERS, s, &planner.servers[s], err);
    }
    if (!status && shape->dense_steps > 0)
        status = make_plans(shape, DENSE, stages, &planner.dense, err);
    if (status)
        goto done;
    planner.requests = calloc((size_t)shape->groups, sizeof *planner.requests);
    status = planner.requests ? TW_OK : TW_MEMORY;
    for (uint32_t t = 0; !status && t < shape->setup->steps; t++) {
        tw_record_clear(&planner.record);
        status = record_step(&planner, t);
        if (!status)
            status = tw_trace_append(trace, &planner.record);
    }
    if (status)
        status = tw_err_set(err, status, "recording planned steps: %s", tw_status_text(status));
done:
    tw_record_free(&planner.record);
    tw_work_free(&planner.work);
    free(planner.requests);
    free_plans(planner.dense, shape->cut.count);
    for (int s = 0; s <= stages; s++) {
        free_plans(planner.methods[s], shape->cut.count);
        free_plans(planner.servers[s], shape->cut.count);
    }
    return status;
}
