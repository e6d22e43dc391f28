/* Legality, cut, problems and memory of a run. */
#include "shape.h"
#include "inside.h"
#include "sample.h"
#include "server.h"
#include "shard.h"
#include "stream.h"

#include <string.h>

static tw_status check_setup(const struct tw_train_setup *setup, struct tw_err *err)
{
    if (setup->ranks < 1)
        return tw_err_set(err, TW_RANGE, "%d ranks", setup->ranks);
    if (setup->island < 1 || setup->ranks % setup->island != 0)
        return tw_err_set(err, TW_RANGE, "islands of %d ranks do not divide %d ranks",
                          setup->island, setup->ranks);
    if (setup->workload->precision != setup->precision ||
        setup->compressor->precision != setup->precision ||
        setup->feedback->precision != setup->precision ||
        setup->optimizer->precision != setup->precision)
        return tw_err_set(err, TW_INTERNAL, "members of another precision than the run's");
    const struct tw_member *feedback = &setup->feedback->member;
    const uint32_t missing = feedback->needs & ~setup->compressor->member.traits;
    if (missing)
        return tw_err_set(err, TW_REFUSED, "feedback %s cannot go with compressor %s, %s",
                          feedback->name, setup->compressor->member.name,
                          missing & TW_AVERAGES_OWN
                              ? "whose mean is not the average of what its ranks keep"
                              : "which does not compress the mean as it compresses ranks (linear)");
    if (setup->stages.count < 0 || setup->stages.count > TW_STAGES_MAX ||
        (setup->stages.count > 0 && setup->stages.steps == 0))
        return tw_err_set(err, TW_RANGE, "%d stages of %u steps", setup->stages.count,
                          setup->stages.steps);
    tw_status status = tw_rules_check(setup, err);
    if (!status)
        status = tw_server_check(setup, err);
    if (!status)
        status = tw_shard_check(setup, err);
    if (!status)
        status = tw_inside_check(setup, err);
    if (!status && setup->optimizer->check)
        status = setup->optimizer->check(setup->optimizer_params, err);
    return status;
}

static tw_status open_workload(const struct tw_train_setup *setup, int shapes_only, void **workload,
                               struct tw_err *err)
{
    tw_status status = check_setup(setup, err);
    if (status)
        return status;
    const struct tw_workload_setup inner = {.precision = setup->precision,
                                            .ranks = setup->ranks,
                                            .batch = setup->batch,
                                            .steps = setup->steps,
                                            .seed = setup->seed,
                                            .repetition = setup->repetition,
                                            .params = setup->workload_params,
                                            .shapes_only = shapes_only};
    return setup->workload->open(&inner, workload, err);
}

tw_status tw_shape_open_workload(const struct tw_train_setup *setup, void **workload,
                                 struct tw_err *err)
{
    return open_workload(setup, 0, workload, err);
}

tw_status tw_shape_open_tensors(const struct tw_train_setup *setup, void **workload,
                                struct tw_err *err)
{
    return open_workload(setup, setup->workload->tells_shapes, workload, err);
}

/* A dense step sends x as it is: `none` in the run's own precision, whatever the method sends. */
static tw_status find_stand_in(struct tw_shape *shape, struct tw_err *err)
{
    shape->dense = tw_compressor_find("none", shape->setup->precision);
    if (!shape->dense)
        return tw_err_set(err, TW_INTERNAL, "there is no compressor none for dense steps");
    const struct tw_member *member = &shape->dense->member;
    return tw_options_defaults(member->options, member->option_count, shape->dense_params, err);
}

