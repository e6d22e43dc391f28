/* Stochastic rounding to levels: what needs no numbers. */
#include "dither_real.h"

#include <math.h>

const char *const tw_dither_norm_names[] = {"l2", "max", NULL};

unsigned tw_dither_bits(uint64_t levels)
{
    unsigned bits = 1;
    while (2 * levels >> bits)
        bits++;
    return bits;
}

double tw_dither_omega(enum tw_dither_norm norm, uint64_t n, uint64_t levels)
{
    double values = (double)n, s = (double)levels;
    if (n == 0)
        return 0.0;
    if (norm == TW_DITHER_MAX && levels == 1)
        return (sqrt(values) - 1.0) / 2.0;
    double fine = (norm == TW_DITHER_MAX ? values - 1.0 : values) / (4.0 * s * s);
    double coarse = norm == TW_DITHER_MAX ? (sqrt(values) + 1.0) / (2.0 * s) : sqrt(values) / s;
    return fine < coarse ? fine : coarse;
}

struct tw_groups tw_dither_coder_groups(const struct tw_problem *problem)
{
    const struct tw_dither_params *params = problem->params;
    return (struct tw_groups){TW_SCOPE_TENSOR, params->bucket};
}

unsigned tw_dither_coder_bits(const struct tw_problem *problem)
{
    return tw_dither_bits(((const struct tw_dither_params *)problem->params)->levels);
}

uint32_t tw_dither_coder_most(const struct tw_problem *problem)
{
    return (uint32_t)(2 * ((const struct tw_dither_params *)problem->params)->levels);
}

double tw_dither_coder_omega(const struct tw_problem *problem)
{
    const struct tw_dither_params *params = problem->params;
    uint64_t largest = tw_groups_largest(problem, tw_dither_coder_groups(problem));
    return tw_dither_omega((enum tw_dither_norm)params->norm, largest, params->levels);
}
