/* Classification of images x (bytes / 255) with labels y by convolutions (there may be none) and a
 * stack of dense layers:
 *   f_r(w) = mean over rank r's samples of  log Σ_c exp(z_c(x)) − z_y(x)
 *   gradient(rank, step): the same mean over `batch` samples drawn with replacement from the rank's
 *   own part by the stream (seed, repetition, rank, step, BATCH)
 *   loss: mean over ranks of f_r on their full parts; accuracy: share of the test samples whose
 *   largest z is that of y (of equal ones the first counts; none with NaN is right).
 * With a `sample` of s > 0 the loss of a rank is that of ⌈s/ranks⌉ images spread evenly over its
 * part, the accuracy that of s test images spread evenly. exp and log are the C library's, in
 * double. Cost per sample: 6 flops per weight for a gradient, 2 for an evaluation. */
#include "classify_real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/vec.h"
#include "conv_stack_real.h"
#include "cross_entropy_real.h"
#include "dense_stack_real.h"

struct TW_T(tw_classify) {
    struct tw_workload_setup setup; /* params NULL: they are read in open only */
    struct tw_dataset data;
    struct tw_split split;
    struct tw_conv conv;
    struct tw_stack stack; /* its weights lie behind those of conv */
    struct tw_tensor tensors[2 * (TW_CONV_LAYERS + TW_STACK_LAYERS)]; /* of both */
    int tensor_count;
    uint64_t dimension; /* of both */
    struct TW_T(tw_conv_pass) front;
    struct TW_T(tw_pass) pass;
    uint64_t sample;                   /* images per evaluation; 0: all */
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

static void join_tensors(struct TW_T(tw_classify) * self)
{
    const int front = 2 * self->conv.layers, back = 2 * self->stack.layers;

    self->tensor_count = front + back;
    self->dimension = self->conv.dimension + self->stack.dimension;
    for (int t = 0; t < front; t++)
        self->tensors[t] = self->conv.tensors[t];
    for (int t = 0; t < back; t++) {
        self->tensors[front + t] = self->stack.tensors[t];
        self->tensors[front + t].offset += self->conv.dimension;
        self->tensors[front + t].id += (uint32_t)front;
    }
}

static tw_status make_net(struct TW_T(tw_classify) * self, const struct tw_classify_net *net,
                          struct tw_err *err)
{
    uint32_t width[TW_STACK_LAYERS + 1];
    tw_status status = tw_conv_make(&self->conv, self->data.height, self->data.width, net->kernel,
                                    net->channels, net->convolutions, err);

    if (status != TW_OK)
        return status;
    width[0] = (uint32_t)tw_conv_size(&self->conv, net->convolutions);
    for (int l = 0; l < net->hidden; l++)
        width[l + 1] = net->width[l];
    width[net->hidden + 1] = self->data.classes;
    status = tw_stack_make(&self->stack, width, net->hidden + 1, err);
    if (status != TW_OK)
        return status;
    join_tensors(self);
    if (self->setup.shapes_only)
        return TW_OK;
    status = TW_T(tw_pass_open)(&self->pass, &self->stack, err);
    if (status == TW_OK)
        status = TW_T(tw_conv_pass_open)(&self->front, &self->conv, TW_STACK_COLUMNS,
                                         self->pass.input, err);
    self->pass.below = self->front.below;
    return status;
}

tw_status TW_T(tw_classify_open)(const struct tw_workload_setup *setup,
                                 const struct tw_classify_net *net, void **state,
                                 struct tw_err *err)
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
    self->sample = net->sample;
    if (setup->shapes_only) {
        tw_dataset_shape(options->data, &self->data);
        status = TW_OK;
    } else {
        status = tw_dataset_open(options->data, &self->data, err);
    }
    if (status == TW_OK && !setup->shapes_only)
        status = make_split(self, options, err);
    if (status == TW_OK)
        status = make_net(self, net, err);
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
    TW_T(tw_conv_pass_close)(&self->front);
    TW_T(tw_pass_close)(&self->pass);
    tw_split_free(&self->split);
    tw_dataset_close(&self->data);
    free(self);
}

uint64_t TW_T(tw_classify_dimension)(const void *state)
{
    return ((const struct TW_T(tw_classify) *)state)->dimension;
}

const struct tw_tensor *TW_T(tw_classify_tensors)(const void *state, int *count)
{
    const struct TW_T(tw_classify) *self = state;
    *count = self->tensor_count;
    return self->tensors;
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
    TW_T(tw_vec_zero)(w, self->dimension);
}

