/* Option rows: text to value and back. */
#include "option.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define CHOICES_MAX 64

/* "in (0, 1], default 0.5" */
static void describe_range(const struct tw_option *row, char *text, size_t size)
{
    char low[48], high[48];
    enum tw_unit unit = row->type == TW_OPTION_TIME ? TW_UNIT_TIME : TW_UNIT_NUMBER;
    int endless = !isfinite(row->max) || row->max >= 1.8e19;
    tw_units_print(row->min, unit, low, sizeof low);
    tw_units_print(row->max, unit, high, sizeof high);
    int used;
    if (endless)
        used = snprintf(text, size, "%s %s", row->open_min ? "greater than" : "at least", low);
    else
        used = snprintf(text, size, "in %c%s, %s]", row->open_min ? '(' : '[', low, high);
    if (row->fallback && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, ", default %s", row->fallback);
}

static tw_status check_range(const struct tw_option *row, double value, const char *text,
                             struct tw_err *err)
{
    char range[256];
    if (value <= row->max && (row->open_min ? value > row->min : value >= row->min))
        return TW_OK;
    describe_range(row, range, sizeof range);
    tw_err_set(err, TW_RANGE, "%s=\"%s\" is out of range", row->name, text);
    return tw_err_hint(err, TW_RANGE, "%s must be %s", row->name, range);
}

static tw_status set_number(const struct tw_option *row, enum tw_unit unit, void *field,
                            const char *text, struct tw_err *err)
{
    double value = 0;
    struct tw_err inner = {0};
    tw_status status = tw_units_parse(text, unit, &value, &inner);
    if (status) {
        tw_err_set(err, status, "%s: %s", row->name, inner.text);
        return tw_err_hint(err, status, "%s", inner.hint);
    }
    status = check_range(row, value, text, err);
    if (!status)
        memcpy(field, &value, sizeof value);
    return status;
}

static tw_status set_count(const struct tw_option *row, void *field, const char *text,
                           struct tw_err *err)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0') {
        tw_err_set(err, TW_INPUT, "%s: '%s' is not a whole number", row->name, text);
        return tw_err_hint(err, TW_INPUT, "write digits only, like 100");
    }
    errno = 0;
    uint64_t value = strtoull(digits, NULL, 10);
    double size = errno == ERANGE ? INFINITY : (double)value;
    tw_status status = check_range(row, *text == '-' ? -size : size, text, err);
    if (!status && errno == ERANGE)
        status = tw_err_set(err, TW_RANGE, "%s=\"%s\" is out of range", row->name, text);
    if (!status && *text == '-' && value > 0)
        status = tw_err_set(err, TW_RANGE, "%s=\"%s\" is negative", row->name, text);
    if (!status)
        memcpy(field, &value, sizeof value);
    return status;
}

/* "did you mean X? valid: A B C" */
static tw_status hint_names(struct tw_err *err, tw_status status, const char *wrong,
                            const char *const *names, size_t count)
{
    char all[400];
    const char *nearest = tw_nearest(wrong, names, count);
    tw_join(names, count, all, sizeof all);
    if (nearest)
        return tw_err_hint(err, status, "did you mean %s? valid: %s", nearest, all);
    return tw_err_hint(err, status, "valid: %s", all);
}

static tw_status set_choice(const struct tw_option *row, void *field, const char *text,
                            struct tw_err *err)
{
    size_t count = 0;
    for (; row->choices[count]; count++)
        if (strcmp(row->choices[count], text) == 0) {
            int value = (int)count;
            memcpy(field, &value, sizeof value);
            return TW_OK;
        }
    tw_err_set(err, TW_INPUT, "%s: '%s' is not one of the choices", row->name, text);
    return hint_names(err, TW_INPUT, text, row->choices, count);
}

static tw_status set_text(const struct tw_option *row, void *field, const char *text,
                          struct tw_err *err)
{
    size_t length = strlen(text);
    if (length >= TW_TEXT_MAX)
        return tw_err_set(err, TW_RANGE, "%s is longer than %d bytes", row->name, TW_TEXT_MAX - 1);
    memset(field, 0, TW_TEXT_MAX); /* params are compared and hashed as bytes */
    memcpy(field, text, length);
    return TW_OK;
}

static tw_status set_row(const struct tw_option *row, void *params, const char *text,
                         struct tw_err *err)
{
    void *field = (unsigned char *)params + row->offset;
    switch (row->type) {
    case TW_OPTION_REAL:
        return set_number(row, TW_UNIT_NUMBER, field, text, err);
    case TW_OPTION_TIME:
        return set_number(row, TW_UNIT_TIME, field, text, err);
    case TW_OPTION_COUNT:
        return set_count(row, field, text, err);
    case TW_OPTION_CHOICE:
        return set_choice(row, field, text, err);
    case TW_OPTION_TEXT:
    case TW_OPTION_FILE:
        return set_text(row, field, text, err);
    }
    return tw_err_set(err, TW_INTERNAL, "option %s has an unknown type", row->name);
}

tw_status tw_options_defaults(const struct tw_option *rows, size_t count, void *params,
                              struct tw_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].fallback)
            continue;
        tw_status status = set_row(&rows[i], params, rows[i].fallback, err);
        if (status)
            return status;
    }
    return TW_OK;
}

tw_status tw_options_set(const struct tw_option *rows, size_t count, void *params, const char *name,
                         const char *text, struct tw_err *err)
{
    const char *names[CHOICES_MAX];
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return set_row(&rows[i], params, text, err);
        if (known < CHOICES_MAX)
            names[known++] = rows[i].name;
    }
    tw_err_set(err, TW_UNKNOWN, "there is no option '%s' here", name);
    if (known == 0)
        return tw_err_hint(err, TW_UNKNOWN, "it takes no options");
    return hint_names(err, TW_UNKNOWN, name, names, known);
}

void tw_option_print(const struct tw_option *row, const void *params, char *text, size_t size)
{
    const unsigned char *field = (const unsigned char *)params + row->offset;
    double real = 0;
    uint64_t whole = 0;
    int choice = 0;
    switch (row->type) {
    case TW_OPTION_REAL:
    case TW_OPTION_TIME:
        memcpy(&real, field, sizeof real);
        tw_units_print(real, row->type == TW_OPTION_TIME ? TW_UNIT_TIME : TW_UNIT_NUMBER, text,
                       size);
        return;
    case TW_OPTION_COUNT:
        memcpy(&whole, field, sizeof whole);
        snprintf(text, size, "%" PRIu64, whole);
        return;
    case TW_OPTION_CHOICE:
        memcpy(&choice, field, sizeof choice);
        snprintf(text, size, "%s", row->choices[choice]);
        return;
    case TW_OPTION_TEXT:
    case TW_OPTION_FILE:
        snprintf(text, size, "%s", (const char *)field);
        return;
    }
}
