/* Makes the quadratics of a run; O(ranks·d). */
#include "quadratics.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include "numpy_rng.h"

#define PI 3.14159265358979323846

static const char *const kind_names[] = {"tridiagonal", "diagonal", NULL};
enum { SPECTRUM_LINEAR, SPECTRUM_LOG };
static const char *const spectrum_names[] = {"linear", "log", NULL};

#define FIELD(name) offsetof(struct tw_quadratics_params, name)
const struct tw_option tw_quadratics_options[TW_QUADRATICS_OPTIONS] = {
    {.name = "kind",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(kind),
     .fallback = "tridiagonal",
     .choices = kind_names,
     .unit = "",
     .help = "matrices: tridiagonal, another on each rank; or diagonal, the same on all"},
    {.name = "dimension",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(dimension),
     .fallback = "1000",
     .min = 1,
     .max = 1e8,
     .unit = "values",
     .help = "d"},
    {.name = "columns",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(columns),
     .fallback = "0",
     .max = 1e8,
     .unit = "values",
     .help = "row length of the weights as compressors see them; 0: a vector"},
    {.name = "s",
     .type = TW_OPTION_REAL,
     .offset = FIELD(s),
     .fallback = "0.05",
     .max = 1e6,
     .unit = "",
     .help = "kind=tridiagonal: how much the ranks' matrices differ: deviation of nu"},
    {.name = "shift",
     .type = TW_OPTION_REAL,
     .offset = FIELD(shift),
     .fallback = "1",
     .max = 1e9,
     .unit = "",
     .help = "kind=diagonal: how much the ranks' optima differ: deviation of b"},
    {.name = "lambda",
     .type = TW_OPTION_REAL,
     .offset = FIELD(lambda),
     .fallback = "1e-6",
     .max = 1e6,
     .open_min = 1,
     .unit = "",
     .help = "kind=tridiagonal: smallest eigenvalue of the mean matrix"},
    {.name = "spectrum",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(spectrum),
     .fallback = "linear",
     .choices = spectrum_names,
     .unit = "",
     .help = "kind=diagonal: how eigenvalues lie between least and greatest"},
    {.name = "least",
     .type = TW_OPTION_REAL,
     .offset = FIELD(least),
     .fallback = "0.1",
     .max = 1e9,
     .open_min = 1,
     .unit = "",
     .help = "kind=diagonal: first eigenvalue"},
    {.name = "greatest",
     .type = TW_OPTION_REAL,
     .offset = FIELD(greatest),
     .fallback = "1",
     .max = 1e9,
     .open_min = 1,
     .unit = "",
     .help = "kind=diagonal: last eigenvalue"},
    TW_ROW_NOISE(FIELD(noise), "0"),
    TW_ROW_NUMPY_SEED(FIELD(numpy_seed)),
    TW_ROW_LOSS(FIELD(loss)),
};

static double eigenvalue(uint64_t k, uint64_t d)
{
    return 2 - 2 * cos(PI * (double)k / (double)(d + 1));
}

static tw_status allocate(struct tw_quadratics *self, struct tw_err *err)
{
    const size_t ranks = (size_t)self->setup.ranks, d = self->d;
    const int tridiagonal = self->params.kind == TW_TRIDIAGONAL;

    self->diagonal = calloc(ranks, sizeof *self->diagonal);
    self->off = calloc(ranks, sizeof *self->off);
    self->first = calloc(ranks, sizeof *self->first);
    self->spectrum = calloc(d, sizeof *self->spectrum);
    self->b = calloc(tridiagonal ? 1 : ranks * d, sizeof *self->b);
    self->optimum = calloc(d, sizeof *self->optimum);
    self->sum = calloc(d, sizeof *self->sum);
    self->scratch = calloc(d, sizeof *self->scratch);
    if (!self->diagonal || !self->off || !self->first || !self->spectrum || !self->b ||
        !self->optimum || !self->sum || !self->scratch)
        return tw_err_set(err, TW_MEMORY, "no memory for %zu quadratics of %zu values", ranks, d);
    return TW_OK;
}

/* `count` normals as option numpy_seed says, for rank r in order. */
static tw_status draw(const struct tw_quadratics *self, uint64_t count, double *out,
                      struct tw_err *err)
{
    struct tw_numpy_rng numpy = {0};
    const uint32_t seed = (uint32_t)self->params.numpy_seed + self->setup.repetition;

    for (int r = 0; !self->params.numpy_seed && r < self->setup.ranks; r++) {
        struct tw_stream stream;
        tw_problem_stream(&self->setup, TW_PURPOSE_SPLIT, (uint32_t)r, TW_STEP_NONE, &stream);
        tw_stream_normals(&stream, out + (uint64_t)r * count, count);
    }
    if (!self->params.numpy_seed)
        return TW_OK;
    if (tw_numpy_open(&numpy, seed, err))
        return TW_MEMORY;
    for (uint64_t i = 0; i < (uint64_t)self->setup.ranks * count; i++)
        out[i] = tw_numpy_normal(&numpy);
    tw_numpy_close(&numpy);
    return TW_OK;
}

