/* Synthetic gradients with the statistics of real ones:
 *
 *   g_r[l,k,j] = s_l · e_k · (√ρ·S + √(1−ρ)·Z_r),   S, Z double-Gamma(a):  ±Gamma(a,1)/√(a(a+1))
 *
 * S is shared by all ranks and drawn anew at each step, Z is each rank's own, so that the cosine
 * between ranks is ρ in expectation; s_l (layers) and e_k (rows of matrices) are lognormal with
 * deviations layer_scale and row_scale, drawn once per seed and repetition. The mixture of layer
 * scales is what makes the whole vector heavy-tailed. Some entries, or whole rows in `embed`
 * (tokens that no sample holds), are zero on all ranks, drawn anew at each step. All tensors share
 * the preset; vectors (biases, norms) have no row scale and no zero rows.
 *
 * Source: fitted to gradients of real runs (a 784-256-128-10 MLP and a small CNN on Fashion-MNIST,
 * batch 32; a four-layer character GPT, batch 16 × 64; 8 workers; README.md has the figures).
 * ρ: .3–.9 early, .6 mid-way, .3 late in training; ρ/(1−ρ) grows with the batch. Real gradients
 * also drift from step to step, which is not modelled. Cost: two gamma draws per value. */
#include "workload.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <gsl/gsl_randist.h>
#include "base/rng.h"
#include "base/vec.h"
#include "models.h"

struct preset {
    const char *name;
    double shape;     /* a */
    double zeros;     /* share of entries that are zero on all ranks */
    double zero_rows; /* share of the rows of matrices that are */
    double row_scale;
};

/* laplace: a = 1 is the two-sided exponential. */
static const struct preset presets[] = {
    {"laplace", 1.0, 0, 0, 0}, {"mlp", 0.6, 0.18, 0, 0.5},  {"cnn", 0.5, 0.25, 0, 0},
    {"gpt-mlp", 1.1, 0, 0, 0}, {"gpt-attn", 0.75, 0, 0, 0}, {"embed", 0.6, 0, 0.45, 1.2},
};
static const char *const preset_names[] = {"laplace",  "mlp",   "cnn", "gpt-mlp",
                                           "gpt-attn", "embed", NULL};

struct params {
    int model; /* index into tw_model_choices */
    int preset;
    uint64_t dimension, layers, columns;
    double correlation, layer_scale, row_scale;
    uint64_t sampled;
};

static const struct tw_option options[] = {
    {.name = "model",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct params, model),
     .fallback = "none",
     .choices = tw_model_choices,
     .unit = "",
     .help = "layer table; or give dimension"},
    {.name = "dimension",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, dimension),
     .fallback = "0",
     .max = 1e12,
     .unit = "values",
     .help = "length of the gradient, in place of a model"},
    {.name = "layers",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, layers),
     .fallback = "1",
     .min = 1,
     .max = 100000,
     .unit = "tensors",
     .help = "with dimension: equal parts, each with its own scale"},
    {.name = "columns",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, columns),
     .fallback = "0",
     .max = 1e9,
     .unit = "values",
     .help = "with dimension: row length of each tensor; 0 makes vectors"},
    {.name = "preset",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct params, preset),
     .fallback = "mlp",
     .choices = preset_names,
     .unit = "",
     .help = "kind of layer whose statistics all tensors have"},
    {.name = "correlation",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct params, correlation),
     .fallback = "0.6",
     .max = 1,
     .unit = "cosine",
     .help = "rho, expected cosine between two ranks' gradients"},
    {.name = "layer_scale",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct params, layer_scale),
     .fallback = "1",
     .max = 10,
     .unit = "",
     .help = "deviation of the logarithm of the layers' scales"},
    {.name = "row_scale",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct params, row_scale),
     .fallback = "-1",
     .min = -1,
     .max = 10,
     .unit = "",
     .help = "deviation of the logarithm of the rows' scales; below 0: the preset's"},
    {.name = "sampled",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, sampled),
     .fallback = "0",
     .max = 65536,
     .unit = "ranks",
     .help = "ranks that have numbers, the others repeat them in turn; 0: all"},
};
static const char *const late[] = {"sampled", NULL};

