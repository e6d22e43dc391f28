/* The server of rules that compress the mean again, as DoubleSqueeze does (arXiv 1905.05957).
 *
 * It is rank 0. What ranks contribute goes to it alone; it decodes, averages, runs the rule's own
 * before() and after() with its memory, compresses as one rank, and broadcasts its message, which
 * every rank decodes. Numbers are those of one process, so nothing travels here: the exchanges are
 * recorded and the time plane prices them. A compressor fits whose only exchange is a SUM or a
 * GATHER: then a rank's message says all of C(x) to one who knows the shared draws. Where ranks
 * agree on scales or indices first, a message to a server would not. O(N·d) per bucket. */
#include "server.h"

#include <stdlib.h>

enum { SERVER = 0, DOWN = 1, VECTORS_MAX = 4 };

int tw_server_takes(const struct tw_shape *shape, uint32_t step)
{
    return shape->setup->feedback->server && step >= shape->dense_steps;
}

static const uint32_t plain = 1U << TW_SUM | 1U << TW_GATHER;

static tw_status refuse(const struct tw_train_setup *setup, const struct tw_compressor *ops,
                        struct tw_err *err)
{
    tw_err_set(err, TW_REFUSED,
               "feedback %s cannot go with compressor %s, whose exchange is more than one message "
               "of each rank to a server",
               setup->feedback->member.name, ops->member.name);
    return tw_err_hint(err, TW_REFUSED, "a compressor of one all-gather or one all-reduce: topk");
}

tw_status tw_server_check(const struct tw_train_setup *setup, struct tw_err *err)
{
    if (!setup->feedback->server)
        return TW_OK;
    if (setup->sharding.stage != TW_SHARD_NONE)
        return tw_err_set(err, TW_REFUSED, "feedback %s sends to one server, and sharding has none",
                          setup->feedback->member.name);
    return setup->compressor->member.requests & ~plain ? refuse(setup, setup->compressor, err)
                                                       : TW_OK;
}

/* The rule whose compressor a part has; -1: the run's own. */
static int rule_of(const struct tw_shape *shape, int part)
{
    const struct tw_bucket *bucket = &shape->cut.buckets[part];
    for (int i = 0; bucket->compressor && i < shape->setup->rule_count; i++)
        if (bucket->params == shape->setup->rules[i].params)
            return i;
    return -1;
}

tw_status tw_server_check_shape(struct tw_shape *shape, struct tw_err *err)
{
    const struct tw_train_setup *setup = shape->setup;
    for (int b = 0; setup->feedback->server && b < shape->cut.count; b++)
        for (int s = 0; s <= setup->stages.count; s++) {
            const struct tw_compressor *ops = tw_shape_compressor(shape, b, 0);
            struct tw_problem problem = tw_shape_staged(shape, b, s);
            if (ops->member.requests & ~plain || ops->phases(&problem) > 1) {
                shape->unserved = 1;
                shape->mistaken = rule_of(shape, b);
                return refuse(setup, ops, err);
            }
        }
    return TW_OK;
}

struct tw_problem tw_server_problem(const struct tw_shape *shape, int bucket, int stage)
{
    struct tw_problem problem = tw_shape_staged(shape, bucket, stage);
    problem.ranks = 1;
    problem.repetition |= UINT32_C(1) << 31; /* else its draws would be those of rank 0 */
    return problem;
}

uint64_t tw_server_B(const struct tw_shape *shape)
{
    uint64_t sum = 0;
    for (int b = 0; shape->setup->feedback->server && b < shape->cut.count; b++) {
        uint64_t most = 0;
        for (int s = 0; s <= shape->setup->stages.count; s++) {
            struct tw_problem problem = tw_server_problem(shape, b, s);
            size_t shared_B = 0, rank_B = 0;
            tw_shape_compressor(shape, b, 0)->sizes(&problem, &shared_B, &rank_B);
            most = shared_B + rank_B > most ? shared_B + rank_B : most;
        }
        sum += most;
    }
    return sum;
}

tw_status tw_server_open(struct tw_group *group, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    if (!shape->setup->feedback->server)
        return TW_OK;
    group->server = calloc((size_t)shape->cut.count + 1, sizeof *group->server);
    if (!group->server)
        return tw_err_set(err, TW_MEMORY, "no memory for %d compressors", shape->cut.count);
    tw_status status = TW_OK;
    for (int b = 0; b < shape->cut.count && !status; b++)
        status = tw_server_reopen(group, b, err);
    return status;
}

tw_status tw_server_reopen(struct tw_group *group, int bucket, struct tw_err *err)
{
    if (!group->server)
        return TW_OK;
    struct tw_problem problem = tw_server_problem(group->shape, bucket, group->stage);
    tw_instance_close(&group->server[bucket]);
    return tw_instance_open(&group->server[bucket], tw_shape_compressor(group->shape, bucket, 0),
                            &problem, 0, 1, err);
}

