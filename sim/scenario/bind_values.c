/* Attributes to values: units, bounds, words, and whose line a mistake belongs to. */
#include "bind.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

void *tw_bind_take(const struct tw_bind *bind, size_t size)
{
    void *piece = tw_pool_take(bind->pool, size);
    if (!piece)
        bind->report->memory = 1;
    return piece;
}

enum tw_found tw_bind_text(const struct tw_bind *bind, const struct tw_node *element,
                           const char *attribute, struct tw_text *text)
{
    const struct tw_attribute *found = tw_model_attribute(element, attribute);
    if (!found)
        return TW_ABSENT;
    if (found->axis == TW_NO_AXIS)
        return TW_BAD;
    *text = (struct tw_text){element, attribute, found->text, NULL};
    if (found->axis != TW_LITERAL) {
        text->axis = &bind->sweep->axes[found->axis];
        text->text = tw_sweep_value(bind->sweep, found->axis);
    }
    return TW_GIVEN;
}

void tw_bind_mistake(const struct tw_bind *bind, const struct tw_text *text,
                     const struct tw_err *err)
{
    if (text->axis)
        tw_axis_report(text->axis, bind->report, TW_ERROR, err->hint,
                       "%s   (it is attribute %s of %s at %s:%ld)", err->text, text->attribute,
                       text->element->name, text->element->file, text->element->line);
    else
        tw_report_at(bind->report, TW_ERROR, text->element, err->hint, "%s: attribute %s: %s",
                     text->element->name, text->attribute, err->text);
}

static tw_status check_bound(enum tw_bound bound, double value, const char *text,
                             struct tw_err *err)
{
    if (bound == TW_POSITIVE && !(value > 0))
        return tw_err_set(err, TW_RANGE, "'%s' is not greater than 0", text);
    if (bound == TW_NOT_NEGATIVE && !(value >= 0))
        return tw_err_set(err, TW_RANGE, "'%s' is negative", text);
    return TW_OK;
}

enum tw_found tw_bind_quantity(const struct tw_bind *bind, const struct tw_node *element,
                               const char *attribute, enum tw_unit unit, enum tw_bound bound,
                               double *value)
{
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    double read = 0, ignored;
    enum tw_found found = tw_bind_text(bind, element, attribute, &text);
    if (found != TW_GIVEN)
        return found;
    tw_status status = tw_units_parse(text.text, unit, &read, &err);
    const char *brief = tw_report_short(text.text, shown);
    if (status && brief != text.text) /* the same said of its beginning, which is wrong as well */
        status = tw_units_parse(brief, unit, &ignored, &err);
    if (status || check_bound(bound, read, brief, &err)) {
        tw_bind_mistake(bind, &text, &err);
        return TW_BAD;
    }
    *value = read;
    return TW_GIVEN;
}

enum tw_found tw_bind_count(const struct tw_bind *bind, const struct tw_node *element,
                            const char *attribute, uint64_t min, uint64_t max, uint64_t *value)
{
    struct tw_text text;
    struct tw_err err = {0};
    enum tw_found found = tw_bind_text(bind, element, attribute, &text);
    if (found != TW_GIVEN)
        return found;
    char shown[TW_SHORT_B];
    size_t digits = strspn(text.text, "0123456789");
    errno = 0;
    unsigned long long read = strtoull(text.text, NULL, 10);
    if (digits == 0 || text.text[digits] != '\0' || errno == ERANGE || read < min || read > max) {
        tw_err_set(&err, TW_RANGE, "'%s' is not a whole number from %" PRIu64 " to %" PRIu64,
                   tw_report_short(text.text, shown), min, max);
        tw_bind_mistake(bind, &text, &err);
        return TW_BAD;
    }
    *value = read;
    return TW_GIVEN;
}

enum tw_found tw_bind_word(const struct tw_bind *bind, const struct tw_node *element,
                           const char *attribute, const char *const *words, int count, int *index)
{
    struct tw_text text;
    struct tw_err err = {0};
    char hint[512], shown[TW_SHORT_B];
    enum tw_found found = tw_bind_text(bind, element, attribute, &text);
    if (found != TW_GIVEN)
        return found;
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], text.text) == 0) {
            *index = i;
            return TW_GIVEN;
        }
    tw_err_set(&err, TW_UNKNOWN, "'%s' is unknown", tw_report_short(text.text, shown));
    tw_err_hint(&err, TW_UNKNOWN, "%s",
                tw_report_names(text.text, words, count, hint, sizeof hint));
    tw_bind_mistake(bind, &text, &err);
    return TW_BAD;
}

const char *tw_bind_file(const struct tw_bind *bind, const struct tw_text *text)
{
    char path[TW_TEXT_MAX];
    struct tw_err err = {0};
    const char *from = text->axis ? text->axis->file : text->element->file;
    if (tw_file_beside(from, text->text, path, sizeof path, &err) || tw_file_check(path, &err)) {
        tw_err_hint(&err, err.status, "relative names are seen from the folder of %.300s", from);
        tw_bind_mistake(bind, text, &err);
        return NULL;
    }
    const char *copy = tw_pool_text(bind->pool, path, strlen(path));
    if (!copy)
        bind->report->memory = 1;
    return copy;
}

const struct tw_node *tw_bind_single(const struct tw_bind *bind, const struct tw_node *parent,
                                     const char *name)
{
    const struct tw_node *first = tw_model_child(parent, name);
    const struct tw_node *second = first ? tw_model_next(first) : NULL;
    if (second)
        tw_report_at(bind->report, TW_ERROR, second, "",
                     "%s: a second '%s'; the first is at %s:%ld", parent->name, name, first->file,
                     first->line);
    return first;
}
