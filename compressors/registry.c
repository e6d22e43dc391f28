/* The list of compressors, counts of kept values, and instances that hold their own state. */
#include <stdlib.h>
#include <string.h>
#include "compressor.h"

#define DECLARE(name) \
    extern const struct tw_compressor tw_compressor_##name##_f32, tw_compressor_##name##_f64;
#define TW_COMPRESSOR(name) DECLARE(name)
#include "list.def"
#undef TW_COMPRESSOR

#define TW_COMPRESSOR(name) {&tw_compressor_##name##_f32, &tw_compressor_##name##_f64},
static const struct tw_compressor *const members[][2] = {
#include "list.def"
};
#undef TW_COMPRESSOR

int tw_compressor_count(void)
{
    return (int)(sizeof members / sizeof *members);
}

const struct tw_compressor *tw_compressor_at(int index, enum tw_precision precision)
{
    return members[index][precision == TW_FP64];
}

const struct tw_compressor *tw_compressor_find(const char *name, enum tw_precision precision)
{
    for (int i = 0; i < tw_compressor_count(); i++)
        if (strcmp(members[i][0]->member.name, name) == 0)
            return tw_compressor_at(i, precision);
    return NULL;
}

int tw_plan_turns(const struct tw_compressor *ops)
{
    return ops->plan_turn ? ops->turns : 1;
}

tw_status tw_plan_step(const struct tw_compressor *ops, const struct tw_problem *problem,
                       uint32_t step, struct tw_plan *plan)
{
    if (!ops->plan_turn)
        return ops->plan(problem, plan);
    return ops->plan_turn(problem, (int)(step % (uint32_t)ops->turns), plan);
}

tw_status tw_plan_open(struct tw_plan *plan, int phases)
{
    plan->phases = calloc((size_t)phases, sizeof *plan->phases);
    if (!plan->phases)
        return TW_MEMORY;
    plan->phase_count = phases;
    return TW_OK;
}

void tw_plan_free(struct tw_plan *plan)
{
    for (int i = 0; i < plan->phase_count; i++) {
        tw_work_free(&plan->phases[i].local);
        tw_work_free(&plan->phases[i].root_local);
        tw_work_free(&plan->phases[i].digest);
        tw_work_free(&plan->phases[i].merge);
    }
    tw_work_free(&plan->mean);
    tw_work_free(&plan->own);
    free(plan->phases);
    memset(plan, 0, sizeof *plan);
}

static uint64_t clamp_count(double count, uint64_t of)
{
    if (of == 0)
        return 0;
    if (!(count >= 1.0))
        return 1;
    return count >= (double)of ? of : (uint64_t)count;
}

/* Whole parts by conversion, not by libm: counts stay far below 2^53. */
uint64_t tw_count_floor(double share, uint64_t of)
{
    return clamp_count(share * (double)of + 1e-9, of);
}

uint64_t tw_count_ceil(double share, uint64_t of)
{
    double exact = share * (double)of - 1e-9;
    uint64_t whole = clamp_count(exact, of);
    return whole < of && (double)whole < exact ? whole + 1 : whole;
}

/* Tensors must tile 0 … dimension−1 in order: every member walks them so. */
static tw_status check_problem(const struct tw_problem *problem, int first, int mine,
                               struct tw_err *err)
{
    uint64_t end = 0;
    for (int t = 0; t < problem->tensor_count; t++) {
        if (problem->tensors[t].offset != end)
            return tw_err_set(err, TW_INTERNAL, "tensor %d of a bucket starts at %llu, not %llu", t,
                              (unsigned long long)problem->tensors[t].offset,
                              (unsigned long long)end);
        end += tw_tensor_size(&problem->tensors[t]);
    }
    if (end != problem->dimension)
        return tw_err_set(err, TW_INTERNAL, "a bucket's tensors hold %llu values, not %llu",
                          (unsigned long long)end, (unsigned long long)problem->dimension);
    if (problem->ranks < 1 || first < 0 || mine < 0 || first + mine > problem->ranks)
        return tw_err_set(err, TW_INTERNAL, "ranks %d to %d of %d", first, first + mine - 1,
                          problem->ranks);
    return TW_OK;
}

static void *allocate_state(size_t size)
{
    size_t rounded = (size + 64U) & ~(size_t)63U;
    void *block = aligned_alloc(64, rounded);
    if (block)
        memset(block, 0, rounded);
    return block;
}

static tw_status allocate(struct tw_instance *instance, struct tw_err *err)
{
    const struct tw_compressor *ops = instance->ops;
    ops->sizes(&instance->problem, &instance->shared_B, &instance->rank_B);
    instance->shared = allocate_state(instance->shared_B);
    instance->own = calloc((size_t)instance->mine + 1, sizeof *instance->own);
    int whole = instance->shared && instance->own;
    for (int i = 0; whole && i < instance->mine; i++) {
        instance->own[i] = allocate_state(instance->rank_B);
        whole = instance->own[i] != NULL;
    }
    if (whole)
        return TW_OK;
    return tw_err_set(err, TW_MEMORY, "%s needs %zu bytes and %zu for each of %d ranks",
                      ops->member.name, instance->shared_B, instance->rank_B, instance->mine);
}

static void release(struct tw_instance *instance)
{
    for (int i = 0; instance->own && i < instance->mine; i++)
        free(instance->own[i]);
    free(instance->own);
    free(instance->shared);
    memset(instance, 0, sizeof *instance);
}

tw_status tw_instance_open(struct tw_instance *instance, const struct tw_compressor *ops,
                           const struct tw_problem *problem, int first, int mine,
                           struct tw_err *err)
{
    memset(instance, 0, sizeof *instance);
    tw_status status = check_problem(problem, first, mine, err);
    if (status == TW_OK && ops->check)
        status = ops->check(problem, err);
    if (status != TW_OK)
        return status;
    instance->ops = ops;
    instance->problem = *problem;
    instance->first = first;
    instance->mine = mine;
    status = allocate(instance, err);
    if (status != TW_OK) {
        release(instance);
        return status;
    }
    ops->open(&instance->problem, instance->shared);
    for (int i = 0; i < mine; i++)
        ops->open_rank(&instance->problem, instance->shared, instance->own[i], first + i);
    return TW_OK;
}

void tw_instance_close(struct tw_instance *instance)
{
    if (instance->shared && instance->ops->close)
        instance->ops->close(instance->shared);
    release(instance);
}
