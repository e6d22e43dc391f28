/* A transformer that predicts each byte of a text from those before it (the network:
 * gpt_real.c). The first nine tenths of the text are training data, the rest is held out; both are
 * cut into windows of `context` bytes to be read, each with the byte that follows every one of
 * them: window i starts at byte i·context, so every byte (but the first) is to be predicted once.
 *   f_r(w) = mean over rank r's windows of the mean over its bytes of log Σ_v exp(z_v) − z_next
 *   gradient(rank, step): the same over `batch` windows drawn with replacement from the rank's own
 *   by the stream (seed, repetition, rank, step, BATCH)
 *   loss: mean over ranks of f_r on ⌈sample/ranks⌉ windows spread evenly over their parts (on all
 *   with sample = 0), in nats; accuracy: share of right guesses of the next byte in `sample`
 *   windows spread evenly over what was held out.
 * Weights start as N(0, 1/inputs) for matrices, divided by √(2·layers) where they feed the residual
 * stream (as GPT-2 does), N(0, .02²) for embeddings and a head, norms at 1 and biases at 0. */
#include "characters_real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/vec.h"
#include "cross_entropy_real.h"
#include "gpt_real.h"
#include "split.h"
#include "text.h"

struct TW_T(tw_characters) {
    struct tw_workload_setup setup; /* params NULL: they are read in open only */
    uint64_t sample;
    struct tw_text text;
    uint32_t held_windows;
    uint64_t held_at; /* first byte held out */
    struct tw_split split;
    struct tw_gpt gpt;
    struct TW_T(tw_gpt_pass) pass;
    uint64_t *chosen; /* first byte of every window of the present pass */
};

static struct tw_stream_key key_of(const struct TW_T(tw_characters) * self, enum tw_purpose purpose)
{
    return (struct tw_stream_key){.seed = self->setup.seed,
                                  .repetition = self->setup.repetition,
                                  .rank = TW_RANK_ALL,
                                  .step = TW_STEP_NONE,
                                  .tensor = TW_TENSOR_NONE,
                                  .purpose = purpose};
}

static uint32_t windows_in(uint64_t bytes, uint64_t context)
{
    return bytes > context ? (uint32_t)((bytes - 1) / context) : 0;
}

static tw_status make_windows(struct TW_T(tw_characters) * self,
                              const struct tw_characters_setup *what, struct tw_err *err)
{
    const struct tw_stream_key key = key_of(self, TW_PURPOSE_SPLIT);
    const uint64_t length = self->text.length;
    struct tw_split_setup setup = {.kind = what->contiguous ? TW_SPLIT_CONTIGUOUS : TW_SPLIT_IID,
                                   .ranks = self->setup.ranks};
    struct tw_stream stream;

    self->held_at = length / 10 * 9 + length % 10 * 9 / 10;
    setup.samples = windows_in(self->held_at, what->shape.context);
    self->held_windows = windows_in(length - self->held_at, what->shape.context);
    if (self->held_windows < 1 || setup.samples < (uint32_t)self->setup.ranks)
        return tw_err_set(err, TW_RANGE,
                          "a text of %llu bytes gives %u windows of %u bytes for %d ranks, and %u "
                          "held out: at least one for each is needed",
                          (unsigned long long)length, setup.samples, what->shape.context,
                          self->setup.ranks, self->held_windows);
    tw_stream_open(&stream, &key);
    return tw_split_make(&self->split, &setup, &stream, err);
}

void TW_T(tw_characters_close)(void *state)
{
    struct TW_T(tw_characters) *self = state;

    if (!self)
        return;
    TW_T(tw_gpt_pass_close)(&self->pass);
    tw_split_free(&self->split);
    tw_text_close(&self->text);
    free(self->chosen);
    free(self);
}

static tw_status fill(struct TW_T(tw_characters) * self, const struct tw_characters_setup *what,
                      struct tw_err *err)
{
    struct tw_gpt_shape shape = what->shape;
    tw_status status = tw_text_open(what->data, what->file, &self->text, err);

