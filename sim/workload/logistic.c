/* Binary logistic regression with labels y = ±1, samples dealt to ranks:
 *
 *     f_r(w) = mean over rank r's samples of log(1 + exp(−y⟨x, w⟩)) + R(w)
 *     R(w) = (λ/2)‖w‖²                     l2: strongly convex
 *     R(w) = λ Σ_j w_j²/(1 + w_j²)         nonconvex;  ∂R/∂w_j = 2λw_j/(1 + w_j²)²
 *
 * gradient=batch: the mean over `batch` samples drawn with replacement from the rank's own part;
 * full: over the whole part (then nothing is random). w^0 = 0, where the loss is log 2. A bias is
 * not regularised. With optimum=yes the smallest loss and where it is are found once by BFGS, at
 * the first evaluation (l2 only: nothing finds the least of a non-convex loss for sure), and
 * `distance` is ‖w − w*‖; loss=gap then tells f − f*.
 *
 * Source: the task of EF21's experiments (Richtárik et al., arXiv 2106.05203), non-convex
 * regulariser included. O(entries of the samples) per gradient, in double, rounded once. */
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/vec.h"
#include "dataset.h"
#include "margins.h"
#include "problem.h"

enum { GRADIENT_BATCH, GRADIENT_FULL };
static const char *const gradient_names[] = {"batch", "full", NULL};
static const char *const regularizer_names[] = {"l2", "nonconvex", NULL};
static const char *const yes_names[] = {"no", "yes", NULL};

struct params {
    char file[TW_TEXT_MAX];
    int data, split, regularizer, gradient, bias, optimum, loss;
    uint64_t positive, negative, columns;
    double alpha, lambda;
};

#define FIELD(name) offsetof(struct params, name)
static const struct tw_option options[] = {
    {.name = "file",
     .type = TW_OPTION_FILE,
     .offset = FIELD(file),
     .fallback = "",
     .unit = "",
     .help = "samples in LIBSVM's format, two labels; without it, two classes of data"},
    {.name = "data",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(data),
     .fallback = "fashion-mnist",
     .choices = tw_dataset_names,
     .unit = "",
     .help = "data set, in /usr/share/datasets or $THINWIRE_DATA"},
    {.name = "positive",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(positive),
     .fallback = "0",
     .max = 255,
     .unit = "class",
     .help = "class of data that is y = +1"},
    {.name = "negative",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(negative),
     .fallback = "1",
     .max = 255,
     .unit = "class",
     .help = "class of data that is y = -1"},
    {.name = "split",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(split),
     .fallback = "iid",
     .choices = tw_split_names,
     .unit = "",
     .help = "how samples are dealt to ranks"},
    {.name = "alpha",
     .type = TW_OPTION_REAL,
     .offset = FIELD(alpha),
     .fallback = "0.5",
     .max = 1e6,
     .open_min = 1,
     .unit = "",
     .help = "split=dirichlet: concentration, small is uneven"},
    {.name = "regularizer",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(regularizer),
     .fallback = "l2",
     .choices = regularizer_names,
     .unit = "",
     .help = "l2 (strongly convex) or nonconvex"},
    {.name = "lambda",
     .type = TW_OPTION_REAL,
     .offset = FIELD(lambda),
     .fallback = "0.001",
     .max = 1e6,
     .unit = "",
     .help = "weight of the regularizer"},
    {.name = "gradient",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(gradient),
     .fallback = "batch",
     .choices = gradient_names,
     .unit = "",
     .help = "of a random batch, or of all samples of the rank (full)"},
    {.name = "bias",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(bias),
     .fallback = "no",
     .choices = yes_names,
     .unit = "",
     .help = "whether a constant feature is added"},
    {.name = "columns",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(columns),
     .fallback = "0",
     .max = 1e9,
     .unit = "values",
     .help = "row length of the weights as compressors see them; 0: a vector"},
    {.name = "optimum",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(optimum),
     .fallback = "no",
     .choices = yes_names,
     .unit = "",
     .help = "whether the optimum is searched for, so that distance and gap are known"},
    TW_ROW_LOSS(FIELD(loss)),
};

