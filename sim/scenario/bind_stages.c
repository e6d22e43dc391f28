/* <schedule> of a compressor: the values that one of its options has before its own. */
#include <string.h>

#include "bind.h"

#define OPTIONS_MAX 64

/* The options that a schedule can change: real numbers, for which stages have a meaning. */
static const struct tw_option *find_option(const struct tw_bind *bind,
                                           const struct tw_node *element,
                                           const struct tw_member *member)
{
    const struct tw_option *rows[OPTIONS_MAX];
    const char *names[OPTIONS_MAX];
    int count = 0, index = -1;
    for (size_t i = 0; i < member->option_count && count < OPTIONS_MAX; i++)
        if (member->options[i].type == TW_OPTION_REAL) {
            rows[count] = &member->options[i];
            names[count++] = member->options[i].name;
        }
    if (count == 0) {
        tw_report_at(bind->report, TW_ERROR, element, "leave it out",
                     "schedule: compressor '%s' has no option that is a real number, and only "
                     "those change with the steps",
                     member->name);
        return NULL;
    }
    return tw_bind_word(bind, element, "option", names, count, &index) == TW_GIVEN ? rows[index]
                                                                                   : NULL;
}

/* Params with the option at one value of the list, of `length` bytes. 1: good. */
static int add_stage(const struct tw_bind *bind, const struct tw_text *text, const char *value,
                     size_t length, const struct tw_choice *compressor, const struct tw_option *row,
                     struct tw_point_stages *stages)
{
    struct tw_err err = {0};
    char copy[64] = "";
    tw_status status = TW_OK;
    while (length > 0 && strchr(" \t\r\n", value[0]) && length--)
        value++;
    while (length > 0 && strchr(" \t\r\n", value[length - 1]))
        length--;
    if (stages->count == TW_POINT_STAGES_MAX)
        status = tw_err_set(&err, TW_RANGE, "more than %d values", TW_POINT_STAGES_MAX);
    else if (length == 0 || length >= sizeof copy)
        status =
            tw_err_set(&err, TW_INPUT, "a value is %s", length ? "longer than 63 bytes" : "empty");
    if (status) {
        tw_err_hint(&err, status, "values=\"0.25,0.0625,0.015625\"");
        tw_bind_mistake(bind, text, &err);
        return 0;
    }
    memcpy(copy, value, length);
    void *params = tw_bind_take(bind, compressor->member->params_size + 1);
    if (!params)
        return 0;
    memcpy(params, compressor->params, compressor->member->params_size);
    status = tw_options_set(row, 1, params, row->name, copy, &err);
    if (status) {
        tw_bind_mistake(bind, text, &err);
        return 0;
    }
    memcpy(&stages->values[stages->count], (unsigned char *)params + row->offset, sizeof(double));
    stages->params[stages->count++] = params;
    return 1;
}

static int read_values(const struct tw_bind *bind, const struct tw_node *element,
                       const struct tw_choice *compressor, const struct tw_option *row,
                       struct tw_point_stages *stages)
{
    struct tw_text text;
    if (tw_bind_text(bind, element, "values", &text) != TW_GIVEN)
        return 0;
    for (const char *value = text.text;; value++) {
        size_t length = strcspn(value, ",");
        if (!add_stage(bind, &text, value, length, compressor, row, stages))
            return 0;
        value += length;
        if (*value == '\0')
            return 1;
    }
}

/* A rule that takes over the method's options would take over those of which stage? */
static void judge_rules(const struct tw_bind *bind, const struct tw_bound_method *method)
{
    for (const struct tw_node *line = tw_model_child(method->element, "tensors"); line;
         line = tw_model_next(line))
        if (!tw_model_attribute(line, "type"))
            tw_report_at(bind->report, TW_ERROR, line,
                         "write its type and options, which then hold "
                         "in all steps",
                         "method '%s': a rule for tensors without type has the options of the "
                         "compressor, which a schedule changes",
                         method->id);
}

void tw_bind_stages(const struct tw_bind *bind, const struct tw_node *element,
                    struct tw_bound_method *method)
{
    const struct tw_node *schedule = tw_bind_single(bind, element, "schedule");
    uint64_t steps = 0;
    if (!schedule || !method->compressor.member)
        return;
    const struct tw_option *row = find_option(bind, schedule, method->compressor.member);
    struct tw_point_stages *stages = row ? tw_bind_take(bind, sizeof *stages) : NULL;
    if (!stages)
        return;
    stages->option = row->name;
    int timed = tw_bind_count(bind, schedule, "steps", 1, UINT32_MAX, &steps) == TW_GIVEN;
    stages->steps = (uint32_t)steps;
    judge_rules(bind, method);
    if (read_values(bind, schedule, &method->compressor, row, stages) && timed)
        method->stages = stages;
}