    if (status != TW_OK)
        return status;
    shape.vocabulary = self->text.vocabulary;
    status = tw_gpt_check(&shape, err);
    if (status != TW_OK)
        return status;
    tw_gpt_make(&self->gpt, &shape);
    if (self->setup.shapes_only)
        return TW_OK;
    status = make_windows(self, what, err);
    if (status == TW_OK)
        status = TW_T(tw_gpt_pass_open)(&self->pass, &self->gpt, err);
    if (status != TW_OK)
        return status;
    self->chosen = malloc(self->pass.windows * sizeof *self->chosen);
    return self->chosen ? TW_OK : tw_err_set(err, TW_MEMORY, "no memory for the workload");
}

tw_status TW_T(tw_characters_open)(const struct tw_workload_setup *setup,
                                   const struct tw_characters_setup *what, void **state,
                                   struct tw_err *err)
{
    struct TW_T(tw_characters) * self;
    tw_status status;

    *state = NULL;
    if (setup->batch < 1)
        return tw_err_set(err, TW_RANGE, "batch 0: a gradient needs at least one window");
    self = calloc(1, sizeof *self);
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->sample = what->sample;
    status = fill(self, what, err);
    if (status != TW_OK) {
        TW_T(tw_characters_close)(self);
        return status;
    }
    *state = self;
    return TW_OK;
}

uint64_t TW_T(tw_characters_dimension)(const void *state)
{
    return ((const struct TW_T(tw_characters) *)state)->gpt.dimension;
}

const struct tw_tensor *TW_T(tw_characters_tensors)(const void *state, int *count)
{
    const struct TW_T(tw_characters) *self = state;
    *count = self->gpt.count;
    return self->gpt.tensors;
}

uint64_t TW_T(tw_characters_data_hash)(const void *state)
{
    return ((const struct TW_T(tw_characters) *)state)->text.hash;
}

/* Standard deviation of a tensor's initial values; 0 for norms and biases. */
static double spread(const struct tw_gpt *gpt, const struct tw_tensor *tensor)
{
    const int into_layers = (int)tensor->id - 2;
    double sd = 0.02;

    if (tensor->vector)
        return 0;
    if (into_layers >= 0 && into_layers < TW_GPT_PARTS * gpt->layers) {
        const int part = into_layers % TW_GPT_PARTS;
        sd = 1 / sqrt((double)tensor->columns);
        if (part == TW_GPT_MIX || part == TW_GPT_DOWN)
            sd /= sqrt(2.0 * gpt->layers);
    }
    return sd;
}

/* Weights of norms are the vectors at even places of a layer's four; so are ln_f's. */
static int is_norm_weight(const struct tw_tensor *tensor)
{
    return tensor->vector && strstr(tensor->name, "ln_") && strstr(tensor->name, ".weight");
}

void TW_T(tw_characters_start)(void *state, void *w)
{
    const struct TW_T(tw_characters) *self = state;
    struct tw_stream_key key = key_of(self, TW_PURPOSE_WEIGHTS);

    for (int t = 0; t < self->gpt.count; t++) {
        const struct tw_tensor *tensor = &self->gpt.tensors[t];
        const double sd = spread(&self->gpt, tensor);
        const tw_real fixed = is_norm_weight(tensor) ? 1 : 0;
        tw_real *to = (tw_real *)w + tensor->offset;
        struct tw_stream stream;

        key.tensor = tensor->id;
        tw_stream_open(&stream, &key);
        for (uint64_t i = 0; i < tw_tensor_size(tensor); i++) {
            double normal = 0;
            if (sd > 0)
                tw_stream_normals(&stream, &normal, 1);
            to[i] = sd > 0 ? (tw_real)(sd * normal) : fixed;
        }
    }
}

/* Forward pass over the windows that `chosen` names. */
static void predict(struct TW_T(tw_characters) * self, uint32_t windows, const tw_real *w)
{
    for (uint32_t i = 0; i < windows; i++)
        memcpy(self->pass.input + (uint64_t)i * self->gpt.context,
               self->text.symbols + self->chosen[i], self->gpt.context);
    TW_T(tw_gpt_pass_forward)(&self->pass, w, windows);
}

/* The symbol that follows position j of the pass. */
static uint32_t next_of(const struct TW_T(tw_characters) * self, uint64_t j)
{
    return self->text.symbols[self->chosen[j / self->gpt.context] + j % self->gpt.context + 1];
}

