/* Classification of images x (bytes / 255) with labels y by a stack of dense layers:
 *   f_r(w) = mean over rank r's samples of  log Σ_c exp(z_c(x)) − z_y(x)
 *   gradient(rank, step): the same mean over `batch` samples drawn with replacement from the rank's
 *   own part by the stream (seed, repetition, rank, step, BATCH)
 *   loss: mean over ranks of f_r on their full parts; accuracy: share of the test samples whose
 *   largest z is that of y (of equal ones the first counts; none with NaN is right).
 * exp and log are the C library's, in double. Cost per sample: 6 flops per weight for a gradient,
 * 2 for an evaluation. */
#include "classify_real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/vec.h"
#include "dense_stack_real.h"

struct TW_T(tw_classify) {
    struct tw_workload_setup setup; /* params NULL: they are read in open only */
    struct tw_dataset data;
    struct tw_split split;
    struct tw_stack stack;
    struct TW_T(tw_pass) pass;
    uint32_t chosen[TW_STACK_COLUMNS]; /* samples of the present pass */
};

static struct tw_stream_key key_of(const struct TW_T(tw_classify) * self, enum tw_purpose purpose)
{
    return (struct tw_stream_key){.seed = self->setup.seed,
                                  .repetition = self->setup.repetition,
                                  .rank = TW_RANK_ALL,
                                  .step = TW_STEP_NONE,
                                  .tensor = TW_TENSOR_NONE,
                                  .purpose = purpose};
}

static tw_status make_split(struct TW_T(tw_classify) * self,
                            const struct tw_classify_options *options, struct tw_err *err)
{
    const struct tw_stream_key key = key_of(self, TW_PURPOSE_SPLIT);
    const struct tw_split_setup setup = {.kind = (enum tw_split_kind)options->split,
                                         .alpha = options->alpha,
                                         .ranks = self->setup.ranks,
                                         .labels = self->data.train.labels,
                                         .samples = self->data.train.count,
                                         .classes = self->data.classes};
    struct tw_stream stream;

    tw_stream_open(&stream, &key);
    return tw_split_make(&self->split, &setup, &stream, err);
}

static tw_status make_stack(struct TW_T(tw_classify) * self, const uint32_t *hidden, int count,
                            struct tw_err *err)
{
    uint32_t width[TW_STACK_LAYERS + 1];

    width[0] = self->data.features;
    for (int l = 0; l < count; l++)
        width[l + 1] = hidden[l];
    width[count + 1] = self->data.classes;
    return tw_stack_make(&self->stack, width, count + 1, err);
}

tw_status TW_T(tw_classify_open)(const struct tw_workload_setup *setup, const uint32_t *width,
                                 int count, void **state, struct tw_err *err)
{
    const struct tw_classify_options *options = setup->params;
    struct TW_T(tw_classify) *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    if (setup->batch < 1) {
        free(self);
        return tw_err_set(err, TW_RANGE, "batch 0: a gradient needs at least one sample");
    }
    self->setup = *setup;
    self->setup.params = NULL;
    status = tw_dataset_open(options->data, &self->data, err);
    if (status == TW_OK)
        status = make_split(self, options, err);
    if (status == TW_OK)
        status = make_stack(self, width, count, err);
    if (status == TW_OK)
        status = TW_T(tw_pass_open)(&self->pass, &self->stack, err);
    if (status != TW_OK) {
        TW_T(tw_classify_close)(self);
        return status;
    }
    *state = self;
    return TW_OK;
}

void TW_T(tw_classify_close)(void *state)
{
    struct TW_T(tw_classify) *self = state;

    if (!self)
        return;
    TW_T(tw_pass_close)(&self->pass);
    tw_split_free(&self->split);
    tw_dataset_close(&self->data);
    free(self);
}

uint64_t TW_T(tw_classify_dimension)(const void *state)
{
    return ((const struct TW_T(tw_classify) *)state)->stack.dimension;
}

const struct tw_tensor *TW_T(tw_classify_tensors)(const void *state, int *count)
{
    const struct TW_T(tw_classify) *self = state;
    *count = 2 * self->stack.layers;
    return self->stack.tensors;
}

int TW_T(tw_classify_data_file)(const void *params, int i, char *path, size_t size)
{
    const struct tw_classify_options *options = params;
    return i < TW_DATASET_FILES && tw_dataset_path(options->data, i, path, size, NULL) == TW_OK;
}

uint64_t TW_T(tw_classify_data_hash)(const void *state)
{
    return ((const struct TW_T(tw_classify) *)state)->data.hash;
}

void TW_T(tw_classify_start_zero)(void *state, void *w)
{
    const struct TW_T(tw_classify) *self = state;
    TW_T(tw_vec_zero)(w, self->stack.dimension);
}

void TW_T(tw_classify_start_he)(void *state, void *w)
{
    const struct TW_T(tw_classify) *self = state;
    struct tw_stream_key key = key_of(self, TW_PURPOSE_WEIGHTS);

    TW_T(tw_vec_zero)(w, self->stack.dimension);
    for (int l = 0; l < self->stack.layers; l++) {
        const struct tw_tensor *weight = &self->stack.tensors[2 * l];
        tw_real *to = (tw_real *)w + weight->offset;
        const double sd = sqrt(2.0 / (double)weight->columns);
        struct tw_stream stream;

        key.tensor = weight->id;
        tw_stream_open(&stream, &key);
        for (uint64_t row = 0; row < weight->rows; row++) {
            for (uint64_t i = 0; i < weight->columns; i++) {
                double normal;
                tw_stream_normals(&stream, &normal, 1);
                *to++ = (tw_real)(sd * normal);
            }
        }
    }
}

