/* Names to members of families, attributes to their options. */
#include "bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 128

static int family_names(const struct tw_family *family, const char **names)
{
    int count = 0;
    for (; count < family->count && count < NAMES_MAX; count++)
        names[count] = family->members[count]->name;
    return count;
}

const struct tw_member *tw_bind_member(const struct tw_bind *bind, const struct tw_node *element,
                                       const char *attribute, const struct tw_family *family)
{
    const char *names[NAMES_MAX];
    int index = -1;
    if (tw_bind_word(bind, element, attribute, names, family_names(family, names), &index) !=
        TW_GIVEN)
        return NULL;
    return family->members[index];
}

/* Reports what an option row did not take: its own text names the option. */
static void option_mistake(const struct tw_bind *bind, const struct tw_text *text,
                           const struct tw_member *member, const struct tw_err *err)
{
    if (text->axis)
        tw_axis_report(text->axis, bind->report, TW_ERROR, err->hint,
                       "%s   (an option of %s %s at %s:%ld)", err->text, text->element->name,
                       member->name, text->element->file, text->element->line);
    else
        tw_report_at(bind->report, TW_ERROR, text->element, err->hint, "%s %s: %s",
                     text->element->name, member->name, err->text);
}

static const struct tw_option *row_of(const struct tw_member *member, const char *name)
{
    for (size_t i = 0; i < member->option_count; i++)
        if (strcmp(member->options[i].name, name) == 0)
            return &member->options[i];
    return NULL;
}

static int set_option(const struct tw_bind *bind, const struct tw_node *element, const char *name,
                      const struct tw_member *member, void *params)
{
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    if (tw_bind_text(bind, element, name, &text) != TW_GIVEN)
        return 0;
    const struct tw_option *row = row_of(member, name);
    const char *value = text.text;
    if (row && row->type == TW_OPTION_FILE && value[0] != '\0') {
        value = tw_bind_file(bind, &text);
        if (!value)
            return 0;
    }
    const char *brief = tw_report_short(value, shown);
    tw_status status =
        tw_options_set(member->options, member->option_count, params, name, value, &err);
    if (status && row && row->type != TW_OPTION_FILE && row->type != TW_OPTION_TEXT &&
        brief != value) /* the same said of its beginning, which is wrong as well */
        status = tw_options_set(member->options, member->option_count, params, name, brief, &err);
    if (!status)
        return 1;
    option_mistake(bind, &text, member, &err);
    return 0;
}

static int all_given(const struct tw_bind *bind, const struct tw_node *element,
                     const struct tw_member *member)
{
    int good = 1;
    for (size_t i = 0; i < member->option_count; i++) {
        const struct tw_option *row = &member->options[i];
        if (row->fallback || tw_model_attribute(element, row->name))
            continue;
        tw_report_at(bind->report, TW_ERROR, element, row->help ? row->help : "",
                     "%s %s: attribute %s is missing", element->name, member->name, row->name);
        good = 0;
    }
    return good;
}

/* A zeroed params block with the member's defaults; 0: failed. */
static int open_params(const struct tw_bind *bind, const struct tw_member *member, void **params)
{
    struct tw_err err = {0};
    *params = tw_bind_take(bind, member->params_size + 1);
    if (!*params)
        return 0;
    if (tw_options_defaults(member->options, member->option_count, *params, &err) == TW_OK)
        return 1;
    tw_err_set(&err, err.status, "'%s' has a wrong default: %s", member->name, err.text);
    tw_report_add(bind->report, TW_ERROR, &err);
    return 0;
}

/* The attributes that an element has beside its options. */
struct apart {
    const char *attribute, *const *own;
    int own_count;
};

static int is_apart(const struct apart *apart, const char *name)
{
    for (int i = 0; i < apart->own_count; i++)
        if (strcmp(apart->own[i], name) == 0)
            return 1;
    return strcmp(name, apart->attribute) == 0;
}

/* base: the options not written; NULL: their defaults, and those without one must be written. */
static int read_options(const struct tw_bind *bind, const struct tw_node *element,
                        const struct apart *apart, const struct tw_member *member, const void *base,
                        struct tw_choice *choice)
{
    void *params = NULL;
    int good = 1;
    if (!open_params(bind, member, &params))
        return 0;
    if (base)
        memcpy(params, base, member->params_size);
    for (int i = 0; i < element->attribute_count; i++)
        if (!is_apart(apart, element->attributes[i].name))
            good &= set_option(bind, element, element->attributes[i].name, member, params);
    if (!base)
        good &= all_given(bind, element, member);
    *choice = (struct tw_choice){member, params};
    tw_bind_idle(bind, element, choice);
    return good;
}

int tw_bind_choice(const struct tw_bind *bind, const struct tw_node *element, const char *attribute,
                   const struct tw_family *family, struct tw_choice *choice)
{
    const struct tw_member *member = tw_bind_member(bind, element, attribute, family);
    return member && tw_bind_options(bind, element, attribute, member, choice);
}

int tw_bind_options(const struct tw_bind *bind, const struct tw_node *element,
                    const char *attribute, const struct tw_member *member, struct tw_choice *choice)
{
    const struct apart apart = {attribute, NULL, 0};
    return read_options(bind, element, &apart, member, NULL, choice);
}

int tw_bind_changed(const struct tw_bind *bind, const struct tw_node *element,
                    const char *attribute, const struct tw_family *family,
                    const struct tw_choice *base, const char *const *own, int own_count,
                    struct tw_choice *choice)
{
    const struct apart apart = {attribute, own, own_count};
    int named = tw_model_attribute(element, attribute) != NULL;
    const struct tw_member *member =
        named ? tw_bind_member(bind, element, attribute, family) : base->member;
    return member &&
           read_options(bind, element, &apart, member, named ? NULL : base->params, choice);
}

int tw_bind_default(const struct tw_bind *bind, const struct tw_node *at, const char *name,
                    const struct tw_family *family, const char *what, struct tw_choice *choice)
{
    void *params = NULL;
    int index = name ? tw_member_index(family->members, (size_t)family->count, name) : 0;
    if (index < 0 || index >= family->count) {
        tw_report_at(bind->report, TW_ERROR, at, "", "%s: no %s is given, and there is no '%s'",
                     at->name, what, name ? name : "default");
        return 0;
    }
    if (!open_params(bind, family->members[index], &params))
        return 0;
    *choice = (struct tw_choice){family->members[index], params};
    return 1;
}
