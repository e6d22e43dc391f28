/* Options that are written and have no effect. */
#include "bind.h"

#include <stdio.h>
#include <string.h>

static const struct tw_option *row_of(const struct tw_member *member, const char *name,
                                      size_t length)
{
    for (size_t i = 0; i < member->option_count; i++)
        if (strlen(member->options[i].name) == length &&
            strncmp(member->options[i].name, name, length) == 0)
            return &member->options[i];
    return NULL;
}

/* The row that the option depends on, with *value … *value + *length the value that it takes; NULL:
 * none, and the option always has an effect. */
static const struct tw_option *condition(const struct tw_member *member,
                                         const struct tw_option *row, const char **value,
                                         size_t *length)
{
    const char *help = row->help ? row->help : "", *colon = strchr(help, ':');
    size_t name = strcspn(help, "= :");
    if (!colon || help[name] != '=')
        return NULL;
    *value = help + name + 1;
    *length = (size_t)(colon - *value);
    const struct tw_option *on = row_of(member, help, name);
    int whole = on && (on->type == TW_OPTION_CHOICE || on->type == TW_OPTION_COUNT);
    return whole && !memchr(*value, ' ', *length) ? on : NULL;
}

static int from_axis(const struct tw_node *element, const char *name)
{
    for (int i = 0; i < element->attribute_count; i++)
        if (strcmp(element->attributes[i].name, name) == 0)
            return element->attributes[i].axis != TW_LITERAL;
    return 0;
}

void tw_bind_idle(const struct tw_bind *bind, const struct tw_node *element,
                  const struct tw_choice *choice)
{
    const struct tw_member *member = choice->member;
    for (int i = 0; i < element->attribute_count; i++) {
        const char *name = element->attributes[i].name, *value = NULL;
        const struct tw_option *row = row_of(member, name, strlen(name));
        char held[TW_TEXT_MAX], hint[TW_TEXT_MAX];
        size_t length = 0;
        const struct tw_option *on = row ? condition(member, row, &value, &length) : NULL;
        if (!on || from_axis(element, on->name))
            continue;
        tw_option_print(on, choice->params, held, sizeof held);
        if (strlen(held) == length && strncmp(held, value, length) == 0)
            continue;
        snprintf(hint, sizeof hint, "it takes %s=\"%.*s\"", on->name, (int)length, value);
        tw_report_at(bind->report, TW_WARNING, element, hint,
                     "%s %s: attribute %s has no effect with %s=\"%s\"", element->name,
                     member->name, name, on->name, held);
    }
}

static double real_momentum(const struct tw_choice *choice)
{
    const struct tw_option *row = row_of(choice->member, "momentum", strlen("momentum"));
    double value = 0;
    if (row && row->type == TW_OPTION_REAL)
        memcpy(&value, (const char *)choice->params + row->offset, sizeof value);
    return value;
}

void tw_bind_two_momenta(const struct tw_bind *bind, const struct tw_choice *optimizer,
                         const struct tw_bound_method *method)
{
    const struct tw_node *element = tw_model_child(method->element, "feedback");
    double ranks = real_momentum(&method->feedback), server = real_momentum(optimizer);
    if (!element || ranks <= 0 || server <= 0)
        return;
    tw_report_at(
        bind->report, TW_WARNING, element, "optimizer momentum=\"0\", or feedback momentum=\"0\"",
        "method '%s': feedback %s has a momentum of %g and optimizer %s one of %g, so that "
        "velocities are smoothed twice",
        method->id, method->feedback.member->name, ranks, optimizer->member->name, server);
}