struct logistic {
    struct tw_workload_setup setup; /* params NULL */
    struct tw_margins margins;
    struct tw_model model;
    int full, search, loss, found;
    double *w, *g;   /* in double */
    double *optimum; /* where found */
    double least;
};

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;

    if (p->optimum && (p->regularizer != TW_REGULARIZER_L2 || !(p->lambda > 0)))
        return tw_err_set(err, TW_RANGE,
                          "logistic: optimum=\"yes\" needs regularizer=\"l2\" and lambda > 0");
    if (p->loss == TW_LOSS_GAP && !p->optimum)
        return tw_err_set(err, TW_RANGE, "logistic: loss=\"gap\" needs optimum=\"yes\"");
    if (!p->file[0] && p->positive == p->negative)
        return tw_err_set(err, TW_RANGE, "logistic: positive and negative are the same class");
    if (!p->file[0])
        return tw_dataset_check(p->data, err);
    if (access(p->file, R_OK) != 0)
        return tw_err_set(err, TW_IO, "logistic: %s: %s", p->file, strerror(errno));
    return TW_OK;
}

static void close_logistic(void *state)
{
    struct logistic *self = state;

    if (!self)
        return;
    tw_model_free(&self->model);
    tw_split_free(&self->margins.split);
    tw_sparse_samples_free(&self->margins.samples);
    free(self->w);
    free(self->g);
    free(self->optimum);
    free(self);
}

static tw_status make_split(struct logistic *self, const struct params *params, struct tw_err *err)
{
    const struct tw_sparse_samples *samples = &self->margins.samples;
    const struct tw_split_setup setup = {.kind = (enum tw_split_kind)params->split,
                                         .alpha = params->alpha,
                                         .ranks = self->setup.ranks,
                                         .labels = samples->positive,
                                         .samples = samples->count,
                                         .classes = 2};
    struct tw_stream stream;

    if (params->file[0] && samples->count < (uint32_t)setup.ranks) {
        tw_err_set(err, TW_RANGE, "%s: %u samples cannot be split over %d ranks", params->file,
                   samples->count, setup.ranks);
        return tw_err_hint(err, TW_RANGE, "a sample for each rank at least");
    }
    tw_problem_stream(&self->setup, TW_PURPOSE_SPLIT, TW_RANK_ALL, TW_STEP_NONE, &stream);
    return tw_split_make(&self->margins.split, &setup, &stream, err);
}

/* Features alone: of a named set they are known, a file has to be read for them. */
static tw_status open_samples(struct logistic *self, const struct params *params,
                              struct tw_err *err)
{
    struct tw_sparse_samples *samples = &self->margins.samples;
    struct tw_dataset data;
    if (params->file[0])
        return tw_libsvm_read(params->file, samples, err);
    if (!self->setup.shapes_only)
        return tw_pair_open(params->data, (uint32_t)params->positive, (uint32_t)params->negative,
                            samples, err);
    tw_dataset_shape(params->data, &data);
    samples->features = data.features;
    return TW_OK;
}

static tw_status fill(struct logistic *self, const struct params *params, struct tw_err *err)
{
    struct tw_margins *margins = &self->margins;
    tw_status status = check(params, err);

    if (status == TW_OK)
        status = open_samples(self, params, err);
    if (status == TW_OK && !self->setup.shapes_only)
        status = make_split(self, params, err);
    if (status != TW_OK)
        return status;
    margins->regularizer = (enum tw_regularizer)params->regularizer;
    margins->lambda = params->lambda;
    margins->bias = params->bias;
    margins->dimension = (uint64_t)margins->samples.features + (unsigned)params->bias;
    self->full = params->gradient == GRADIENT_FULL;
    self->search = params->optimum;
    self->loss = params->loss;
    self->w = calloc(margins->dimension, sizeof *self->w);
    self->g = calloc(margins->dimension, sizeof *self->g);
    self->optimum = calloc(margins->dimension, sizeof *self->optimum);
    if (!self->w || !self->g || !self->optimum)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    return tw_problem_shape(margins->dimension, params->columns, &self->model, err);
}

