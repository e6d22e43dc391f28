/* <workload>: what is trained, for how long, and what is measured on the way. */
#include "bind.h"

#include <stdio.h>
#include <string.h>

#define STEPS_MAX 1000000000U
#define BUCKET_MAX_B ((double)((uint64_t)1 << 50))
#define EVALUATE_DEFAULT 10

static uint32_t read_u32(const struct tw_bind *bind, const struct tw_node *element,
                         const char *attribute, uint64_t min, uint64_t max, uint32_t fallback)
{
    uint64_t value = fallback;
    (void)tw_bind_count(bind, element, attribute, min, max, &value);
    return (uint32_t)value;
}

/* A rule by name, else a size. */
static void read_bucket(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_workload *workload)
{
    static const char *const rules[] = {"", "ddp", "fsdp", "megatron"}; /* enum tw_bucket_rule */
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    double bucket_B = 0;
    if (tw_bind_text(bind, element, "bucket", &text) != TW_GIVEN)
        return;
    for (int i = 1; i < 4; i++)
        if (strcmp(text.text, rules[i]) == 0) {
            workload->bucket_rule = i;
            return;
        }
    if (!strpbrk(text.text, "0123456789")) {
        tw_err_set(&err, TW_UNKNOWN, "'%s' is neither a size nor a rule",
                   tw_report_short(text.text, shown));
        tw_err_hint(&err, TW_UNKNOWN, "25MiB, or ddp, fsdp, megatron");
        tw_bind_mistake(bind, &text, &err);
        return;
    }
    if (tw_bind_quantity(bind, element, "bucket", TW_UNIT_SIZE, TW_POSITIVE, &bucket_B) != TW_GIVEN)
        return;
    if (bucket_B < 4 || bucket_B > BUCKET_MAX_B)
        tw_report_at(bind->report, TW_ERROR, element,
                     "e.g. 25MiB, or ddp, fsdp, megatron; leave it out for one bucket",
                     "workload: a bucket must hold from 4B to 1PiB");
    else
        workload->bucket_B = (uint64_t)bucket_B;
}

static void read_numbers(const struct tw_bind *bind, const struct tw_node *element,
                         struct tw_bound_workload *workload)
{
    static const char *const precisions[] = {"fp32", "fp64"}; /* enum tw_precision */
    int precision = TW_FP32;
    (void)tw_bind_word(bind, element, "precision", precisions, 2, &precision);
    workload->precision = precision == 1 ? TW_FP64 : TW_FP32;
    workload->steps = read_u32(bind, element, "steps", 1, STEPS_MAX, 1);
    workload->batch = read_u32(bind, element, "batch", 1, 1U << 30, 32);
    read_bucket(bind, element, workload);
    tw_bind_compute(bind, tw_bind_single(bind, element, "compute"), &workload->shape);
    if (workload->shape.overlap && !tw_model_attribute(element, "bucket"))
        tw_report_at(bind->report, TW_WARNING, element, "bucket=\"ddp\", or a size",
                     "workload: one bucket of everything has no backward to overlap with");
    if ((uint64_t)workload->batch * workload->shape.accumulate > 1U << 30)
        tw_report_at(bind->report, TW_ERROR, element, "",
                     "workload: %u micro-batches of %u samples are more than 2^30",
                     workload->shape.accumulate, workload->batch);
}

/* <objective type=…/> or <gradient source=…/>, exactly one. */
static int read_source(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_bound_workload *workload)
{
    struct tw_err err = {0};
    const struct tw_node *objective = tw_bind_single(bind, element, "objective");
    const struct tw_node *gradient = tw_bind_single(bind, element, "gradient");
    const struct tw_node *source = objective ? objective : gradient;
    if (!source) {
        tw_report_at(bind->report, TW_ERROR, element,
                     "<objective type=…/> trains, <gradient source=…/> only exchanges",
                     "workload: neither an objective nor a gradient");
        return 0;
    }
    if (objective && gradient)
        tw_report_at(bind->report, TW_ERROR, gradient, "",
                     "workload: both an objective and a gradient");
    if (!tw_bind_choice(bind, source, objective ? "type" : "source", &bind->catalogue->workloads,
                        &workload->workload))
        return 0;
    if (bind->catalogue->check_workload &&
        bind->catalogue->check_workload(workload->workload.member, workload->workload.params,
                                        &err)) {
        tw_report_at(bind->report, TW_ERROR, source, err.hint, "%s %s: %s", source->name,
                     workload->workload.member->name, err.text);
        return 0;
    }
    return 1;
}

static void read_training(const struct tw_bind *bind, const struct tw_node *element,
                          struct tw_bound_workload *workload)
{
    const struct tw_member *member = workload->workload.member;
    int has_loss = member && (member->traits & TW_HAS_LOSS);
    const struct tw_node *optimizer = tw_bind_single(bind, element, "optimizer");
    const struct tw_node *target = tw_bind_single(bind, element, "target");
    workload->evaluate =
        read_u32(bind, element, "evaluate", 0, UINT32_MAX, has_loss ? EVALUATE_DEFAULT : 0);
    if (optimizer)
        (void)tw_bind_choice(bind, optimizer, "type", &bind->catalogue->optimizers,
                             &workload->optimizer);
    else if (has_loss)
        tw_report_at(bind->report, TW_ERROR, element, "<optimizer type=\"sgd\" rate=\"0.1\"/>",
                     "workload: '%s' has a loss, so it needs an optimizer", member->name);
    else
        (void)tw_bind_default(bind, element, NULL, &bind->catalogue->optimizers, "optimizer",
                              &workload->optimizer);
    if (!target)
        return;
    workload->has_target = tw_bind_quantity(bind, target, "loss", TW_UNIT_NUMBER, TW_ANY,
                                            &workload->target_loss) == TW_GIVEN;
    if (member && !has_loss)
        tw_report_at(bind->report, TW_ERROR, target, "",
                     "target: '%s' has no loss that could reach it", member->name);
    else if (member && workload->evaluate == 0)
        tw_report_at(bind->report, TW_ERROR, target, "workload evaluate=\"10\"",
                     "target: the loss is never evaluated");
}

void *tw_bind_workload(const struct tw_bind *bind, const struct tw_node *element)
{
    struct tw_bound_workload *workload = tw_bind_take(bind, sizeof *workload);
    if (!workload || !element)
        return workload;
    workload->element = element;
    read_numbers(bind, element, workload);
    if (!read_source(bind, element, workload))
        workload->workload.member = NULL; /* then what depends on it is not judged */
    else
        tw_bind_model_flops(bind, tw_model_child(element, "compute"), &workload->workload,
                            &workload->shape);
    read_training(bind, element, workload);
    return workload;
}
