/* The plane on which EF21 without momentum stalls: f = ½‖x‖² in R² on every rank, x^0 = (0, −0.01),
 * and a gradient of x + noise·√(3/10)·z with z one of (2,0), (0,1), (−2,−1), each with probability
 * 1/3: mean zero, variance noise²·(3/10)(4 + 1 + 5)/3 = noise². Top-1 keeps the wrong coordinate
 * again and again.
 * Source: Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155. */
#include "problem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct params {
    double noise;
};

static const struct tw_option options[] = {
    {.name = "noise",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct params, noise),
     .fallback = "1",
     .max = 1e9,
     .unit = "",
     .help = "deviation of the gradient's noise (sigma), whatever the batch"},
};

struct plane {
    struct tw_workload_setup setup; /* params NULL */
    double noise;
    struct tw_tensor tensor;
};

static tw_status open_plane(const struct tw_workload_setup *setup, void **state, struct tw_err *err)
{
    struct plane *self = calloc(1, sizeof *self);

    *state = self;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->noise = ((const struct params *)setup->params)->noise;
    self->tensor = (struct tw_tensor){.name = "x", .rows = 1, .columns = 2, .vector = 1};
    return TW_OK;
}

static uint64_t dimension(const void *state)
{
    (void)state;
    return 2;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    *count = 1;
    return &((const struct plane *)state)->tensor;
}

static void start(void *state, void *w)
{
    tw_real *x = w;

    (void)state;
    x[0] = 0;
    x[1] = (tw_real)-0.01;
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    static const double way[3][2] = {{2, 0}, {0, 1}, {-2, -1}};
    const struct plane *self = state;
    const tw_real *x = w;
    tw_real *g = out;
    struct tw_stream stream;

    (void)err;
    tw_problem_stream(&self->setup, TW_PURPOSE_NOISE, (uint32_t)rank, step, &stream);
    const unsigned long drawn = gsl_rng_uniform_int(&stream.gsl, 3);
    for (int j = 0; j < 2; j++)
        g[j] = (tw_real)((double)x[j] + self->noise * sqrt(0.3) * way[drawn][j]);
    return TW_OK;
}

static double distance(void *state, const void *w)
{
    const tw_real *x = w;

    (void)state;
    return hypot((double)x[0], (double)x[1]);
}

static tw_status loss(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err)
{
    const tw_real *x = w;

    (void)state;
    (void)err;
    *loss = ((double)x[0] * (double)x[0] + (double)x[1] * (double)x[1]) / 2;
    *accuracy = -1;
    return TW_OK;
}

const struct tw_workload TW_T(tw_workload_noisy_plane) = {
    .member = {.name = "noisy_plane",
               .summary = "two values and a noise under which EF21 stalls without momentum",
               .source = "Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_SYNTHETIC_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_plane,
    .close = free,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .loss = loss,
    .distance = distance,
    .data_hash = tw_problem_no_data,
};
