/* Synthetic gradients with the statistics of real ones:
 *
 *   g_r[l,k,j] = s_l · e_k · (√ρ·C_g + √(1−ρ)·Z_r),   g = r mod G
 *   C, Z: of variance 1, from double-Gamma(a) draws  ±Gamma(a,1)/√(a(a+1))
 *
 * C_g is shared by all ranks of a group, Z is each rank's own and new at each step. The cosine of
 * two ranks is in expectation ρ (correlation) within a group and b (between) from group to group:
 * one group is the iid split, several with b < 0 are ranks with unlike data, of which ranks r and
 * r + G have the same classes. C_g keeps a value from step to step with probability φ
 * (persistence), so that a rank's gradients of two steps have the cosine ρ·φ^lag. s_l (layers) and
 * e_k (rows of matrices) are lognormal with deviations layer_scale and row_scale, drawn once per
 * seed and repetition. The mixture of layer scales is what makes the whole vector heavy-tailed.
 * Some entries, or whole rows in `embed` (tokens that no sample holds), are zero on all ranks. All
 * tensors share the preset; vectors (biases, norms) have no row scale and no zero rows.
 *
 * Source: fitted to gradients of real runs (a 784-256-128-10 MLP and a small CNN on Fashion-MNIST,
 * batch 32; a four-layer character GPT, batch 16 × 64; 8 workers; README.md has the figures).
 * ρ: .3–.9 early, .6 mid-way, .3 late in training; ρ/(1−ρ) grows with the batch. With the images
 * sorted by label b was about −.1; φ was not measured, and is 0 unless given. Cost: 1 + G/ranks
 * gamma draws per rank and value. */
#include "workload.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <gsl/gsl_randist.h>
#include "models.h"
#include "synthetic_shared.h"

/* laplace: a = 1 is the two-sided exponential. */
static const struct tw_synthetic_kind presets[] = {
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
    uint64_t sampled, groups;
    double between, persistence;
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
    {.name = "groups",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, groups),
     .fallback = "1",
     .min = 1,
     .max = 1024,
     .unit = "groups",
     .help = "ranks with like data: rank r is in group r mod groups; 1: all have like data"},
    {.name = "between",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct params, between),
     .fallback = "0",
     .min = -1,
     .max = 1,
     .unit = "cosine",
     .help = "with groups: expected cosine between ranks of two groups, at least "
             "-correlation/(groups-1)"},
    {.name = "persistence",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct params, persistence),
     .fallback = "0",
     .max = 1,
     .unit = "",
     .help = "phi: correlation of the shared part with that of the step before"},
};
static const char *const late[] = {"sampled", "groups", "between", "persistence", NULL};

struct synthetic {
    struct tw_synthetic_shared shared;
    struct tw_synthetic_kind kind;
    double own; /* √(1−ρ) */
    struct tw_model model;
    double *scale;       /* s_l·e_k of every row of every tensor, in order */
    uint64_t *first_row; /* of every tensor, in scale */
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

/* G parts that are correlated by c = b/ρ each with each: −1/(G−1) ≤ c ≤ 1. */
static tw_status check_groups(const struct params *p, struct tw_err *err)
{
    const double least = p->groups > 1 ? -p->correlation / (double)(p->groups - 1) : 0;
    tw_status status;

    if (p->groups == 1 && p->between == 0)
        return TW_OK;
    if (p->groups == 1) {
        status = tw_err_set(err, TW_RANGE, "synthetic: between has no effect in one group");
        return tw_err_hint(err, status, "give groups, 2 at least, or leave between out");
    }
    if (p->between >= least && p->between <= p->correlation)
        return TW_OK;
    status = tw_err_set(err, TW_RANGE,
                        "synthetic: %d groups of correlation %g cannot have the cosine %g between "
                        "them",
                        (int)p->groups, p->correlation, p->between);
    return tw_err_hint(err, status, "valid: between=\"%.4g\" to \"%g\"", least, p->correlation);
}

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;
    struct tw_model model;
    int matrices = 0;
    tw_status status = check_groups(p, err);

