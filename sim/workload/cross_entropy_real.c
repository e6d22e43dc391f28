/* f = log Σ_c exp(z_c) − z_y,  ∂f/∂z_c = exp(z_c)/Σ − [c = y]; exp and log are the C library's, in
 * double. O(classes) per column. */
#include "cross_entropy_real.h"

#include <math.h>

/* log Σ_c exp(z_c − max) of column j; *top = max. */
static double log_sum(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j, double *top)
{
    double sum = 0;

    *top = (double)z[j];
    for (uint32_t c = 1; c < classes; c++) {
        if ((double)z[c * n + j] > *top)
            *top = (double)z[c * n + j];
    }
    for (uint32_t c = 0; c < classes; c++)
        sum += exp((double)z[c * n + j] - *top);
    return log(sum);
}

double TW_T(tw_cross_entropy)(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j,
                              uint32_t label)
{
    double top;
    const double log_total = log_sum(z, classes, n, j, &top);

    return log_total - ((double)z[label * n + j] - top);
}

void TW_T(tw_cross_entropy_slope)(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j,
                                  uint32_t label, double samples, tw_real *delta)
{
    double top;
    const double log_total = log_sum(z, classes, n, j, &top);

    for (uint32_t c = 0; c < classes; c++) {
        const double share = exp((double)z[c * n + j] - top - log_total);
        delta[c * n + j] = (tw_real)((share - (c == label)) / samples);
    }
}

int TW_T(tw_largest_is)(const tw_real *z, uint32_t classes, uint64_t n, uint64_t j, uint32_t label)
{
    const tw_real own = z[label * n + j];
    int right = own == own;

    for (uint32_t c = 0; c < classes; c++) {
        const tw_real other = z[c * n + j];
        right &= c < label ? other < own : other <= own;
    }
    return right;
}
