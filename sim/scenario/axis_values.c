/* The values of one axis: a list, or points between two ends.
 *
 * Points of a range are rounded to 12 significant digits: pow() differs in its last bit between
 * processors, and every key is a hash of the value. */
#include "sweep.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlstring.h>

#include "base/units.h"

#define BLANKS " \t\r\n"

void tw_axis_report(const struct tw_axis *axis, struct tw_report *report, enum tw_severity severity,
                    const char *hint, const char *format, ...)
{
    struct tw_err err = {0};
    char text[sizeof err.text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tw_err_set(&err, TW_INPUT, "%s '%s': %s", axis->overridden ? "--set: axis" : "axis", axis->name,
               text);
    tw_err_hint(&err, TW_INPUT, "%s", hint);
    tw_err_at(&err, axis->file, axis->line);
    tw_report_add(report, severity, &err);
}

/* The unit that text carries, or −1; *value is then its SI value. */
static int unit_of(const char *text, double *value)
{
    static const enum tw_unit units[] = {TW_UNIT_NUMBER, TW_UNIT_TIME, TW_UNIT_BANDWIDTH,
                                         TW_UNIT_SIZE, TW_UNIT_SPEED};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (tw_units_parse(text, units[i], value, NULL) == TW_OK)
            return (int)units[i];
    return -1;
}

/* Room for count values; 0 after a report. */
static int reserve(struct tw_axis *axis, size_t count, struct tw_pool *pool,
                   struct tw_report *report)
{
    if (count > TW_AXIS_VALUES_MAX) {
        tw_axis_report(axis, report, TW_ERROR, "", "more than %d values", TW_AXIS_VALUES_MAX);
        return 0;
    }
    axis->count = 0;
    axis->values = tw_pool_array(pool, count, sizeof *axis->values);
    axis->numbers = tw_pool_array(pool, count, sizeof *axis->numbers);
    if (axis->values && axis->numbers)
        return 1;
    report->memory = 1;
    return 0;
}

static int add_value(struct tw_axis *axis, const char *text, size_t length, struct tw_pool *pool,
                     struct tw_report *report)
{
    char shown[TW_SHORT_B];
    if (length == 0) {
        tw_axis_report(axis, report, TW_ERROR, "values=\"4,8,16\"", "a value is empty");
        return 0;
    }
    const char *copy = tw_pool_text(pool, text, length);
    if (!copy) {
        report->memory = 1;
        return 0;
    }
    if (length >= TW_AXIS_VALUE_B || text[0] == '$') {
        tw_axis_report(axis, report, TW_ERROR, "values=\"4,8,16\"",
                       text[0] == '$' ? "value '%s' may not be another axis"
                                      : "value '%s' is longer than 127 bytes",
                       tw_report_short(copy, shown));
        return 0;
    }
    if (!xmlCheckUTF8((const unsigned char *)copy)) {
        tw_axis_report(axis, report, TW_ERROR, "", "a value is not UTF-8");
        return 0;
    }
    double number = NAN;
    if (unit_of(copy, &number) < 0 || strcmp(axis->name, "method") == 0)
        number = NAN;
    axis->numbers[axis->count] = number;
    axis->values[axis->count++] = copy;
    return 1;
}

/* Axes in lock-step, as qsort_r's argument. */
struct step {
    const struct tw_axis *const *axes;
    int count;
};

static int compare_steps(const void *left, const void *right, void *argument)
{
    const struct step *step = argument;
    for (int a = 0; a < step->count; a++) {
        const char *const *values = step->axes[a]->values;
        int order = strcmp(values[*(const int *)left], values[*(const int *)right]);
        if (order)
            return order;
    }
    return 0;
}

/* Equal values would be equal points, and two rows with one key. */
void tw_axes_distinct(const struct tw_axis *const *axes, int axis_count, int size,
                      struct tw_report *report)
{
    struct step step = {axes, axis_count};
    char shown[TW_SHORT_B];
    int *order = malloc(((size_t)size + 1) * sizeof *order);
    if (!order) {
        report->memory = 1;
        return;
    }
    for (int i = 0; i < size; i++)
        order[i] = i;
    qsort_r(order, (size_t)size, sizeof *order, compare_steps, &step);
    for (int i = 1; i < size; i++) {
        if (compare_steps(&order[i - 1], &order[i], &step))
            continue;
        if (axis_count == 1)
            tw_axis_report(axes[0], report, TW_ERROR, "", "value '%s' is given twice",
                           tw_report_short(axes[0]->values[order[i]], shown));
        else
            tw_axis_report(
                axes[0], report, TW_ERROR, "",
                "value '%s' is given twice, with the same values of the zip's other axes",
                tw_report_short(axes[0]->values[order[i]], shown));
    }
    free(order);
}

int tw_axis_split(struct tw_axis *axis, const char *text, struct tw_pool *pool,
                  struct tw_report *report)
{
    size_t commas = 0;
    int good = 1;
    for (const char *c = text; *c; c++)
        commas += *c == ',';
    if (!reserve(axis, commas + 1, pool, report))
        return 0;
    for (;;) {
        text += strspn(text, BLANKS);
        size_t length = strcspn(text, ","), next = length;
        while (length > 0 && strchr(BLANKS, text[length - 1]))
            length--;
        good &= add_value(axis, text, length, pool, report);
        if (text[next] == '\0')
            break;
        text += next + 1;
    }
    return good;
}

struct range {
    double from, to;
    int unit, points, log;
};

static int read_range(struct tw_axis *axis, const struct tw_node *element, struct range *range,
                      struct tw_report *report)
{
    const char *from = tw_model_text(element, "from"), *to = tw_model_text(element, "to");
    const char *points = tw_model_text(element, "points"), *scale = tw_model_text(element, "scale");
    double count = 0;
    char shown[TW_SHORT_B], shown_to[TW_SHORT_B];
    if (!from || !to || !points) {
        tw_axis_report(axis, report, TW_ERROR, "values=\"4,8,16\" or from= to= points= scale=",
                       "it has neither values nor from, to and points");
        return 0;
    }
    range->unit = unit_of(from, &range->from);
    if (range->unit < 0 || unit_of(to, &range->to) != range->unit) {
        tw_axis_report(axis, report, TW_ERROR, "from=\"100Mbps\" to=\"100Gbps\"",
                       "'%s' and '%s' are not two numbers of one unit",
                       tw_report_short(from, shown), tw_report_short(to, shown_to));
        return 0;
    }
    if (tw_units_parse(points, TW_UNIT_NUMBER, &count, NULL) || count < 2 ||
        count != floor(count) || count > TW_AXIS_VALUES_MAX) {
        tw_axis_report(axis, report, TW_ERROR, "", "points '%s' is not a whole number from 2 to %d",
                       tw_report_short(points, shown), TW_AXIS_VALUES_MAX);
        return 0;
    }
    range->points = (int)count;
    range->log = scale && strcmp(scale, "log") == 0;
    if (scale && !range->log && strcmp(scale, "linear") != 0) {
        tw_axis_report(axis, report, TW_ERROR, "scale is log or linear (the default)",
                       "scale '%s' is unknown", tw_report_short(scale, shown));
        return 0;
    }
    if (range->log && (range->from <= 0 || range->to <= 0)) {
        tw_axis_report(axis, report, TW_ERROR, "", "a log scale needs ends greater than 0");
        return 0;
    }
    return 1;
}

static double point_of(const struct range *range, int i)
{
    char digits[40];
    double share = (double)i / (range->points - 1);
    if (i == 0)
        return range->from;
    if (i == range->points - 1)
        return range->to;
    double value = range->log ? range->from * pow(range->to / range->from, share)
                              : range->from + share * (range->to - range->from);
    snprintf(digits, sizeof digits, "%.12g", value);
    return strtod(digits, NULL);
}

static int fill_range(struct tw_axis *axis, const struct range *range, struct tw_pool *pool,
                      struct tw_report *report)
{
    char text[TW_AXIS_VALUE_B];
    if (!reserve(axis, (size_t)range->points, pool, report))
        return 0;
    for (int i = 0; i < range->points; i++) {
        double value = point_of(range, i);
        if (!isfinite(value)) {
            tw_axis_report(axis, report, TW_ERROR, "", "its ends are too far apart");
            return 0;
        }
        tw_units_print(value, (enum tw_unit)range->unit, text, sizeof text);
        if (!add_value(axis, text, strlen(text), pool, report))
            return 0;
    }
    return 1;
}

int tw_axis_read(struct tw_axis *axis, const struct tw_node *element, struct tw_pool *pool,
                 struct tw_report *report)
{
    struct range range = {0};
    const char *values = tw_model_text(element, "values");
    int good;
    if (values && tw_model_text(element, "from")) {
        tw_axis_report(axis, report, TW_ERROR, "", "it has both values and from");
        return 0;
    }
    if (values)
        good = tw_axis_split(axis, values, pool, report);
    else
        good = read_range(axis, element, &range, report) && fill_range(axis, &range, pool, report);
    return good;
}