static tw_status open_logistic(const struct tw_workload_setup *setup, void **state,
                               struct tw_err *err)
{
    struct logistic *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    status = setup->batch < 1
                 ? tw_err_set(err, TW_RANGE, "batch 0: a gradient needs at least one sample")
                 : fill(self, setup->params, err);
    if (status != TW_OK) {
        close_logistic(self);
        return status;
    }
    *state = self;
    return TW_OK;
}

static uint64_t dimension(const void *state)
{
    return ((const struct logistic *)state)->margins.dimension;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct logistic *self = state;
    *count = self->model.count;
    return self->model.tensors;
}

static void start(void *state, void *w)
{
    TW_T(tw_vec_zero)(w, dimension(state));
}

static void widen(struct logistic *self, const tw_real *w)
{
    for (uint64_t j = 0; j < self->margins.dimension; j++)
        self->w[j] = (double)w[j];
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct logistic *self = state;
    const struct tw_margins *margins = &self->margins;
    const uint32_t *own = margins->split.order + margins->split.starts[rank];
    const uint32_t size = tw_split_size(&margins->split, rank);
    const uint32_t count = self->full ? size : self->setup.batch;
    struct tw_stream stream;
    tw_real *g = out;

    (void)err;
    tw_problem_stream(&self->setup, TW_PURPOSE_BATCH, (uint32_t)rank, step, &stream);
    widen(self, w);
    memset(self->g, 0, margins->dimension * sizeof *self->g);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t sample = own[self->full ? i : gsl_rng_uniform_int(&stream.gsl, size)];
        tw_margins_add(margins, sample, tw_margins_slope(margins, sample, self->w) / count,
                       self->g);
    }
    for (uint64_t j = 0; j < margins->dimension; j++)
        g[j] =
            (tw_real)(self->g[j] +
                      (j < margins->samples.features ? tw_margins_pull(margins, self->w[j]) : 0));
    return TW_OK;
}

static tw_status loss(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err)
{
    struct logistic *self = state;

    if (self->search && !self->found) {
        const tw_status status =
            tw_margins_minimise(&self->margins, self->optimum, &self->least, err);
        if (status != TW_OK)
            return status;
        self->found = 1;
    }
    widen(self, w);
    *loss = tw_margins_loss(&self->margins, self->w, NULL);
    if (self->loss == TW_LOSS_GAP)
        *loss -= self->least;
    *accuracy = -1;
    return TW_OK;
}

/* Known from the first loss() on. */
static double distance(void *state, const void *w)
{
    const struct logistic *self = state;

    if (!self->found)
        return NAN;
    return sqrt(TW_T(tw_problem_distance2)(w, self->optimum, self->margins.dimension));
}

static uint64_t data_hash(const void *state)
{
    return ((const struct logistic *)state)->margins.samples.hash;
}

static int data_file(const void *params, int i, char *path, size_t size)
{
    const struct params *p = params;
    return !p->file[0] && i < TW_DATASET_FILES &&
           tw_dataset_path(p->data, i, path, size, NULL) == TW_OK;
}

const struct tw_workload TW_T(tw_workload_logistic) = {
    .member = {.name = "logistic",
               .summary = "binary logistic regression, l2 or non-convex regulariser",
               .source = "the task of EF21, arXiv 2106.05203",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_REAL_DATA},
    .precision = TW_THIS_PRECISION,
    .tells_shapes = 1,
    .open = open_logistic,
    .close = close_logistic,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .loss = loss,
    .distance = distance,
    .data_hash = data_hash,
    .data_file = data_file,
    .check = check,
};