void tw_server_close(struct tw_group *group)
{
    for (int b = 0; group->server && b < group->shape->cut.count; b++)
        tw_instance_close(&group->server[b]);
    free(group->server);
    group->server = NULL;
}

tw_status tw_server_record_up(struct tw_record *record, int bucket, int phase,
                              const struct tw_request *requests, int ranks)
{
    const size_t each = (size_t)ranks;
    struct tw_request *messages = malloc(each * sizeof *messages);
    uint64_t *counts = calloc(each * each, sizeof *counts);
    tw_status status = messages && counts ? TW_OK : TW_MEMORY;
    for (size_t r = 0; !status && r < each; r++) {
        counts[r * each + SERVER] = requests[r].count;
        messages[r] = (struct tw_request){.kind = TW_ALL_TO_ALL,
                                          .element = requests[r].element,
                                          .count = requests[r].count,
                                          .counts = &counts[r * each]};
    }
    if (!status)
        status = tw_record_exchange(record, bucket, phase, messages, ranks);
    free(counts);
    free(messages);
    return status;
}

tw_status tw_server_record_down(struct tw_record *record, int bucket, int phase,
                                enum tw_element element, uint64_t count, int ranks)
{
    struct tw_request *messages = calloc((size_t)ranks, sizeof *messages);
    if (!messages)
        return TW_MEMORY;
    for (int r = 0; r < ranks; r++)
        messages[r] = (struct tw_request){
            .kind = TW_BROADCAST, .element = element, .count = count, .root = SERVER};
    tw_status status = tw_record_exchange(record, bucket, phase, messages, ranks);
    free(messages);
    return status;
}

static void add_own(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    const struct tw_instance *instance = own->context;
    instance->ops->own(instance->shared, instance->own[0], 0, scale, y, work);
}

static tw_status record_down_work(struct tw_group *group, int part, int rank, struct tw_err *err)
{
    if (tw_record_work(&group->record, tw_group_bucket(group, part), tw_group_phase(group, DOWN),
                       TW_STAGE_METHOD, rank, &group->shared_work))
        return tw_err_set(err, TW_MEMORY, "no memory to record the work of a step");
    return TW_OK;
}

/* Compresses y, records its message, and leaves in `mean` what every rank decodes of it. */
static tw_status send_down(struct tw_group *group, int bucket, const void *y, void *mean,
                           struct tw_err *err)
{
    const struct tw_instance *instance = &group->server[bucket];
    const struct tw_compressor *ops = instance->ops;
    struct tw_work *work = &group->shared_work;
    struct tw_request request = {0};
    tw_status status =
        ops->local(instance->shared, instance->own[0], 0, 0, y, NULL, &request, work);
    if (status)
        return tw_group_compressor_failed(instance, DOWN, status, err);
    status = record_down_work(group, bucket, SERVER, err);
    if (status)
        return status;
    if (tw_server_record_down(&group->record, tw_group_bucket(group, bucket),
                              tw_group_phase(group, DOWN), request.element, request.count,
                              group->shape->groups))
        return tw_err_set(err, TW_MEMORY, "no memory to record what a server sends");
    const uint64_t starts[2] = {0, request.count};
    struct tw_answer answer = {.kind = request.kind,
                               .element = request.element,
                               .ranks = 1,
                               .count = request.count,
                               .data = request.data,
                               .starts = request.kind == TW_GATHER ? starts : NULL};
    tw_work_clear(work);
    status = ops->digest(instance->shared, 0, &answer, work);
    if (status)
        return tw_group_compressor_failed(instance, DOWN, status, err);
    ops->mean(instance->shared, mean, work);
    return record_down_work(group, bucket, -1, err);
}

tw_status tw_server_exchange(struct tw_group *group, int bucket, uint32_t step, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    const struct tw_feedback *feedback = shape->setup->feedback;
    const struct tw_instance *instance = &group->server[bucket];
    struct tw_feedback_step at = tw_shape_step(shape, step, shape->cut.buckets[bucket].dimension);
    unsigned char *mean = group->mean + group->starts[bucket] * shape->value_B;
    void *memory[VECTORS_MAX];
    for (int v = 0; v <= feedback->rank_vectors && v < VECTORS_MAX; v++)
        memory[v] = group->server_memory +
                    ((uint64_t)v * shape->dimension + group->starts[bucket]) * shape->value_B;
    void *y = memory[feedback->rank_vectors];
    tw_work_clear(&group->shared_work);
    feedback->before(&at, memory, mean, y, &group->shared_work);
    if (instance->ops->begin)
        instance->ops->begin(instance->shared, step);
    tw_status status = send_down(group, bucket, y, mean, err);
    if (status)
        return status;
    struct tw_own own = {add_own, instance};
    tw_work_clear(&group->shared_work);
    feedback->after(&at, memory, y, &own, mean, &group->shared_work);
    return record_down_work(group, bucket, SERVER, err);
}
