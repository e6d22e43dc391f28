/* Watts of a host as text. SimGrid checks their form and not their values. */
#include "watts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static tw_status wrong(const char *text, const char *why, tw_status status, struct tw_err *err)
{
    tw_err_set(err, status, "'%s' %s", text, why);
    return tw_err_hint(
        err, status,
        "Idle:AllCores or Idle:Epsilon:AllCores in watts, none below the one before: "
        "100:300");
}

tw_status tw_watts_check(const char *text, struct tw_err *err)
{
    const char *at = text;
    double last_W = 0;
    for (int count = 1; count <= 3; count++) {
        char *end;
        if (*at == '\0' || !strchr("0123456789.", *at))
            break;
        double watts = strtod(at, &end);
        if (end == at)
            break;
        if (!isfinite(watts) || watts < last_W)
            return wrong(text, "goes down or is not finite", TW_RANGE, err);
        last_W = watts;
        if (*end == '\0' && count >= 2)
            return TW_OK;
        if (*end != ':')
            break;
        at = end + 1;
    }
    return wrong(text, "is not the watts of a host", TW_INPUT, err);
}