/* x* of the mean's tridiagonal system. */
static tw_status solve(struct tw_quadratics *self, double first, struct tw_err *err)
{
    if (self->d == 1) {
        self->optimum[0] = first / self->mean_diagonal;
        return TW_OK;
    }
    for (uint64_t j = 0; j < self->d; j++) {
        self->sum[j] = self->mean_diagonal;
        self->scratch[j] = self->mean_off;
        self->spectrum[j] = 0;
    }
    self->spectrum[0] = first;
    gsl_vector_view diagonal = gsl_vector_view_array(self->sum, self->d);
    gsl_vector_view off = gsl_vector_view_array(self->scratch, self->d - 1);
    gsl_vector_view right = gsl_vector_view_array(self->spectrum, self->d);
    gsl_vector_view x = gsl_vector_view_array(self->optimum, self->d);
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* it would end the process */
    const int failed =
        gsl_linalg_solve_symm_tridiag(&diagonal.vector, &off.vector, &right.vector, &x.vector);
    gsl_set_error_handler(handler);
    if (failed)
        return tw_err_set(err, TW_INTERNAL, "quadratic: the mean matrix has no inverse");
    return TW_OK;
}

static tw_status make_tridiagonal(struct tw_quadratics *self, struct tw_err *err)
{
    const int ranks = self->setup.ranks;
    double *normals = calloc(2 * (size_t)ranks, sizeof *normals), mean = 0, first = 0;
    tw_status status = normals ? draw(self, 2, normals, err) : TW_MEMORY;

    for (int r = 0; status == TW_OK && r < ranks; r++) {
        const double scale = (1 + self->params.s * normals[2 * r]) / 4;
        self->off[r] = -scale;
        self->first[r] = scale * (-1 + self->params.s * normals[2 * r + 1]);
        mean += scale / ranks;
        first += self->first[r] / ranks;
    }
    free(normals);
    if (status != TW_OK)
        return tw_err_set(err, status, "no memory for the quadratics of %d ranks", ranks);
    if (!(mean > 0))
        return tw_err_set(err, TW_RANGE,
                          "quadratic: s = %g makes the mean of %d matrices negative (seed %llu)",
                          self->params.s, ranks, (unsigned long long)self->setup.seed);
    const double shift = self->params.lambda - mean * eigenvalue(1, self->d);
    for (int r = 0; r < ranks; r++)
        self->diagonal[r] = -2 * self->off[r] + shift;
    self->mean_diagonal = 2 * mean + shift;
    self->mean_off = -mean;
    self->mean_first = first;
    return solve(self, first, err);
}

static tw_status make_diagonal(struct tw_quadratics *self, struct tw_err *err)
{
    const struct tw_quadratics_params *p = &self->params;
    const uint64_t d = self->d, ranks = (uint64_t)self->setup.ranks;
    const tw_status status = draw(self, d, self->b, err);

    if (status != TW_OK)
        return status;
    for (uint64_t j = 0; j < d; j++) {
        const double at = d > 1 ? (double)j / (double)(d - 1) : 0;
        double mean = 0;

        self->spectrum[j] = p->spectrum == SPECTRUM_LINEAR
                                ? p->least + at * (p->greatest - p->least)
                                : p->least * pow(p->greatest / p->least, at);
        for (uint64_t r = 0; r < ranks; r++)
            mean += self->b[r * d + j] / (double)ranks;
        for (uint64_t r = 0; r < ranks; r++)
            self->b[r * d + j] = p->shift * (self->b[r * d + j] - mean);
    }
    return TW_OK; /* b is centred, so x* = 0 and f* = 0 */
}

tw_status tw_quadratics_check(const void *params, struct tw_err *err)
{
    const struct tw_quadratics_params *p = params;
    struct tw_model model;
    const tw_status status = tw_problem_shape(p->dimension, p->columns, &model, err);

    if (status == TW_OK)
        tw_model_free(&model);
    return status;
}

void tw_quadratics_close(void *state)
{
    struct tw_quadratics *self = state;

    if (!self)
        return;
    tw_model_free(&self->model);
    free(self->diagonal);
    free(self->off);
    free(self->first);
    free(self->spectrum);
    free(self->b);
    free(self->optimum);
    free(self->sum);
    free(self->scratch);
    free(self);
}

tw_status tw_quadratics_open(const struct tw_workload_setup *setup, void **state,
                             struct tw_err *err)
{
    struct tw_quadratics *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->params = *(const struct tw_quadratics_params *)setup->params;
    self->d = self->params.dimension;
    status = tw_problem_shape(self->d, self->params.columns, &self->model, err);
    if (status == TW_OK)
        status = allocate(self, err);
    if (status == TW_OK)
        status = self->params.kind == TW_TRIDIAGONAL ? make_tridiagonal(self, err)
                                                     : make_diagonal(self, err);
    if (status != TW_OK) {
        tw_quadratics_close(self);
        return status;
    }
    *state = self;
    return TW_OK;
}
