/* Axes to points: a mixed-radix counter over dimensions, the first outermost. An axis of its own
 * and a <zip> of axes are one dimension each. */
#include "sweep.h"

#include <stdio.h>
#include <string.h>

int tw_sweep_find(const struct tw_sweep *sweep, const char *name)
{
    for (int i = 0; i < sweep->axis_count; i++)
        if (strcmp(sweep->axes[i].name, name) == 0)
            return i;
    return -1;
}

char *tw_sweep_hint(const struct tw_sweep *sweep, const char *wrong, char *buffer, size_t size)
{
    const char *names[TW_AXES_MAX];
    for (int i = 0; i < sweep->axis_count; i++)
        names[i] = sweep->axes[i].name;
    if (sweep->axis_count > 0)
        return tw_report_names(wrong, names, sweep->axis_count, buffer, size);
    snprintf(buffer, size, "the scenario has no axes; <sweep><axis name=\"%.60s\" values=…/>",
             wrong);
    return buffer;
}

static struct tw_axis *add_axis(struct tw_sweep *sweep, const char *name, const char *file,
                                long line)
{
    struct tw_axis *axis = &sweep->axes[sweep->axis_count++];
    *axis = (struct tw_axis){.name = name, .file = file, .line = line};
    axis->dimension = sweep->dimension_count;
    if (strcmp(name, "method") == 0)
        sweep->method_axis = sweep->axis_count - 1;
    return axis;
}

/* attribute: the one that holds its name. */
static void read_axis(struct tw_sweep *sweep, const struct tw_node *element, const char *attribute,
                      struct tw_pool *pool, struct tw_report *report)
{
    const char *name = tw_model_text(element, attribute);
    char reference[80];
    if (!name)
        return; /* reported by the XSD */
    snprintf(reference, sizeof reference, "$%.70s", name);
    if (strlen(name) > 63 || !tw_model_reference(reference)) {
        const int tunes = strcmp(attribute, "over") == 0;
        tw_report_at(report, TW_ERROR, element,
                     tunes ? "<tune> makes an axis, whose values go where $axis is written: "
                             "over=\"rate\", with rate=\"$rate\" in the optimizer"
                           : "a letter, then letters, digits and _",
                     "%s: '%s' is not a name", tunes ? "tune: attribute over" : "axis", name);
        return;
    }
    if (tw_sweep_find(sweep, name) >= 0) {
        tw_report_at(report, TW_ERROR, element,
                     strcmp(attribute, "over") == 0
                         ? "<tune> makes the axis itself: leave out the <axis> of that name"
                         : "",
                     "axis '%s' is given twice", name);
        return;
    }
    if (sweep->axis_count == TW_AXES_MAX - 1) { /* one stays free for the implicit method axis */
        tw_report_at(report, TW_ERROR, element, "", "sweep: more than %d axes", TW_AXES_MAX - 1);
        return;
    }
    struct tw_axis *axis = add_axis(sweep, name, element->file, element->line);
    if (tw_axis_read(axis, element, pool, report))
        return;
    axis->broken = 1;
    if (axis->count == 0 && sweep->method_axis == sweep->axis_count - 1)
        sweep->method_axis = -1; /* all methods are then checked */
}

void tw_sweep_read(struct tw_sweep *sweep, const struct tw_node *element, struct tw_pool *pool,
                   struct tw_report *report)
{
    sweep->method_axis = sweep->tune_axis = -1;
    sweep->element = element;
    for (const struct tw_node *child = element ? element->first : NULL; child;
         child = child->next) {
        int before = sweep->axis_count;
        if (strcmp(child->name, "axis") == 0)
            read_axis(sweep, child, "name", pool, report);
        for (const struct tw_node *axis = child->first; axis; axis = axis->next)
            if (strcmp(child->name, "zip") == 0)
                read_axis(sweep, axis, "name", pool, report);
        sweep->dimension_count += sweep->axis_count > before;
    }
}

