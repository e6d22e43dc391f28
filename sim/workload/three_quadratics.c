/* Three quadratics on which naive Top-1 diverges:
 *
 *     f_i(x) = ⟨a_i, x⟩² + ¼‖x‖²,   a = (−3,2,2), (2,−3,2), (2,2,−3),   x^0 = (1,1,1),   x* = 0
 *
 * Rank r has i = r mod 3. At c·(1,1,1) Top-1 keeps the one coordinate of each gradient that points
 * the wrong way: a step of size γ multiplies x by exactly 1 + 11γ/6.
 * Source: Beznosikov, Horváth, Richtárik, Safaryan 2020, arXiv 2002.12410, example 1. */
#include "problem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { DIMENSION = 3 };

struct params {
    double noise;
};

static const struct tw_option options[] = {
    TW_ROW_NOISE(offsetof(struct params, noise), "0"),
};

struct quadratics {
    struct tw_workload_setup setup; /* params NULL */
    double noise, scratch[DIMENSION];
    struct tw_tensor tensor;
};

static tw_status open_quadratics(const struct tw_workload_setup *setup, void **state,
                                 struct tw_err *err)
{
    struct quadratics *self = calloc(1, sizeof *self);

    *state = self;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->noise = ((const struct params *)setup->params)->noise;
    self->tensor = (struct tw_tensor){.name = "x", .rows = 1, .columns = DIMENSION, .vector = 1};
    return TW_OK;
}

static uint64_t dimension(const void *state)
{
    (void)state;
    return DIMENSION;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    *count = 1;
    return &((const struct quadratics *)state)->tensor;
}

static void start(void *state, void *w)
{
    tw_real *x = w;

    (void)state;
    for (int j = 0; j < DIMENSION; j++)
        x[j] = 1;
}

static double entry(int i, int j)
{
    return i == j ? -3 : 2;
}

static double inner(int i, const tw_real *x)
{
    double sum = 0;

    for (int j = 0; j < DIMENSION; j++)
        sum += entry(i, j) * (double)x[j];
    return sum;
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct quadratics *self = state;
    const tw_real *x = w;
    const int i = rank % DIMENSION;
    const double along = inner(i, x);
    tw_real *g = out;

    (void)err;
    for (int j = 0; j < DIMENSION; j++)
        g[j] = (tw_real)(2 * along * entry(i, j) + (double)x[j] / 2);
    TW_T(tw_problem_add_noise)(&self->setup, rank, step, self->noise, self->scratch, g, DIMENSION);
    return TW_OK;
}

static double norm2(const tw_real *x)
{
    double sum = 0;

    for (int j = 0; j < DIMENSION; j++)
        sum += (double)x[j] * (double)x[j];
    return sum;
}

static tw_status loss(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err)
{
    const int ranks = ((const struct quadratics *)state)->setup.ranks;
    double mean = 0;

    (void)err;
    for (int r = 0; r < ranks; r++)
        mean += inner(r % DIMENSION, w) * inner(r % DIMENSION, w) / ranks;
    *loss = mean + norm2(w) / 4;
    *accuracy = -1;
    return TW_OK;
}

static double distance(void *state, const void *w)
{
    (void)state;
    return sqrt(norm2(w));
}

const struct tw_workload TW_T(tw_workload_three_quadratics) = {
    .member = {.name = "three_quadratics",
               .summary = "three values on which naive Top-1 diverges",
               .source = "Beznosikov et al. 2020, arXiv 2002.12410",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_SYNTHETIC_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_quadratics,
    .close = free,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .loss = loss,
    .distance = distance,
    .data_hash = tw_problem_no_data,
};
