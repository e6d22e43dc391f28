/* Learning rates; pow and cos are the C library's. */
#include "pace.h"

#include <math.h>

#define PI 3.14159265358979323846

const char *const tw_rate_schedule_names[] = {"constant", "step", "cosine", NULL};

double tw_pace_rate(const void *params, uint32_t step)
{
    const struct tw_pace *pace = params;
    double share = 1;
    if (pace->schedule == TW_RATE_STEP) {
        share = pow(pace->factor, (double)(step / pace->every));
    } else if (pace->schedule == TW_RATE_COSINE) {
        const uint64_t last = pace->floor > 0 ? pace->horizon : pace->horizon - 1;
        const uint64_t at = step < last ? step : last;
        const double half = (1 + cos(PI * (double)at / (double)pace->horizon)) / 2;
        share = pace->floor + (1 - pace->floor) * half;
    }
    if (step < pace->warmup)
        share *= ((double)step + 1) / (double)pace->warmup;
    return pace->rate * share;
}

tw_status tw_pace_check(const void *params, struct tw_err *err)
{
    const struct tw_pace *pace = params;
    if (pace->schedule == TW_RATE_STEP && pace->every == 0) {
        tw_err_set(err, TW_RANGE, "optimizer: schedule=\"step\" needs every");
        return tw_err_hint(err, TW_RANGE, "every=\"1000\" factor=\"0.1\"");
    }
    if (pace->schedule == TW_RATE_COSINE && pace->horizon == 0) {
        tw_err_set(err, TW_RANGE, "optimizer: schedule=\"cosine\" needs horizon");
        return tw_err_hint(err, TW_RANGE, "horizon= as many steps as the workload has");
    }
    return TW_OK;
}