void tw_sweep_tune(struct tw_sweep *sweep, const struct tw_node *element, struct tw_pool *pool,
                   struct tw_report *report)
{
    int before = sweep->axis_count;
    const char *over = tw_model_text(element, "over");
    if (over && strcmp(over, "method") == 0) {
        tw_report_at(report, TW_ERROR, element,
                     "over=\"rate\", with rate=\"$rate\" in the optimizer",
                     "tune: methods are what is compared, so 'method' cannot be tuned over");
        return;
    }
    if (over)
        read_axis(sweep, element, "over", pool, report);
    if (sweep->axis_count == before)
        return;
    sweep->tune_axis = before;
    sweep->dimension_count++;
}

void tw_sweep_override(struct tw_sweep *sweep, const struct tw_override *overrides, int count,
                       struct tw_pool *pool, struct tw_report *report)
{
    for (int i = 0; i < count; i++) {
        int found = tw_sweep_find(sweep, overrides[i].axis);
        if (found < 0) {
            struct tw_err err = {0};
            char hint[512];
            tw_err_set(&err, TW_INPUT, "--set: there is no axis '%s'", overrides[i].axis);
            tw_err_hint(&err, TW_INPUT, "%s",
                        tw_sweep_hint(sweep, overrides[i].axis, hint, sizeof hint));
            tw_err_at(&err, sweep->path, 0);
            tw_report_add(report, TW_ERROR, &err);
            continue;
        }
        struct tw_axis *axis = &sweep->axes[found];
        axis->overridden = 1;
        axis->file = sweep->path;
        axis->line = 0;
        axis->broken = !tw_axis_split(axis, overrides[i].values, pool, report);
    }
}

void tw_sweep_methods(struct tw_sweep *sweep, const char *const *ids, int count,
                      struct tw_pool *pool, struct tw_report *report)
{
    if (sweep->method_axis >= 0 || count == 0)
        return;
    struct tw_axis *axis = add_axis(sweep, "method", sweep->path, 0);
    sweep->implicit_method = 1;
    sweep->dimension_count++;
    axis->used = 1;
    axis->values = tw_pool_array(pool, (size_t)count, sizeof *axis->values);
    axis->numbers = tw_pool_array(pool, (size_t)count, sizeof *axis->numbers);
    if (!axis->values || !axis->numbers) {
        report->memory = 1;
        return;
    }
    for (int i = 0; i < count; i++) {
        axis->values[i] = ids[i];
        axis->numbers[i] = __builtin_nan("");
    }
    axis->count = count;
}

/* An axis whose values could not be read counts as absent, so that the rest can be checked. */
void tw_sweep_measure(struct tw_sweep *sweep, struct tw_report *report)
{
    for (int d = 0; d < sweep->dimension_count; d++) {
        const struct tw_axis *first = NULL, *axes[TW_AXES_MAX];
        int count = 0;
        sweep->sizes[d] = 1;
        for (int i = 0; i < sweep->axis_count; i++) {
            const struct tw_axis *axis = &sweep->axes[i];
            if (axis->dimension != d || axis->count == 0)
                continue;
            if (first && !axis->broken && !first->broken && axis->count != first->count)
                tw_axis_report(axis, report, TW_ERROR, "axes of a zip go in lock-step",
                               "it has %d values, but '%s' in the same zip has %d", axis->count,
                               first->name, first->count);
            if (!first || axis->count < sweep->sizes[d])
                sweep->sizes[d] = axis->count;
            first = first ? first : axis;
            axes[count++] = axis;
        }
        if (count)
            tw_axes_distinct(axes, count, sweep->sizes[d], report);
    }
}

long tw_sweep_combinations(const struct tw_sweep *sweep)
{
    long product = 1;
    for (int d = 0; d < sweep->dimension_count; d++) {
        if (product > TW_POINTS_MAX / sweep->sizes[d])
            return -1;
        product *= sweep->sizes[d];
    }
    return product;
}

void tw_sweep_goto(struct tw_sweep *sweep, long n)
{
    for (int d = sweep->dimension_count - 1; d >= 0; d--) {
        sweep->index[d] = (int)(n % sweep->sizes[d]);
        n /= sweep->sizes[d];
    }
}

const char *tw_sweep_value(const struct tw_sweep *sweep, int axis)
{
    return sweep->axes[axis].values[sweep->index[sweep->axes[axis].dimension]];
}
