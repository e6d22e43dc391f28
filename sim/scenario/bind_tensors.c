/* <tensors> of a method: what is matched, and what is sent of it. */
#include "bind.h"

#include <string.h>

static const char *const own[] = {"match", "min_size", "max_size", "dims",
                                  "first", "last",     "min_gain", "plugin"};
enum { OWN_COUNT = sizeof own / sizeof own[0] };

static void read_match(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_match *match)
{
    static const char *const dims[] = {"1", "2"};
    struct tw_text text;
    int index = 0;
    *match = (struct tw_match){.max_size = UINT64_MAX};
    if (tw_bind_text(bind, element, "match", &text) == TW_GIVEN)
        match->glob = text.text;
    (void)tw_bind_count(bind, element, "min_size", 1, INT64_MAX, &match->min_size);
    (void)tw_bind_count(bind, element, "max_size", 1, INT64_MAX, &match->max_size);
    (void)tw_bind_count(bind, element, "first", 1, INT32_MAX, &match->first);
    (void)tw_bind_count(bind, element, "last", 1, INT32_MAX, &match->last);
    if (tw_bind_word(bind, element, "dims", dims, 2, &index) == TW_GIVEN)
        match->dims = index + 1;
    if (match->min_size > match->max_size)
        tw_report_at(bind->report, TW_ERROR, element, "no tensor has such a size",
                     "tensors: min_size is above max_size");
}

static void read_gain(const struct tw_bind *bind, const struct tw_node *element,
                      struct tw_point_rule *rule)
{
    const struct tw_member *member = rule->compressor.member;
    if (tw_bind_quantity(bind, element, "min_gain", TW_UNIT_NUMBER, TW_POSITIVE, &rule->min_gain) !=
        TW_GIVEN)
        return;
    if (member->traits & TW_DATA_SIZED)
        tw_report_at(bind->report, TW_ERROR, element, "min_size and max_size need no bytes",
                     "tensors: attribute min_gain: the bytes of compressor '%s' depend on the "
                     "data, so its gain is not known beforehand",
                     member->name);
}

/* 1: good. */
static int read_rule(const struct tw_bind *bind, const struct tw_node *element,
                     const struct tw_bound_method *method, struct tw_point_rule *rule)
{
    int plugin = tw_model_attribute(element, "plugin") != NULL;
    int changes = plugin || tw_model_attribute(element, "min_gain") != NULL;
    struct tw_choice base = method->compressor;
    *rule = (struct tw_point_rule){0};
    for (int i = 0; i < element->attribute_count; i++) {
        int is_own = 0;
        for (int j = 0; j < OWN_COUNT; j++)
            is_own |= strcmp(element->attributes[i].name, own[j]) == 0;
        changes |= !is_own;
    }
    if (!changes)
        tw_report_at(bind->report, TW_WARNING, element,
                     "type=\"none\" sends what it matches densely",
                     "method '%s': this rule for tensors changes nothing but that rules behind it "
                     "are not asked",
                     method->id);
    read_match(bind, element, &rule->match);
    if (plugin) {
        base = (struct tw_choice){0}; /* no options but its own defaults */
        rule->plugged = tw_bind_plugin(bind, element, &base.member);
        if (!rule->plugged)
            return 0;
    }
    if (!tw_bind_changed(bind, element, "type", &bind->catalogue->compressors, &base, own,
                         OWN_COUNT, &rule->compressor))
        return 0;
    read_gain(bind, element, rule);
    if (method->feedback.member)
        tw_bind_needs(bind, method, &rule->compressor, element);
    return 1;
}

void tw_bind_tensors(const struct tw_bind *bind, const struct tw_node *element,
                     struct tw_bound_method *method)
{
    int count = 0;
    const struct tw_node *first = tw_model_child(element, "tensors");
    for (const struct tw_node *line = first; line; line = tw_model_next(line))
        count++;
    if (count == 0 || !method->compressor.member)
        return;
    if (count > TW_POINT_RULES_MAX) {
        tw_report_at(bind->report, TW_ERROR, element, "",
                     "method '%s': %d rules for tensors are more than %d", method->id, count,
                     TW_POINT_RULES_MAX);
        return;
    }
    method->rules = tw_bind_take(bind, (size_t)count * sizeof *method->rules);
    if (!method->rules)
        return;
    for (const struct tw_node *line = first; line; line = tw_model_next(line))
        if (read_rule(bind, line, method, &method->rules[method->rule_count]))
            method->rule_count++;
}
