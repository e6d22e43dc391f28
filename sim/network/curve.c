#include "curve.h"

#include <math.h>

double tw_curve_share(const struct tw_curve *curve, uint64_t bytes)
{
    int i = 0;
    double size_B = (double)bytes;
    if (curve->count == 0)
        return 1;
    while (i < curve->count && curve->size_B[i] < size_B)
        i++;
    if (i == 0)
        return curve->share[0];
    if (i == curve->count)
        return curve->share[i - 1];
    double at = log(size_B / curve->size_B[i - 1]) / log(curve->size_B[i] / curve->size_B[i - 1]);
    return curve->share[i - 1] + at * (curve->share[i] - curve->share[i - 1]);
}

uint64_t tw_curve_stretched_B(const struct tw_curve *curve, uint64_t bytes)
{
    if (curve->count == 0)
        return bytes;
    return (uint64_t)((double)bytes / tw_curve_share(curve, bytes) + .5);
}

tw_status tw_curve_check(const struct tw_curve *curve, struct tw_err *err)
{
    if (curve->count < 0 || curve->count > TW_CURVE_MAX)
        return tw_err_set(err, TW_RANGE, "a bandwidth curve of %d points", curve->count);
    for (int i = 0; i < curve->count; i++) {
        double before_B = i ? curve->size_B[i - 1] : 0;
        if (!(curve->size_B[i] > before_B && isfinite(curve->size_B[i])))
            return tw_err_set(err, TW_RANGE, "bandwidth curve: size %g B behind %g B",
                              curve->size_B[i], before_B);
        if (!(curve->share[i] > 0 && curve->share[i] <= 1))
            return tw_err_set(err, TW_RANGE, "bandwidth curve: %g is not above 0 and at most 1",
                              curve->share[i]);
    }
    return TW_OK;
}