/* How the model is cut: into one bucket where a compressor chooses over all of it. */
static struct tw_cut_rule cut_rule(const struct tw_train_setup *setup)
{
    const struct tw_compressor *ops = setup->compressor;
    int whole = ops->whole && ops->whole(setup->compressor_params);
    for (int s = 0; s < setup->stages.count; s++)
        whole |= ops->whole && ops->whole(setup->stages.params[s]);
    for (int i = 0; i < setup->rule_count; i++) {
        const struct tw_tensor_rule *rule = &setup->rules[i];
        whole |= rule->compressor->whole && rule->compressor->whole(rule->params);
    }
    if (whole)
        return (struct tw_cut_rule){TW_BUCKET_SIZE, 0, setup->ranks};
    return (struct tw_cut_rule){setup->bucket_rule, setup->bucket_B, setup->ranks};
}

tw_status tw_shape_make(struct tw_shape *shape, const struct tw_train_setup *setup,
                        const void *workload, struct tw_err *err)
{
    tw_status status;
    *shape = (struct tw_shape){.setup = setup,
                               .mistaken = -1,
                               .groups = setup->ranks / setup->island,
                               .mine = tw_sample_groups(setup),
                               .value_B = tw_precision_B(setup->precision)};
    shape->dimension = setup->workload->dimension(workload);
    shape->dense_steps = setup->feedback->dense_steps(setup->feedback_params);
    status = find_stand_in(shape, err);
    if (status)
        return status;
    int count;
    const struct tw_tensor *tensors = setup->workload->tensors(workload, &count);
    const struct tw_cut_rule rule = cut_rule(setup);
    status = tw_sample_check(setup, err);
    if (status)
        return status;
    status = tw_cut_make(&shape->cut, tensors, count, &rule, err);
    if (status)
        return status;
    uint64_t values = 0;
    for (int b = 0; b < shape->cut.count; b++)
        values += shape->cut.buckets[b].dimension;
    if (values != shape->dimension)
        return tw_err_set(err, TW_INTERNAL, "the tensors of workload %s do not fill its vector",
                          setup->workload->member.name);
    status = tw_rules_cut(shape, count, err);
    return status ? status : tw_server_check_shape(shape, err);
}

const struct tw_compressor *tw_shape_compressor(const struct tw_shape *shape, int part, int dense)
{
    const struct tw_compressor *own = shape->cut.buckets[part].compressor;
    return dense ? shape->dense : own ? own : shape->setup->compressor;
}

int tw_shape_begins(const struct tw_shape *shape, int part)
{
    const struct tw_bucket *parts = shape->cut.buckets;
    return part == 0 || parts[part - 1].number != parts[part].number;
}

int tw_shape_ends(const struct tw_shape *shape, int part)
{
    return part == shape->cut.count - 1 || tw_shape_begins(shape, part + 1);
}

void tw_shape_free(struct tw_shape *shape)
{
    tw_cut_free(&shape->cut);
}

struct tw_problem tw_shape_problem(const struct tw_shape *shape, int part, int dense)
{
    const struct tw_train_setup *setup = shape->setup;
    const struct tw_bucket *bucket = &shape->cut.buckets[part];
    const void *params = bucket->compressor ? bucket->params : setup->compressor_params;
    return (struct tw_problem){.precision = setup->precision,
                               .tensors = bucket->tensors,
                               .tensor_count = bucket->count,
                               .dimension = bucket->dimension,
                               .ranks = shape->groups,
                               .seed = setup->seed,
                               .repetition = setup->repetition,
                               .params = dense ? shape->dense_params : params};
}

int tw_shape_stage(const struct tw_shape *shape, uint32_t step)
{
    const struct tw_stages *stages = &shape->setup->stages;
    if (stages->count == 0 || step / stages->steps >= (uint32_t)stages->count)
        return stages->count;
    return (int)(step / stages->steps);
}

int tw_shape_is_staged(const struct tw_shape *shape, int part)
{
    return shape->setup->stages.count > 0 && !shape->cut.buckets[part].compressor;
}

struct tw_problem tw_shape_staged(const struct tw_shape *shape, int part, int stage)
{
    struct tw_problem problem = tw_shape_problem(shape, part, 0);
    if (tw_shape_is_staged(shape, part) && stage < shape->setup->stages.count)
        problem.params = shape->setup->stages.params[stage];
    return problem;
}

