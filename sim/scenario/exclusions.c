/* The <exclude>s of a sweep and --only. */
#include "exclusions.h"

#include <string.h>

static void mistake(const struct tw_exclusions *exclusions, const struct tw_exclusion *exclusion,
                    enum tw_severity severity, const struct tw_err *err)
{
    struct tw_err full = {0};
    tw_err_set(&full, TW_INPUT, "%s: %s", exclusion->element ? "exclude" : "--only", err->text);
    tw_err_hint(&full, TW_INPUT, "%s", err->hint);
    if (exclusion->element)
        tw_err_at(&full, exclusion->element->file, exclusion->element->line);
    else
        tw_err_at(&full, exclusions->sweep->path, 0);
    tw_report_add(exclusions->report, severity, &full);
}

static void open_one(const struct tw_exclusions *exclusions, struct tw_exclusion *exclusion,
                     const char *text)
{
    struct tw_err err = {0};
    tw_status status = tw_filter_open(&exclusion->filter, text, exclusions->sweep, &err);
    if (status == TW_MEMORY)
        exclusions->report->memory = 1;
    else if (status)
        mistake(exclusions, exclusion, TW_ERROR, &err);
}

void tw_exclusions_open(struct tw_exclusions *exclusions, const struct tw_sweep *sweep,
                        const char *only, struct tw_report *report)
{
    exclusions->sweep = sweep;
    exclusions->report = report;
    for (const struct tw_node *element = tw_model_child(sweep->element, "exclude"); element;
         element = tw_model_next(element)) {
        const char *when = tw_model_text(element, "when");
        if (exclusions->count == TW_EXCLUDES_MAX) {
            tw_report_at(report, TW_ERROR, element, "", "sweep: more than %d excludes",
                         TW_EXCLUDES_MAX);
            break;
        }
        if (!when)
            continue; /* reported by the XSD */
        struct tw_exclusion *exclusion = &exclusions->excludes[exclusions->count++];
        exclusion->element = element;
        open_one(exclusions, exclusion, when);
    }
    if (only)
        open_one(exclusions, &exclusions->only, only);
}

/* A condition that cannot be evaluated is reported once and given up. */
static int holds(const struct tw_exclusions *exclusions, struct tw_exclusion *exclusion,
                 int otherwise)
{
    struct tw_err err = {0};
    int held = otherwise;
    if (!exclusion->filter)
        return otherwise;
    if (tw_filter_holds(exclusion->filter, &held, &err)) {
        mistake(exclusions, exclusion, TW_ERROR, &err);
        tw_filter_close(exclusion->filter);
        exclusion->filter = NULL;
        return otherwise;
    }
    exclusion->hits += held;
    return held;
}

int tw_exclusions_stays(struct tw_exclusions *exclusions)
{
    int excluded = 0;
    for (int i = 0; i < exclusions->count; i++)
        excluded |= holds(exclusions, &exclusions->excludes[i], 0);
    return !excluded && holds(exclusions, &exclusions->only, 1);
}

/* $bw = '10Gbps' compares a number with a text and never holds: an exclude without effect is worth
 * a word. */
void tw_exclusions_warn_idle(const struct tw_exclusions *exclusions)
{
    struct tw_err err = {0};
    tw_err_set(&err, TW_INPUT, "it takes no point away");
    tw_err_hint(&err, TW_INPUT,
                "values with a unit are numbers here: seconds, bytes, bytes per second");
    for (int i = 0; i < exclusions->count; i++)
        if (exclusions->excludes[i].filter && exclusions->excludes[i].hits == 0)
            mistake(exclusions, &exclusions->excludes[i], TW_WARNING, &err);
}

void tw_exclusions_close(struct tw_exclusions *exclusions)
{
    for (int i = 0; i < exclusions->count; i++)
        tw_filter_close(exclusions->excludes[i].filter);
    tw_filter_close(exclusions->only.filter);
}