tw_status TW_T(tw_characters_gradient)(void *state, int rank, uint32_t step, const void *w,
                                       void *out, struct tw_err *err)
{
    struct TW_T(tw_characters) *self = state;
    struct tw_stream_key key = key_of(self, TW_PURPOSE_BATCH);
    const uint32_t *own = self->split.order + self->split.starts[rank];
    const uint32_t size = tw_split_size(&self->split, rank);
    const double bytes = (double)self->setup.batch * self->gpt.context;
    struct tw_stream stream;

    (void)err;
    key.rank = (uint32_t)rank;
    key.step = step;
    tw_stream_open(&stream, &key);
    TW_T(tw_vec_zero)(out, self->gpt.dimension);
    for (uint32_t done = 0; done < self->setup.batch;) {
        const uint32_t left = self->setup.batch - done;
        const uint32_t windows = left < self->pass.windows ? left : self->pass.windows;
        const uint64_t n = (uint64_t)windows * self->gpt.context;

        for (uint32_t i = 0; i < windows; i++)
            self->chosen[i] =
                (uint64_t)own[gsl_rng_uniform_int(&stream.gsl, size)] * self->gpt.context;
        predict(self, windows, w);
        for (uint64_t j = 0; j < n; j++)
            TW_T(tw_cross_entropy_slope)
        (self->pass.logits, self->gpt.vocabulary, n, j, next_of(self, j), bytes, self->pass.delta);
        TW_T(tw_gpt_pass_backward)(&self->pass, w, windows, out);
        done += windows;
    }
    return TW_OK;
}

/* Which windows are looked at: `count` spread evenly over order[0 … size−1] (NULL: over the first
 * size), the first byte of window 0 being `base`. */
struct view {
    const uint32_t *order;
    uint32_t size, count;
    uint64_t base;
};

static struct view view_of(const uint32_t *order, uint32_t size, uint64_t base, uint64_t wanted)
{
    return (struct view){order, size, wanted && wanted < size ? (uint32_t)wanted : size, base};
}

/* Means over the bytes of a view. */
static void evaluate(struct TW_T(tw_characters) * self, const struct view *view, const tw_real *w,
                     double *loss, double *accuracy)
{
    const tw_real *z = self->pass.logits;
    const double bytes = (double)view->count * self->gpt.context;
    double sum = 0;
    uint64_t right = 0;

    for (uint32_t done = 0; done < view->count;) {
        const uint32_t left = view->count - done;
        const uint32_t windows = left < self->pass.windows ? left : self->pass.windows;
        const uint64_t n = (uint64_t)windows * self->gpt.context;

        for (uint32_t i = 0; i < windows; i++) {
            const uint64_t at = (uint64_t)(done + i) * view->size / view->count;
            self->chosen[i] =
                view->base + (view->order ? view->order[at] : at) * (uint64_t)self->gpt.context;
        }
        predict(self, windows, w);
        for (uint64_t j = 0; j < n; j++) {
            sum += TW_T(tw_cross_entropy)(z, self->gpt.vocabulary, n, j, next_of(self, j));
            right += (uint64_t)TW_T(tw_largest_is)(z, self->gpt.vocabulary, n, j, next_of(self, j));
        }
        done += windows;
    }
    *loss = sum / bytes;
    *accuracy = (double)right / bytes;
}

tw_status TW_T(tw_characters_loss)(void *state, const void *w, double *value, double *accuracy,
                                   struct tw_err *err)
{
    struct TW_T(tw_characters) *self = state;
    const uint64_t ranks = (uint64_t)self->split.ranks;
    const uint64_t each = (self->sample + ranks - 1) / ranks;
    double sum = 0, unused;
    struct view view;

    (void)err;
    for (int rank = 0; rank < self->split.ranks; rank++) {
        view = view_of(self->split.order + self->split.starts[rank],
                       tw_split_size(&self->split, rank), 0, each);
        evaluate(self, &view, w, value, &unused);
        sum += *value;
    }
    view = view_of(NULL, self->held_windows, self->held_at, self->sample);
    evaluate(self, &view, w, &unused, accuracy);
    *value = sum / self->split.ranks;
    return TW_OK;
}
