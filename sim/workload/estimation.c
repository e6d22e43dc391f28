/* The statistical model of rTop-k: every rank sees zeros and ones and all want their chances.
 *
 *     X_i(t) ~ ∏_j Bernoulli(θ_j),   θ_j = min(1, c·(j+1)^−decay) for j < support, else 0,
 *     c such that Σθ_j = s;   f(w) = ½‖w − θ‖²,   w^0 = 0,   gradient of rank i at step t: w −
 * X_i(t)
 *
 * One step of plain descent with rate 1 gives w = mean C(X_i), so `distance`² is the squared error
 * of the estimate; of T steps with rate 1/T and no feedback, that of T·N observations, nearly.
 * support = s makes every θ there 1: no noise but that of the compressor.
 *
 * Source: Barnes, Inan, Isik, Özgür 2020, "rTop-k: A Statistical Estimation Approach to Distributed
 * SGD", arXiv 2005.10761. O(support) per gradient. */
#include "problem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct params {
    uint64_t dimension, support;
    double s, decay;
};

#define FIELD(name) offsetof(struct params, name)
static const struct tw_option options[] = {
    {.name = "dimension",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(dimension),
     .fallback = "1000",
     .min = 1,
     .max = 1e8,
     .unit = "values",
     .help = "d"},
    {.name = "s",
     .type = TW_OPTION_REAL,
     .offset = FIELD(s),
     .fallback = "50",
     .max = 1e8,
     .open_min = 1,
     .unit = "values",
     .help = "expected number of ones, the sum of theta"},
    {.name = "support",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(support),
     .fallback = "0",
     .max = 1e8,
     .unit = "values",
     .help = "how many theta are not zero, at least s; 0: all"},
    {.name = "decay",
     .type = TW_OPTION_REAL,
     .offset = FIELD(decay),
     .fallback = "0",
     .max = 10,
     .unit = "",
     .help = "theta of the j-th value falls as j^-decay: skewness"},
};

struct estimation {
    struct tw_workload_setup setup; /* params NULL */
    uint64_t support;
    struct tw_model model;
    double *theta; /* d */
};

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;
    const uint64_t support = p->support ? p->support : p->dimension;

    if (support > p->dimension)
        return tw_err_set(err, TW_RANGE, "estimation: a support of %llu of %llu values",
                          (unsigned long long)support, (unsigned long long)p->dimension);
    if (p->s > (double)support)
        return tw_err_set(err, TW_RANGE, "estimation: s = %g ones on a support of %llu", p->s,
                          (unsigned long long)support);
    return TW_OK;
}

static double fill(double *theta, uint64_t support, double scale, double decay)
{
    double sum = 0;

    for (uint64_t j = 0; j < support; j++) {
        theta[j] = fmin(1, scale * pow((double)(j + 1), -decay));
        sum += theta[j];
    }
    return sum;
}

/* c by bisection: the sum of θ grows with it, from 0 to the support at c = support^decay. */
static void make_theta(struct estimation *self, const struct params *params)
{
    double low = 0, high = pow((double)self->support, params->decay);

    for (int i = 0; i < 200 && low < high; i++) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (fill(self->theta, self->support, middle, params->decay) < params->s)
            low = middle;
        else
            high = middle;
    }
    (void)fill(self->theta, self->support, high, params->decay);
}

static void close_estimation(void *state)
{
    struct estimation *self = state;

    if (!self)
        return;
    tw_model_free(&self->model);
    free(self->theta);
    free(self);
}

static tw_status open_estimation(const struct tw_workload_setup *setup, void **state,
                                 struct tw_err *err)
{
    const struct params *params = setup->params;
    struct estimation *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->support = params->support ? params->support : params->dimension;
    status = check(params, err);
    if (status == TW_OK)
        status = tw_problem_shape(params->dimension, 0, &self->model, err);
    if (status == TW_OK) {
        self->theta = calloc(params->dimension, sizeof *self->theta);
        if (!self->theta)
            status = tw_err_set(err, TW_MEMORY, "no memory for the workload");
    }
    if (status != TW_OK) {
        close_estimation(self);
        return status;
    }
    make_theta(self, params);
    *state = self;
    return TW_OK;
}

static uint64_t dimension(const void *state)
{
    return ((const struct estimation *)state)->model.dimension;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct estimation *self = state;
    *count = self->model.count;
    return self->model.tensors;
}

static void start(void *state, void *w)
{
    tw_real *x = w;

    for (uint64_t j = 0; j < dimension(state); j++)
        x[j] = 0;
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    const struct estimation *self = state;
    const tw_real *x = w;
    tw_real *g = out;
    struct tw_stream stream;

    (void)err;
    tw_problem_stream(&self->setup, TW_PURPOSE_NOISE, (uint32_t)rank, step, &stream);
    for (uint64_t j = 0; j < self->model.dimension; j++)
        g[j] = x[j];
    for (uint64_t j = 0; j < self->support; j++)
        g[j] -= gsl_rng_uniform(&stream.gsl) < self->theta[j];
    return TW_OK;
}

static double error2(const struct estimation *self, const tw_real *x)
{
    return TW_T(tw_problem_distance2)(x, self->theta, self->model.dimension);
}

static tw_status loss(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err)
{
    (void)err;
    *loss = error2(state, w) / 2;
    *accuracy = -1;
    return TW_OK;
}

static double distance(void *state, const void *w)
{
    return sqrt(error2(state, w));
}

const struct tw_workload TW_T(tw_workload_estimation) = {
    .member = {.name = "estimation",
               .summary = "the mean of sparse zeros and ones, seen by every rank in part",
               .source = "Barnes et al. 2020 (rTop-k), arXiv 2005.10761",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_SYNTHETIC_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_estimation,
    .close = close_estimation,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .loss = loss,
    .distance = distance,
    .data_hash = tw_problem_no_data,
    .check = check,
};