struct synthetic {
    struct tw_workload_setup setup; /* params NULL */
    struct preset preset;
    double shared, own; /* √ρ, √(1−ρ) */
    struct tw_model model;
    double *scale;   /* s_l·e_k of every row of every tensor, in order */
    uint32_t cached; /* step whose shared part is below; TW_STEP_NONE at first */
    tw_real *common; /* √ρ·S, per value */
    uint8_t *zero;   /* 1: zero on all ranks, per value; NULL: none is */
};

static tw_status make_model(const struct params *params, struct tw_model *model, struct tw_err *err)
{
    *model = (struct tw_model){0};
    if ((params->model > 0) == (params->dimension > 0)) {
        tw_err_set(err, TW_INPUT, "synthetic: %s",
                   params->model > 0 ? "both model and dimension are given"
                                     : "neither model nor dimension is given");
        return tw_err_hint(err, TW_INPUT, "model=\"resnet50\", or dimension=\"100000\"");
    }
    if (params->model > 0)
        return tw_model_make(params->model, model, err);
    return tw_model_even(params->dimension, params->layers, params->columns, model, err);
}

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;
    struct tw_model model;
    int matrices = 0;
    tw_status status = make_model(p, &model, err);

    if (status != TW_OK)
        return status;
    for (int i = 0; i < model.count; i++)
        matrices += !model.tensors[i].vector;
    tw_model_free(&model);
    if (presets[p->preset].zero_rows > 0 && matrices == 0) {
        status = tw_err_set(err, TW_INPUT,
                            "synthetic: preset %s needs matrices, all tensors are "
                            "vectors",
                            preset_names[p->preset]);
        tw_err_hint(err, status, "give columns");
    }
    return status;
}

static void open_stream(const struct synthetic *self, enum tw_purpose purpose, uint32_t rank,
                        uint32_t step, uint32_t tensor, struct tw_stream *stream)
{
    const struct tw_stream_key key = {.seed = self->setup.seed,
                                      .repetition = self->setup.repetition,
                                      .rank = rank,
                                      .step = step,
                                      .tensor = tensor,
                                      .purpose = purpose};
    tw_stream_open(stream, &key);
}

static void draw_scales(struct synthetic *self, double layer_scale)
{
    double *to = self->scale;

    for (int l = 0; l < self->model.count; l++) {
        const struct tw_tensor *tensor = &self->model.tensors[l];
        const double deviation = tensor->vector ? 0 : self->preset.row_scale;
        struct tw_stream stream;
        double layer;

        open_stream(self, TW_PURPOSE_SCALE, TW_RANK_ALL, TW_STEP_NONE, tensor->id, &stream);
        layer = exp(gsl_ran_gaussian_ziggurat(&stream.gsl, layer_scale));
        for (uint64_t k = 0; k < tensor->rows; k++)
            *to++ = layer * exp(gsl_ran_gaussian_ziggurat(&stream.gsl, deviation));
    }
}

static tw_status allocate(struct synthetic *self, struct tw_err *err)
{
    uint64_t rows = 0;

    for (int l = 0; l < self->model.count; l++)
        rows += self->model.tensors[l].rows;
    self->scale = calloc(rows + 1, sizeof *self->scale);
    self->common = calloc(self->model.dimension, sizeof *self->common);
    if (self->preset.zeros > 0 || self->preset.zero_rows > 0) {
        self->zero = calloc(self->model.dimension, 1);
        if (!self->zero)
            return tw_err_set(err, TW_MEMORY, "no memory for synthetic gradients");
    }
    if (!self->scale || !self->common)
        return tw_err_set(err, TW_MEMORY, "no memory for synthetic gradients");
    return TW_OK;
}

static void close_synthetic(void *state)
{
    struct synthetic *self = state;

    if (!self)
        return;
    tw_model_free(&self->model);
    free(self->scale);
    free(self->common);
    free(self->zero);
    free(self);
}

static tw_status open_synthetic(const struct tw_workload_setup *setup, void **state,
                                struct tw_err *err)
{
    const struct params *params = setup->params;
    struct synthetic *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->preset = presets[params->preset];
    if (params->row_scale >= 0)
        self->preset.row_scale = params->row_scale;
    self->shared = sqrt(params->correlation);
    self->own = sqrt(1 - params->correlation);
    self->cached = TW_STEP_NONE;
    status = check(params, err);
    if (status == TW_OK)
        status = make_model(params, &self->model, err);
    if (status == TW_OK)
        status = allocate(self, err);
    if (status != TW_OK) {
        close_synthetic(self);
        return status;
    }
    draw_scales(self, params->layer_scale);
    *state = self;
    return TW_OK;
}

