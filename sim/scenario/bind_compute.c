/* <compute>: how long a rank computes, and what of its step runs beside what. */
#include "bind.h"

#include <stdlib.h>
#include <string.h>

#define ACCUMULATE_MAX 1000000
#define STREAMS_MAX 4
#define SEQUENCE_MAX ((uint64_t)1 << 20)

static const char *const of_overlap[] = {"slowdown", "compress", "streams"};

static void read_overlap(const struct tw_bind *bind, const struct tw_node *element,
                         struct tw_step_shape *shape)
{
    static const char *const overlaps[] = {"no", "bucket"}, *const places[] = {"inline", "beside"};
    struct tw_err err = {0};
    struct tw_text text;
    uint64_t streams = 1;
    (void)tw_bind_word(bind, element, "overlap", overlaps, 2, &shape->overlap);
    (void)tw_bind_word(bind, element, "compress", places, 2, &shape->beside);
    (void)tw_bind_count(bind, element, "streams", 1, STREAMS_MAX, &streams);
    shape->streams = (uint32_t)streams;
    if (tw_bind_quantity(bind, element, "slowdown", TW_UNIT_NUMBER, TW_POSITIVE,
                         &shape->slowdown) == TW_GIVEN &&
        shape->slowdown < 1 && tw_bind_text(bind, element, "slowdown", &text) == TW_GIVEN) {
        tw_err_set(&err, TW_RANGE, "'%s' is below 1", text.text);
        tw_err_hint(&err, TW_RANGE, "1.1: the backward takes 1.1 times as long; default 1");
        tw_bind_mistake(bind, &text, &err);
        shape->slowdown = 1;
    }
    for (int i = 0; element && i < 3; i++)
        if (tw_model_attribute(element, of_overlap[i]) && !tw_model_attribute(element, "overlap"))
            tw_report_at(bind->report, TW_ERROR, element, "overlap=\"bucket\"",
                         "compute: attribute %s says how a step overlaps, but overlap is missing",
                         of_overlap[i]);
}

void tw_bind_jitter(const struct tw_bind *bind, const struct tw_node *element, const char *name,
                    struct tw_jitter *jitter)
{
    static const char *const kinds[] = {"lognormal", "gamma", "uniform"}; /* enum tw_jitter_kind */
    struct tw_err err = {0};
    struct tw_text text;
    int kind = 0;
    (void)tw_bind_word(bind, element, name, kinds, 3, &kind);
    jitter->kind = (enum tw_jitter_kind)kind;
    if (tw_bind_quantity(bind, element, "cv", TW_UNIT_NUMBER, TW_NOT_NEGATIVE, &jitter->cv) !=
            TW_GIVEN ||
        tw_bind_text(bind, element, "cv", &text) != TW_GIVEN)
        return;
    double most = kind == TW_JITTER_UNIFORM ? TW_JITTER_UNIFORM_MAX : 10;
    if (jitter->cv > most) {
        tw_err_set(&err, TW_RANGE, "'%s' is more than %g", text.text, most);
        tw_err_hint(&err, TW_RANGE, "a standard deviation, of a mean of 1: 0 to %g", most);
        tw_bind_mistake(bind, &text, &err);
    }
}

static void read_layers(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_step_shape *shape)
{
    struct tw_err err = {0};
    struct tw_text text;
    if (tw_bind_text(bind, element, "layers", &text) != TW_GIVEN)
        return;
    const char *file = tw_bind_file(bind, &text);
    if (!file)
        return;
    shape->layers_file = file;
    tw_status status = tw_layers_read(file, bind->pool, &shape->layers, &shape->layer_count, &err);
    if (status == TW_MEMORY)
        bind->report->memory = 1;
    else if (status && err.line > 0)
        tw_report_add(bind->report, TW_ERROR, &err);
    else if (status)
        tw_bind_mistake(bind, &text, &err);
    for (int i = 0; i < shape->layer_count; i++) {
        shape->forward_s += shape->layers[i].forward_s;
        shape->backward_s += shape->layers[i].backward_s;
    }
}