struct tw_feedback_step tw_shape_step(const struct tw_shape *shape, uint32_t step, uint64_t count)
{
    const struct tw_train_setup *setup = shape->setup;
    return (struct tw_feedback_step){.step = step,
                                     .rate = setup->optimizer->rate(setup->optimizer_params, step),
                                     .dense = step < shape->dense_steps,
                                     .count = count,
                                     .params = setup->feedback_params};
}

/* Bytes of a compressor's state of one bucket, with `ranks` ranks' own states, in the stage that
 * needs most. */
static uint64_t bucket_state_B(const struct tw_shape *shape, int bucket, int dense, uint64_t ranks)
{
    const struct tw_compressor *ops = tw_shape_compressor(shape, bucket, dense);
    int stages = dense || !tw_shape_is_staged(shape, bucket) ? 0 : shape->setup->stages.count;
    uint64_t most = 0;
    for (int s = 0; s <= stages; s++) {
        struct tw_problem problem =
            dense ? tw_shape_problem(shape, bucket, 1) : tw_shape_staged(shape, bucket, s);
        size_t shared_B = 0, rank_B = 0;
        ops->sizes(&problem, &shared_B, &rank_B);
        uint64_t bytes = shared_B + ranks * rank_B;
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* The same over all buckets. */
static uint64_t state_B(const struct tw_shape *shape, int dense, uint64_t ranks)
{
    uint64_t sum = 0;
    for (int b = 0; b < shape->cut.count && (!dense || shape->dense_steps > 0); b++)
        sum += bucket_state_B(shape, b, dense, ranks);
    return sum;
}

int tw_shape_needs_sum(const struct tw_train_setup *setup)
{
    return setup->evaluate || setup->feedback->report;
}

uint64_t tw_shape_rank_B(const struct tw_shape *shape)
{
    const struct tw_train_setup *setup = shape->setup;
    uint64_t own = 2 + (uint64_t)setup->feedback->shared_vectors +
                   (uint64_t)setup->optimizer->vectors(setup->optimizer_params);
    uint64_t shared = (setup->feedback->in_place ? 0 : 1) +
                      (uint64_t)setup->feedback->rank_vectors +
                      (uint64_t)setup->feedback->copies * (uint64_t)shape->groups;
    uint64_t method = state_B(shape, 0, 1), dense = state_B(shape, 1, 1);
    if (setup->sharding.stage != TW_SHARD_NONE)
        return tw_shard_rank_B(shape, method > dense ? method : dense);
    uint64_t vector_B = shape->value_B * shape->dimension, island = (uint64_t)setup->island;
    uint64_t island_B = shared * vector_B + (method > dense ? method : dense) + tw_server_B(shape);
    return own * vector_B + tw_inside_rank_B(shape) + (island_B + island - 1) / island;
}

/* Bytes of the largest answers: transports keep merged partials apart from all others. */
struct answers {
    uint64_t plain_B, merged_B;
};

static void take_larger(uint64_t *most, uint64_t bytes)
{
    *most = bytes > *most ? bytes : *most;
}

static void add_planned(const struct tw_plan *plan, uint64_t ranks, struct answers *most)
{
    for (int f = 0; f < plan->phase_count; f++) {
        const struct tw_plan_phase *phase = &plan->phases[f];
        uint64_t bytes = phase->count * tw_element_B(phase->element);
        if (phase->kind == TW_MERGE)
            take_larger(&most->merged_B, 2 * ranks * bytes);
        else
            take_larger(&most->plain_B, phase->kind == TW_SUM || phase->kind == TW_BROADCAST
                                            ? bytes
                                            : ranks * bytes);
    }
}

/* Without a plan: every value of every rank with a 4-byte index, the most that a sparse message
 * says. A merging rank has two partials: what it holds, and what it merges into. */
static void add_answers(const struct tw_shape *shape, const struct tw_compressor *ops,
                        struct tw_problem problem, struct answers *most)
{
    uint64_t ranks = (uint64_t)problem.ranks;
    for (int turn = 0; turn < tw_plan_turns(ops); turn++) {
        struct tw_plan plan = {0};
        if (ops->plan && tw_plan_step(ops, &problem, (uint32_t)turn, &plan) == TW_OK) {
            add_planned(&plan, ranks, most);
        } else {
            uint64_t bytes = ranks * problem.dimension * (shape->value_B + sizeof(uint32_t));
            take_larger(ops->merge ? &most->merged_B : &most->plain_B,
                        (ops->merge ? 2 : 1) * bytes);
        }
        tw_plan_free(&plan);
    }
}

uint64_t tw_shape_optimizer_vectors(const struct tw_shape *shape)
{
    const struct tw_train_setup *setup = shape->setup;
    return shape->streamed ? 0 : (uint64_t)setup->optimizer->vectors(setup->optimizer_params);
}

uint64_t tw_shape_x_vectors(const struct tw_shape *shape)
{
    const struct tw_feedback *feedback = shape->setup->feedback;
    return feedback->in_place ? 0 : feedback->again ? 1 : (uint64_t)shape->mine;
}

static uint64_t held_B(const struct tw_shape *shape)
{
    const struct tw_train_setup *setup = shape->setup;
    uint64_t ranks = (uint64_t)shape->mine;
    struct answers most = {0, 0};
    uint64_t shared = (shape->streamed ? 2 : 3) + (uint64_t)tw_shard_rounds(setup) +
                      (uint64_t)setup->feedback->shared_vectors + tw_shape_optimizer_vectors(shape);
    uint64_t of_ranks = tw_shape_x_vectors(shape) + ranks * (uint64_t)setup->feedback->rank_vectors;
    uint64_t bytes = (shared + of_ranks) * shape->value_B * shape->dimension;
    bytes += tw_shape_needs_sum(setup) ? sizeof(double) * shape->dimension : 0;
    bytes += setup->island > 1 ? sizeof(double) * shape->dimension : 0;
    bytes += tw_inside_scratch_B(shape) + tw_shard_scratch_B(shape);
    bytes += state_B(shape, 0, ranks) + state_B(shape, 1, ranks) + tw_server_B(shape);
    for (int b = 0; b < shape->cut.count; b++) {
        const struct tw_compressor *ops = tw_shape_compressor(shape, b, 0);
        for (int s = tw_shape_is_staged(shape, b) ? 0 : setup->stages.count;
             s <= setup->stages.count; s++)
            add_answers(shape, ops, tw_shape_staged(shape, b, s), &most);
        if (shape->dense_steps > 0)
            add_answers(shape, shape->dense, tw_shape_problem(shape, b, 1), &most);
    }
    return bytes + most.plain_B + most.merged_B;
}

uint64_t tw_shape_process_B(const struct tw_shape *shape)
{
    uint64_t most = 0;
    if (shape->setup->workload->member.traits & TW_SIZES_ONLY)
        return 0;
    if (!tw_stream_suits(shape))
        return held_B(shape);
    for (int part = 0; part < shape->cut.count;) {
        struct tw_shape bucket = tw_stream_bucket(shape, part);
        take_larger(&most, held_B(&bucket));
        part += bucket.cut.count;
    }
    return most;
}

tw_status tw_train_check_sharding(const struct tw_train_setup *setup, struct tw_err *err)
{
    return tw_shard_check(setup, err);
}

tw_status tw_train_memory(const struct tw_train_setup *setup, uint64_t *bytes, struct tw_err *err)
{
    void *workload = NULL;
    struct tw_shape shape = {0};
    tw_status status = tw_shape_open_workload(setup, &workload, err);
    if (!status)
        status = tw_shape_make(&shape, setup, workload, err);
    if (!status)
        *bytes = tw_shape_process_B(&shape);
    tw_shape_free(&shape);
    setup->workload->close(workload);
    return status;
}
