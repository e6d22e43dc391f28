/* Whether options go with tensors, before a run: every bucket's, as the run will open it, and the
 * model's as a whole, where a bucket may well be too small to compress and a model may not. */
#include "shape.h"

#include <stdio.h>
#include <stdlib.h>

/* Whose the part is: a rule's index, NO_RULE of the run's compressor, DENSE of what stays dense. */
enum { NO_RULE = -1, DENSE = -2 };

/* That a hint names. */
enum { TENSORS_NAMED = 8 };

static int rule_of(const struct tw_shape *shape, int part)
{
    const struct tw_bucket *bucket = &shape->cut.buckets[part];
    if (!bucket->compressor)
        return NO_RULE;
    for (int i = 0; i < shape->setup->rule_count; i++)
        if (bucket->params == shape->setup->rules[i].params)
            return i;
    return DENSE;
}

/* A workload without numbers goes with what has a plan. */
static tw_status check_part(const struct tw_shape *shape, int part, int stage, struct tw_err *err)
{
    const struct tw_compressor *ops = tw_shape_compressor(shape, part, 0);
    struct tw_problem problem = tw_shape_staged(shape, part, stage);
    struct tw_plan plan = {0};
    if (!(shape->setup->workload->member.traits & TW_SIZES_ONLY))
        return ops->check ? ops->check(&problem, err) : TW_OK;
    tw_status status = tw_plan_problem(ops, &problem, 0, &plan, err);
    tw_plan_free(&plan);
    return status;
}

/* All tensors that go to a rule's compressor, or to the run's, as one problem. */
static tw_status check_model(const struct tw_shape *shape, int rule, int stage, struct tw_err *err)
{
    struct tw_problem model = {0};
    const struct tw_compressor *ops = NULL;
    int room = 0;
    for (int p = 0; p < shape->cut.count; p++)
        room += shape->cut.buckets[p].count;
    struct tw_tensor *tensors = calloc((size_t)room + 1, sizeof *tensors);
    if (!tensors)
        return tw_err_set(err, TW_MEMORY, "no memory for %d tensors", room);
    int count = 0;
    uint64_t values = 0;
    for (int p = 0; p < shape->cut.count; p++) {
        if (rule_of(shape, p) != rule)
            continue;
        model = tw_shape_staged(shape, p, stage);
        ops = tw_shape_compressor(shape, p, 0);
        for (int t = 0; t < model.tensor_count; t++) {
            tensors[count] = model.tensors[t];
            tensors[count].offset = values;
            values += tw_tensor_size(&tensors[count++]);
        }
    }
    model.tensors = tensors;
    model.tensor_count = count;
    model.dimension = values;
    tw_status status = ops && ops->suits ? ops->suits(&model, err) : TW_OK;
    free(tensors);
    return status;
}

static tw_status check_shape(const struct tw_shape *shape, int rule, struct tw_err *err)
{
    int stages = rule == NO_RULE ? shape->setup->stages.count : 0;
    tw_status status = TW_OK;
    for (int s = 0; s <= stages && !status; s++) {
        for (int p = 0; p < shape->cut.count && !status; p++)
            if (rule_of(shape, p) == rule)
                status = check_part(shape, p, s, err);
        if (!status)
            status = check_model(shape, rule, s, err);
    }
    return status;
}

tw_status tw_train_check_options(const struct tw_train_setup *setup, int rule, struct tw_err *err)
{
    const struct tw_workload *source = setup->workload;
    struct tw_err elsewhere = {0}; /* mistakes that are not these options' */
    struct tw_shape shape = {.mistaken = NO_RULE};
    void *workload = NULL;
    if (source->member.traits & (TW_REAL_DATA | TW_RECORDED_DATA) && !source->tells_shapes)
        return TW_OK;
    if (tw_shape_open_tensors(setup, &workload, &elsewhere))
        return TW_OK;
    tw_status status = tw_shape_make(&shape, setup, workload, &elsewhere);
    if (!status)
        status = check_shape(&shape, rule, err);
    else if (status == TW_MEMORY || ((rule >= 0 || shape.unserved) && shape.mistaken == rule))
        *err = elsewhere;
    else
        status = TW_OK;
    tw_shape_free(&shape);
    source->close(workload);
    return status;
}

/* "fc1.weight, fc1.bias, … (6 tensors)" */
static void name_tensors(const struct tw_tensor *tensors, int count, char *text, size_t size)
{
    size_t length = 0;
    text[0] = 0;
    for (int t = 0; t < count && t < TENSORS_NAMED && length < size; t++)
        length +=
            (size_t)snprintf(text + length, size - length, "%s%s", t ? ", " : "", tensors[t].name);
    if (length < size)
        snprintf(text + length, size - length, "%s (%d tensors)",
                 count > TENSORS_NAMED ? ", …" : "", count);
}

static tw_status check_match(const struct tw_train_setup *setup, int rule,
                             const struct tw_tensor *tensors, int count, struct tw_err *err)
{
    int matched = 0, left = 0;
    char names[400];
    for (int t = 0; t < count; t++) {
        int first = 0;
        if (!tw_match_tensor(&setup->rules[rule].match, &tensors[t], count))
            continue;
        while (!tw_match_tensor(&setup->rules[first].match, &tensors[t], count))
            first++;
        matched++;
        left += first == rule;
    }
    if (left > 0 || count == 0)
        return TW_OK;
    if (matched > 0)
        return tw_err_set(err, TW_REFUSED,
                          "every tensor that this rule matches (%d) is taken by a rule before it",
                          matched);
    name_tensors(tensors, count, names, sizeof names);
    tw_err_set(err, TW_REFUSED, "this rule matches no tensor of workload %s",
               setup->workload->member.name);
    return tw_err_hint(err, TW_REFUSED, "there are: %s", names);
}

tw_status tw_train_check_match(const struct tw_train_setup *setup, int rule, struct tw_err *err)
{
    const struct tw_workload *source = setup->workload;
    struct tw_err elsewhere = {0};
    void *workload = NULL;
    int count = 0;
    if (rule < 0 || rule >= setup->rule_count ||
        (source->member.traits & (TW_REAL_DATA | TW_RECORDED_DATA) && !source->tells_shapes) ||
        tw_shape_open_tensors(setup, &workload, &elsewhere))
        return TW_OK;
    const struct tw_tensor *tensors = source->tensors(workload, &count);
    tw_status status = check_match(setup, rule, tensors, count, err);
    source->close(workload);
    return status;
}
