/* <straggler>: hosts or links that are slow in some steps. */
#include "bind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTOR_MAX 1e6

static void mistake(const struct tw_bind *bind, const struct tw_node *element,
                    const char *attribute, const char *what, const char *hint)
{
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    if (tw_bind_text(bind, element, attribute, &text) != TW_GIVEN)
        return;
    tw_err_set(&err, TW_RANGE, "'%s' %s", tw_report_short(text.text, shown), what);
    tw_err_hint(&err, TW_RANGE, "%s", hint);
    tw_bind_mistake(bind, &text, &err);
}

/* A whole number of a step at `text`, behind it in *end; 0: there is none. */
static int read_step(const char *text, const char **end, uint32_t *step)
{
    size_t digits = strspn(text, "0123456789");
    *end = text + digits;
    unsigned long value = digits > 0 && digits <= 10 ? strtoul(text, NULL, 10) : UINT32_MAX;
    *step = value < UINT32_MAX ? (uint32_t)value : 0;
    return value < UINT32_MAX;
}

/* "10-20", or "10". */
static void read_steps(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_straggler *straggler)
{
    struct tw_text text;
    const char *end;
    uint32_t first = 0, last = 0;
    if (tw_bind_text(bind, element, "steps", &text) != TW_GIVEN)
        return;
    int good = read_step(text.text, &end, &first);
    last = first;
    if (good && *end == '-')
        good = read_step(end + 1, &end, &last);
    if (!good || *end || last < first) {
        mistake(bind, element, "steps", "is no range of steps",
                "steps=\"10-20\", or steps=\"10\": from 0, the last one included");
        return;
    }
    straggler->first = first;
    straggler->last = last;
}

void tw_bind_straggler(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_straggler *straggler)
{
    struct tw_text text;
    int link = tw_model_attribute(element, "link") != NULL;
    *straggler = (struct tw_straggler){.kind = link ? TW_OUTAGE_LINK : TW_OUTAGE_HOST,
                                       .name = "*",
                                       .last = UINT32_MAX,
                                       .probability = 1,
                                       .factor = 1};
    if (link == (tw_model_attribute(element, "host") != NULL))
        tw_report_at(bind->report, TW_ERROR, element, "host=\"node-3\", or link=\"*_3_UP\"",
                     "straggler: either hosts or links are slow");
    if (tw_bind_text(bind, element, link ? "link" : "host", &text) == TW_GIVEN)
        straggler->name = text.text;
    read_steps(bind, element, straggler);
    if (tw_bind_quantity(bind, element, "probability", TW_UNIT_NUMBER, TW_POSITIVE,
                         &straggler->probability) == TW_GIVEN &&
        straggler->probability > 1)
        mistake(bind, element, "probability", "is more than 1",
                "above 0 and at most 1; default 1: in all of the steps");
    if (tw_bind_quantity(bind, element, "factor", TW_UNIT_NUMBER, TW_POSITIVE,
                         &straggler->factor) == TW_GIVEN &&
        (straggler->factor < 1 || straggler->factor > FACTOR_MAX))
        mistake(bind, element, "factor", "is not from 1 to 1000000",
                "2: twice as long, or half of the bandwidth");
    if (tw_model_attribute(element, "spread") && !tw_model_attribute(element, "cv"))
        tw_report_at(bind->report, TW_ERROR, element, "cv=\"0.5\"",
                     "straggler: attribute spread says how factor - 1 varies, but cv is missing");
    tw_bind_jitter(bind, element, "spread", &straggler->spread);
}
