/* Gradient noise and distances of the problems that are formulas. */
#include "problem.h"

void TW_T(tw_problem_add_noise)(const struct tw_workload_setup *setup, int rank, uint32_t step,
                                double noise, double *scratch, tw_real *g, uint64_t d)
{
    struct tw_stream stream;

    if (!(noise > 0))
        return;
    tw_problem_stream(setup, TW_PURPOSE_NOISE, (uint32_t)rank, step, &stream);
    tw_stream_normals(&stream, scratch, d);
    for (uint64_t i = 0; i < d; i++)
        g[i] = (tw_real)((double)g[i] + noise * scratch[i]);
}

double TW_T(tw_problem_distance2)(const tw_real *x, const double *to, uint64_t d)
{
    double sum = 0;

    for (uint64_t i = 0; i < d; i++) {
        const double off = (double)x[i] - to[i];
        sum += off * off;
    }
    return sum;
}