/* Forward pass over the n samples that `chosen` names. */
static void predict(struct TW_T(tw_classify) * self, const struct tw_samples *samples, uint32_t n,
                    const tw_real *w)
{
    const uint64_t features = self->data.features;

    for (uint32_t j = 0; j < n; j++) {
        const uint8_t *from = samples->images + self->chosen[j] * features;
        tw_real *to = self->pass.input + j * features;
        for (uint64_t i = 0; i < features; i++)
            to[i] = (tw_real)from[i] / 255;
    }
    TW_T(tw_pass_forward)(&self->pass, w, n);
}

/* log Σ_c exp(z_c − max) of column j; *top = max. A NaN or +infinity among the z gives NaN. */
static double log_sum(const tw_real *z, uint32_t classes, uint32_t n, uint32_t j, double *top)
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

/* ∂f/∂z_c = (exp(z_c)/Σ − [c = y]) / batch */
static void logit_derivatives(struct TW_T(tw_classify) * self, uint32_t n, tw_real *delta)
{
    const uint32_t classes = self->data.classes;
    const tw_real *z = self->pass.activation[self->stack.layers];

    for (uint32_t j = 0; j < n; j++) {
        const uint32_t label = self->data.train.labels[self->chosen[j]];
        double top;
        const double log_total = log_sum(z, classes, n, j, &top);

        for (uint32_t c = 0; c < classes; c++) {
            const double share = exp((double)z[c * n + j] - top - log_total);
            delta[c * n + j] = (tw_real)((share - (c == label)) / self->setup.batch);
        }
    }
}

tw_status TW_T(tw_classify_gradient)(void *state, int rank, uint32_t step, const void *w, void *out,
                                     struct tw_err *err)
{
    struct TW_T(tw_classify) *self = state;
    struct tw_stream_key key = key_of(self, TW_PURPOSE_BATCH);
    const uint32_t *own = self->split.order + self->split.starts[rank];
    const uint32_t size = tw_split_size(&self->split, rank);
    struct tw_stream stream;

    (void)err;
    key.rank = (uint32_t)rank;
    key.step = step;
    tw_stream_open(&stream, &key);
    TW_T(tw_vec_zero)(out, self->stack.dimension);
    for (uint32_t done = 0; done < self->setup.batch;) {
        const uint32_t left = self->setup.batch - done;
        const uint32_t n = left < TW_STACK_COLUMNS ? left : TW_STACK_COLUMNS;

        for (uint32_t j = 0; j < n; j++)
            self->chosen[j] = own[gsl_rng_uniform_int(&stream.gsl, size)];
        predict(self, &self->data.train, n, w);
        logit_derivatives(self, n, self->pass.delta[0]);
        TW_T(tw_pass_backward)(&self->pass, w, n, out);
        done += n;
    }
    return TW_OK;
}

static int is_right(const tw_real *z, uint32_t classes, uint32_t n, uint32_t j, uint32_t label)
{
    const tw_real own = z[label * n + j];
    int right = own == own;

    for (uint32_t c = 0; c < classes; c++) {
        const tw_real other = z[c * n + j];
        right &= c < label ? other < own : other <= own;
    }
    return right;
}

/* Sums over samples order[0 … count−1] (order NULL: the first count of them). */
static void evaluate(struct TW_T(tw_classify) * self, const struct tw_samples *samples,
                     const uint32_t *order, uint32_t count, const tw_real *w, double *loss,
                     uint32_t *right)
{
    const uint32_t classes = self->data.classes;
    const tw_real *z = self->pass.activation[self->stack.layers];

    *loss = 0;
    *right = 0;
    for (uint32_t done = 0; done < count;) {
        const uint32_t n = count - done < TW_STACK_COLUMNS ? count - done : TW_STACK_COLUMNS;

        for (uint32_t j = 0; j < n; j++)
            self->chosen[j] = order ? order[done + j] : done + j;
        predict(self, samples, n, w);
        for (uint32_t j = 0; j < n; j++) {
            const uint32_t label = samples->labels[self->chosen[j]];
            double top;
            const double log_total = log_sum(z, classes, n, j, &top);

            *loss += log_total - ((double)z[label * n + j] - top);
            *right += (uint32_t)is_right(z, classes, n, j, label);
        }
        done += n;
    }
}

tw_status TW_T(tw_classify_loss)(void *state, const void *w, double *loss, double *accuracy,
                                 struct tw_err *err)
{
    struct TW_T(tw_classify) *self = state;
    double sum, mean = 0;
    uint32_t right;

    (void)err;
    for (int rank = 0; rank < self->split.ranks; rank++) {
        const uint32_t size = tw_split_size(&self->split, rank);
        evaluate(self, &self->data.train, self->split.order + self->split.starts[rank], size, w,
                 &sum, &right);
        mean += sum / size;
    }
    *loss = mean / self->split.ranks;
    evaluate(self, &self->data.test, NULL, self->data.test.count, w, &sum, &right);
    *accuracy = (double)right / self->data.test.count;
    return TW_OK;
}