/* flops= as a number, or "model" and what goes with it; the model's own come with the workload. */
static void read_flops(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_step_shape *shape)
{
    static const char *const only[] = {"efficiency", "sequence"};
    struct tw_err err = {0};
    struct tw_text text;
    int given = tw_bind_text(bind, element, "flops", &text) == TW_GIVEN;
    shape->model_flops = given && strcmp(text.text, "model") == 0;
    if (given && !shape->model_flops)
        (void)tw_bind_quantity(bind, element, "flops", TW_UNIT_SPEED, TW_POSITIVE, &shape->flops);
    if (tw_bind_quantity(bind, element, "efficiency", TW_UNIT_NUMBER, TW_POSITIVE,
                         &shape->efficiency) == TW_GIVEN &&
        shape->efficiency > 1 && tw_bind_text(bind, element, "efficiency", &text) == TW_GIVEN) {
        tw_err_set(&err, TW_RANGE, "'%s' is more than 1", text.text);
        tw_err_hint(&err, TW_RANGE, "0.4: training reaches 40 %% of the device's flops; default 1");
        tw_bind_mistake(bind, &text, &err);
    }
    (void)tw_bind_count(bind, element, "sequence", 1, SEQUENCE_MAX, &shape->sequence);
    for (int i = 0; i < 2; i++)
        if (tw_model_attribute(element, only[i]) && !(i ? shape->model_flops : given))
            tw_report_at(bind->report, TW_ERROR, element, "flops=\"model\"",
                         "compute: attribute %s says how flops are counted, but flops%s is missing",
                         only[i], i ? "=\"model\"" : "");
}

void tw_bind_model_flops(const struct tw_bind *bind, const struct tw_node *element,
                         const struct tw_choice *workload, struct tw_step_shape *shape)
{
    struct tw_layer_time *list = NULL, *kept;
    struct tw_err err = {0};
    int count = 0;
    if (!shape->model_flops || !bind->catalogue->model_flops)
        return;
    if (bind->catalogue->model_flops(workload->member, workload->params, shape->sequence, &list,
                                     &count, &err)) {
        tw_report_at(bind->report, TW_ERROR, element, err.hint, "compute: attribute flops: %s",
                     err.text);
        return;
    }
    kept = tw_bind_take(bind, (size_t)count * sizeof *kept);
    for (int i = 0; kept && i < count; i++) {
        kept[i] = list[i];
        shape->flops += list[i].forward_s;
    }
    shape->layers = kept;
    shape->layer_count = kept ? count : 0;
    free(list);
}

void tw_bind_compute(const struct tw_bind *bind, const struct tw_node *element,
                     struct tw_step_shape *shape)
{
    uint64_t accumulate = 1;
    *shape = (struct tw_step_shape){
        .accumulate = 1, .streams = 1, .slowdown = 1, .efficiency = 1, .layers_file = ""};
    if (!element)
        return;
    int seconds = tw_model_attribute(element, "forward") || tw_model_attribute(element, "backward");
    int layers = tw_model_attribute(element, "layers") != NULL;
    int flops = tw_model_attribute(element, "flops") != NULL;
    if (seconds + layers + flops > 1)
        tw_report_at(bind->report, TW_ERROR, element, "forward= and backward=, layers=, or flops=",
                     "compute: its seconds are given in more than one way");
    (void)tw_bind_quantity(bind, element, "forward", TW_UNIT_TIME, TW_NOT_NEGATIVE,
                           &shape->forward_s);
    (void)tw_bind_quantity(bind, element, "backward", TW_UNIT_TIME, TW_NOT_NEGATIVE,
                           &shape->backward_s);
    read_flops(bind, element, shape);
    (void)tw_bind_count(bind, element, "accumulate", 1, ACCUMULATE_MAX, &accumulate);
    shape->accumulate = (uint32_t)accumulate;
    if (seconds + layers + flops <= 1)
        read_layers(bind, element, shape);
    read_overlap(bind, element, shape);
    tw_bind_jitter(bind, element, "jitter", &shape->jitter);
}