    if (status == TW_OK)
        status = make_model(p, &model, err);
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

static void draw_scales(struct synthetic *self, double layer_scale)
{
    double *to = self->scale;

    for (int l = 0; l < self->model.count; l++) {
        const struct tw_tensor *tensor = &self->model.tensors[l];
        const double deviation = tensor->vector ? 0 : self->kind.row_scale;
        struct tw_stream stream;
        double layer;

        self->first_row[l] = (uint64_t)(to - self->scale);
        TW_T(tw_synthetic_stream)
        (&self->shared, TW_PURPOSE_SCALE, TW_RANK_ALL, TW_STEP_NONE, tensor->id, &stream);
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
    self->first_row = calloc((size_t)self->model.count + 1, sizeof *self->first_row);
    if (!self->scale || !self->first_row)
        return tw_err_set(err, TW_MEMORY, "no memory for synthetic gradients");
    return TW_OK;
}

static void close_synthetic(void *state)
{
    struct synthetic *self = state;

    if (!self)
        return;
    TW_T(tw_synthetic_shared_close)(&self->shared);
    tw_model_free(&self->model);
    free(self->scale);
    free(self->first_row);
    free(self);
}

static void set_up(struct synthetic *self, const struct tw_workload_setup *setup)
{
    const struct params *params = setup->params;

    self->kind = presets[params->preset];
    if (params->row_scale >= 0)
        self->kind.row_scale = params->row_scale;
    self->own = sqrt(1 - params->correlation);
    self->shared = (struct tw_synthetic_shared){.seed = setup->seed,
                                                .repetition = setup->repetition,
                                                .kind = self->kind,
                                                .weight = sqrt(params->correlation),
                                                .persistence = params->persistence,
                                                .groups = (int)params->groups,
                                                .step = TW_STEP_NONE};
    if (params->correlation > 0)
        self->shared.apart = params->between / params->correlation;
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
    set_up(self, setup);
    status = check(params, err);
    if (status == TW_OK)
        status = make_model(params, &self->model, err);
    if (status == TW_OK)
        status = allocate(self, err);
    if (status != TW_OK) {
        close_synthetic(self);
        return status;
    }
    self->shared.tensors = self->model.tensors;
    draw_scales(self, params->layer_scale);
    *state = self;
    return TW_OK;
}

/* at: of the tensor's first value among those at hand. */
static void tensor_gradient(const struct synthetic *self, int l, uint64_t at, int group,
                            struct tw_stream *stream, tw_real *out)
{
    const struct tw_synthetic_shared *shared = &self->shared;
    const struct tw_tensor *tensor = &self->model.tensors[l];
    const double norm = TW_T(tw_double_gamma_norm)(self->kind.shape);
    const double *scale = self->scale + self->first_row[l];
    const tw_real *part = shared->parts + (uint64_t)group * shared->values;

    for (uint64_t k = 0; k < tensor->rows; k++) {
        for (uint64_t j = 0; j < tensor->columns; j++, at++) {
            double value = (double)part[at];
            if (shared->groups > 1)
                value = shared->own * value + shared->common * (double)shared->all[at];
            if (shared->marks && shared->marks[at] & TW_SYNTHETIC_ZERO)
                value = 0;
            else
                value = scale[k] *
                        (value + self->own * TW_T(tw_double_gamma)(stream, self->kind.shape, norm));
            *out++ = (tw_real)value;
        }
    }
}

static tw_status tensors_gradient(void *state, int rank, uint32_t step, int first, uint64_t values,
                                  void *out, struct tw_err *err)
{
    struct synthetic *self = state;
    tw_real *to = out;
    uint64_t done = 0;
    tw_status status = TW_T(tw_synthetic_shared_at)(&self->shared, first, values, step, err);

    for (int l = first; status == TW_OK && done < values; l++) {
        struct tw_stream stream;
        TW_T(tw_synthetic_stream)
        (&self->shared, TW_PURPOSE_SYNTHETIC, (uint32_t)rank, step, self->model.tensors[l].id,
         &stream);
        tensor_gradient(self, l, done, rank % self->shared.groups, &stream, to + done);
        done += tw_tensor_size(&self->model.tensors[l]);
    }
    return status;
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct synthetic *self = state;

    (void)w;
    return tensors_gradient(state, rank, step, 0, self->model.dimension, out, err);
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
    .tensors_gradient = tensors_gradient,
    .data_hash = data_hash,
    .sampled = sampled,
    .check = check,
};