/* ±Gamma(a,1)/√(a(a+1)): mean 0, variance 1. */
static double double_gamma(struct tw_stream *stream, double shape, double norm)
{
    const int negative = gsl_rng_uniform_int(&stream->gsl, 2) == 1;
    const double value = norm * gsl_ran_gamma(&stream->gsl, shape, 1.0);
    return negative ? -value : value;
}

static double unit_norm(const struct synthetic *self)
{
    return 1 / sqrt(self->preset.shape * (self->preset.shape + 1));
}

/* Which values of the tensor are zero on all ranks. */
static void draw_zeros(struct synthetic *self, const struct tw_tensor *tensor,
                       struct tw_stream *stream)
{
    uint8_t *zero = self->zero + tensor->offset;

    for (uint64_t k = 0; k < tensor->rows; k++) {
        const int row = !tensor->vector && self->preset.zero_rows > 0 &&
                        gsl_rng_uniform(&stream->gsl) < self->preset.zero_rows;
        for (uint64_t j = 0; j < tensor->columns; j++) {
            *zero++ = row || (self->preset.zeros > 0 &&
                              gsl_rng_uniform(&stream->gsl) < self->preset.zeros);
        }
    }
}

static void draw_common(struct synthetic *self, uint32_t step)
{
    const double norm = unit_norm(self);

    for (int l = 0; l < self->model.count; l++) {
        const struct tw_tensor *tensor = &self->model.tensors[l];
        const uint64_t end = tensor->offset + tw_tensor_size(tensor);
        struct tw_stream stream;

        open_stream(self, TW_PURPOSE_SHARED, TW_RANK_ALL, step, tensor->id, &stream);
        if (self->zero)
            draw_zeros(self, tensor, &stream);
        for (uint64_t i = tensor->offset; i < end; i++) {
            self->common[i] = 0;
            if (!self->zero || !self->zero[i])
                self->common[i] =
                    (tw_real)(self->shared * double_gamma(&stream, self->preset.shape, norm));
        }
    }
    self->cached = step;
}

static void tensor_gradient(const struct synthetic *self, const struct tw_tensor *tensor,
                            const double *scale, struct tw_stream *stream, tw_real *out)
{
    const double norm = unit_norm(self);
    uint64_t i = tensor->offset;

    for (uint64_t k = 0; k < tensor->rows; k++) {
        for (uint64_t j = 0; j < tensor->columns; j++, i++) {
            double value = 0;
            if (!self->zero || !self->zero[i])
                value = scale[k] * ((double)self->common[i] +
                                    self->own * double_gamma(stream, self->preset.shape, norm));
            out[i] = (tw_real)value;
        }
    }
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct synthetic *self = state;
    const double *scale = self->scale;

    (void)w;
    (void)err;
    if (self->cached != step)
        draw_common(self, step);
    for (int l = 0; l < self->model.count; l++) {
        const struct tw_tensor *tensor = &self->model.tensors[l];
        struct tw_stream stream;

        open_stream(self, TW_PURPOSE_SYNTHETIC, (uint32_t)rank, step, tensor->id, &stream);
        tensor_gradient(self, tensor, scale, &stream, out);
        scale += tensor->rows;
    }
    return TW_OK;
}

static uint64_t dimension(const void *state)
{
    return ((const struct synthetic *)state)->model.dimension;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct synthetic *self = state;
    *count = self->model.count;
    return self->model.tensors;
}

static int sampled(const void *params)
{
    return (int)((const struct params *)params)->sampled;
}

static void start(void *state, void *w)
{
    TW_T(tw_vec_zero)(w, ((const struct synthetic *)state)->model.dimension);
}

static uint64_t data_hash(const void *state)
{
    (void)state;
    return 0;
}

const struct tw_workload TW_T(tw_workload_synthetic) = {
    .member = {.name = "synthetic",
               .summary = "random gradients with the statistics of real ones",
               .source = "fitted to recorded training runs (sim/workload/README.md)",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_SYNTHETIC_DATA,
               .late = late},
    .precision = TW_THIS_PRECISION,
    .open = open_synthetic,
    .close = close_synthetic,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .data_hash = data_hash,
    .sampled = sampled,
    .check = check,
};