void TW_T(tw_classify_start_he)(void *state, void *w)
{
    const struct TW_T(tw_classify) *self = state;
    struct tw_stream_key key = key_of(self, TW_PURPOSE_WEIGHTS);

    TW_T(tw_vec_zero)(w, self->dimension);
    for (int t = 0; t < self->tensor_count; t += 2) {
        const struct tw_tensor *weight = &self->tensors[t];
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
    tw_real *input = self->conv.layers ? self->front.level[0] : self->pass.input;

    for (uint32_t j = 0; j < n; j++) {
        const uint8_t *from = samples->images + self->chosen[j] * features;
        tw_real *to = input + j * features;
        for (uint64_t i = 0; i < features; i++)
            to[i] = (tw_real)from[i] / 255;
    }
    TW_T(tw_conv_pass_forward)(&self->front, w, n);
    TW_T(tw_pass_forward)(&self->pass, w + self->conv.dimension, n);
}

static void logit_derivatives(struct TW_T(tw_classify) * self, uint32_t n, tw_real *delta)
{
    const tw_real *z = self->pass.activation[self->stack.layers];

    for (uint32_t j = 0; j < n; j++) {
        const uint32_t label = self->data.train.labels[self->chosen[j]];
        TW_T(tw_cross_entropy_slope)(z, self->data.classes, n, j, label, self->setup.batch, delta);
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
    TW_T(tw_vec_zero)(out, self->dimension);
    for (uint32_t done = 0; done < self->setup.batch;) {
        const uint32_t left = self->setup.batch - done;
        const uint32_t n = left < TW_STACK_COLUMNS ? left : TW_STACK_COLUMNS;

        for (uint32_t j = 0; j < n; j++)
            self->chosen[j] = own[gsl_rng_uniform_int(&stream.gsl, size)];
        predict(self, &self->data.train, n, w);
        logit_derivatives(self, n, self->pass.delta[0]);
        TW_T(tw_pass_backward)
        (&self->pass, (const tw_real *)w + self->conv.dimension, n,
         (tw_real *)out + self->conv.dimension);
        TW_T(tw_conv_pass_backward)(&self->front, w, n, out);
        done += n;
    }
    return TW_OK;
}

/* Sums over `count` samples spread evenly over order[0 … size−1] (order NULL: the first size). */
static void evaluate(struct TW_T(tw_classify) * self, const struct tw_samples *samples,
                     const uint32_t *order, uint32_t size, uint32_t count, const tw_real *w,
                     double *loss, uint32_t *right)
{
    const uint32_t classes = self->data.classes;
    const tw_real *z = self->pass.activation[self->stack.layers];

    *loss = 0;
    *right = 0;
    for (uint32_t done = 0; done < count;) {
        const uint32_t n = count - done < TW_STACK_COLUMNS ? count - done : TW_STACK_COLUMNS;

        for (uint32_t j = 0; j < n; j++) {
            const uint32_t i = (uint32_t)((uint64_t)(done + j) * size / count);
            self->chosen[j] = order ? order[i] : i;
        }
        predict(self, samples, n, w);
        for (uint32_t j = 0; j < n; j++) {
            const uint32_t label = samples->labels[self->chosen[j]];
            *loss += TW_T(tw_cross_entropy)(z, classes, n, j, label);
            *right += (uint32_t)TW_T(tw_largest_is)(z, classes, n, j, label);
        }
        done += n;
    }
}

/* How many of `size` samples are looked at when `wanted` were asked for; 0: all. */
static uint32_t sample_of(uint32_t size, uint64_t wanted)
{
    return wanted && wanted < size ? (uint32_t)wanted : size;
}

tw_status TW_T(tw_classify_loss)(void *state, const void *w, double *loss, double *accuracy,
                                 struct tw_err *err)
{
    struct TW_T(tw_classify) *self = state;
    const uint64_t ranks = (uint64_t)self->split.ranks;
    double sum, mean = 0;
    uint32_t right, count;

    (void)err;
    for (int rank = 0; rank < self->split.ranks; rank++) {
        const uint32_t size = tw_split_size(&self->split, rank);
        count = sample_of(size, (self->sample + ranks - 1) / ranks);
        evaluate(self, &self->data.train, self->split.order + self->split.starts[rank], size, count,
                 w, &sum, &right);
        mean += sum / count;
    }
    *loss = mean / self->split.ranks;
    count = sample_of(self->data.test.count, self->sample);
    evaluate(self, &self->data.test, NULL, self->data.test.count, count, w, &sum, &right);
    *accuracy = (double)right / count;
    return TW_OK;
}
