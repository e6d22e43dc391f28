/* Rules for single tensors: which compressor a tensor goes to, and the cut of buckets by it.
 *
 * The gain of a tensor of n values is (bytes of n values in the run's precision) / (bytes that one
 * rank contributes to the exchanges of all phases, by plan(), were the tensor compressed alone).
 * It counts what a rank gives, not what a schedule makes of it: a ratio of sizes as in
 * min_compression_rate of PyTorch's PowerSGD hook (torch/distributed/algorithms/ddp_comm_hooks).
 * O(tensors · rules). */
#include "shape.h"

#include <stdlib.h>

tw_status tw_rules_check(const struct tw_train_setup *setup, struct tw_err *err)
{
    const struct tw_member *feedback = &setup->feedback->member;
    for (int i = 0; i < setup->rule_count; i++) {
        const struct tw_compressor *compressor = setup->rules[i].compressor;
        if (compressor->precision != setup->precision)
            return tw_err_set(err, TW_INTERNAL, "members of another precision than the run's");
        if (feedback->needs & ~compressor->member.traits)
            return tw_err_set(err, TW_REFUSED,
                              "feedback %s cannot go with compressor %s, which a rule for tensors "
                              "names",
                              feedback->name, compressor->member.name);
    }
    return TW_OK;
}

/* One rank's bytes of a tensor that is compressed alone, the mean over the compressor's turns. */
static tw_status planned_B(const struct tw_shape *shape, const struct tw_tensor_rule *rule,
                           const struct tw_tensor *tensor, double *bytes, struct tw_err *err)
{
    struct tw_tensor alone = *tensor;
    alone.offset = 0;
    const struct tw_problem problem = {.precision = shape->setup->precision,
                                       .tensors = &alone,
                                       .tensor_count = 1,
                                       .dimension = tw_tensor_size(&alone),
                                       .ranks = shape->groups,
                                       .seed = shape->setup->seed,
                                       .repetition = shape->setup->repetition,
                                       .params = rule->params};
    int turns = tw_plan_turns(rule->compressor);
    tw_status status = TW_OK;
    for (int turn = 0; turn < turns && !status; turn++) {
        struct tw_plan plan = {0};
        status = tw_plan_problem(rule->compressor, &problem, (uint32_t)turn, &plan, err);
        for (int f = 0; f < plan.phase_count; f++)
            *bytes += (double)(plan.phases[f].count * tw_element_B(plan.phases[f].element)) / turns;
        tw_plan_free(&plan);
    }
    return status;
}

/* Index of the tensor's rule, −1 for none, rule_count for a tensor that stays dense. */
static tw_status choose(struct tw_shape *shape, const struct tw_tensor *tensor, int count,
                        int *chosen, struct tw_err *err)
{
    const struct tw_train_setup *setup = shape->setup;
    double bytes = 0;
    *chosen = -1;
    for (int i = 0; i < setup->rule_count && *chosen < 0; i++)
        if (tw_match_tensor(&setup->rules[i].match, tensor, count))
            *chosen = i;
    if (*chosen < 0 || setup->rules[*chosen].min_gain <= 0 || tw_tensor_size(tensor) == 0)
        return TW_OK;
    const struct tw_tensor_rule *rule = &setup->rules[*chosen];
    tw_status status = planned_B(shape, rule, tensor, &bytes, err);
    double dense_B = (double)tw_tensor_size(tensor) * shape->value_B;
    if (!status && dense_B < rule->min_gain * bytes)
        *chosen = setup->rule_count;
    shape->mistaken = status ? *chosen : shape->mistaken;
    return status;
}

/* A part of `from` with those tensors whose choice is `wanted`. */
static tw_status take_part(const struct tw_shape *shape, const struct tw_bucket *from,
                           const int *choices, int wanted, struct tw_bucket *part)
{
    const struct tw_train_setup *setup = shape->setup;
    *part = (struct tw_bucket){.number = from->number, .whole = from->whole};
    part->tensors = calloc((size_t)from->count, sizeof *part->tensors);
    part->source = calloc((size_t)from->count, sizeof *part->source);
    if (!part->tensors || !part->source)
        return TW_MEMORY;
    for (int i = 0; i < from->count; i++) {
        if (choices[i] != wanted)
            continue;
        struct tw_tensor *tensor = &part->tensors[part->count];
        *tensor = from->tensors[i];
        tensor->offset = part->dimension;
        part->source[part->count++] = from->source[i];
        part->dimension += tw_tensor_size(tensor);
    }
    if (wanted == setup->rule_count) {
        part->compressor = shape->dense;
        part->params = shape->dense_params;
    } else if (wanted >= 0) {
        part->compressor = setup->rules[wanted].compressor;
        part->params = setup->rules[wanted].params;
    }
    return TW_OK;
}

static int seen_before(const int *choices, int i)
{
    for (int j = 0; j < i; j++)
        if (choices[j] == choices[i])
            return 1;
    return 0;
}

/* Tensors without values go with the first that has some, so that no part is empty. */
static void settle_empty(const struct tw_bucket *bucket, int *choices)
{
    int first = 0;
    while (first < bucket->count - 1 && tw_tensor_size(&bucket->tensors[first]) == 0)
        first++;
    for (int i = 0; i < bucket->count; i++)
        if (tw_tensor_size(&bucket->tensors[i]) == 0)
            choices[i] = choices[first];
}

/* The parts of a bucket behind those of the cut. */
static tw_status cut_bucket(struct tw_shape *shape, const struct tw_bucket *bucket, int *choices,
                            int tensor_count, struct tw_cut *cut, struct tw_err *err)
{
    tw_status status = TW_OK;
    for (int i = 0; i < bucket->count && !status; i++)
        status = choose(shape, &bucket->tensors[i], tensor_count, &choices[i], err);
    settle_empty(bucket, choices);
    for (int i = 0; i < bucket->count && !status; i++)
        if (!seen_before(choices, i)) {
            status = take_part(shape, bucket, choices, choices[i], &cut->buckets[cut->count++]);
            if (status)
                tw_err_set(err, status, "no memory for the parts of a bucket");
        }
    return status;
}

tw_status tw_rules_cut(struct tw_shape *shape, int tensor_count, struct tw_err *err)
{
    struct tw_cut cut = {.whole = shape->cut.whole};
    int *choices = NULL;
    tw_status status = TW_OK;
    if (shape->setup->rule_count == 0 || tensor_count == 0)
        return TW_OK;
    cut.buckets = calloc((size_t)tensor_count + 1, sizeof *cut.buckets);
    choices = calloc((size_t)tensor_count, sizeof *choices);
    if (!cut.buckets || !choices) {
        status = tw_err_set(err, TW_MEMORY, "no memory for the parts of %d tensors", tensor_count);
        goto done;
    }
    for (int b = 0; b < shape->cut.count && !status; b++)
        status = cut_bucket(shape, &shape->cut.buckets[b], choices, tensor_count, &cut, err);
    if (!status) {
        struct tw_cut before = shape->cut;
        shape->cut = cut;
        cut = before;
    }
done:
    free(choices);
    tw_cut_free(&cut);
    return status;
}
