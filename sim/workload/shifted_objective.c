/* The robust shifted objective, on which local Top-K stalls and a globally chosen support does not.
 * d = 200 blocks of 10 values: 150 noise blocks n_b, the signal s, 49 that no one uses. Rank i has
 * σ_i = +1 in the first half of the ranks, −1 in the second; ξ = 100, γ = 5:
 *
 *     f_i(w) = ½ Σ_j (s_j − 1)² + 1/(2·150) Σ_b Σ_j (n_bj − σ_i(ξ + γ s_j))²
 *     ∂f_i/∂n_bj = (n_bj − σ_i(ξ + γ s_j))/150
 *     ∂f_i/∂s_j  = (s_j − 1) − (σ_iγ/150) Σ_b (n_bj − σ_i(ξ + γ s_j))
 *
 * plus noise·N(0, 1) on every coordinate. The large gradients of the noise blocks cancel between
 * the ranks, the small one of the signal does not. Let σ̄ be the mean of the σ_i. Averaged over
 * ranks the optimum is n = σ̄(ξ + γs), s = (1 − cγξ)/(1 + cγ²) with c = 1 − σ̄², and f* = 5(s − 1)² +
 * 5c(ξ + γs)² (an even number of ranks: σ̄ = 0, s* = −499/26, n* = 0, f* = 2120.1923…). w^0 = 0.
 * With numpy_seed the noise is NumPy's, drawn step by step, rank by rank, as in the authors' script
 * (seed 42, 10 ranks); a step asked for out of order is drawn again from the start.
 *
 * Source: the numerical experiment of "An All-Reduce Compatible Top-K Compressor for
 * Communication-Efficient Distributed Learning", arXiv 2510.26709. O(d) per gradient. */
#include "problem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/vec.h"
#include "numpy_rng.h"

enum { BLOCKS = 200, WIDTH = 10, NOISE_BLOCKS = 150, DIMENSION = BLOCKS * WIDTH };
static const double shift = 100, gain = 5; /* ξ, γ */

struct params {
    uint64_t numpy_seed;
    double noise;
    int loss;
};

static const struct tw_option options[] = {
    TW_ROW_NOISE(offsetof(struct params, noise), "0.001"),
    TW_ROW_NUMPY_SEED(offsetof(struct params, numpy_seed)),
    TW_ROW_LOSS(offsetof(struct params, loss)),
};

struct shifted {
    struct tw_workload_setup setup; /* params NULL */
    struct params params;
    struct tw_model model;
    struct tw_numpy_rng numpy;
    uint32_t step;                   /* whose noise is below; TW_STEP_NONE: none yet */
    double *noise;                   /* ranks × d (numpy_seed), else d of scratch */
    double *exact;                   /* d: the gradient without noise */
    double signal, spread, constant; /* s*, σ̄, f* */
};

static double sign_of(const struct shifted *self, int rank)
{
    return rank < (self->setup.ranks + 1) / 2 ? 1 : -1;
}

static void close_shifted(void *state)
{
    struct shifted *self = state;

    if (!self)
        return;
    tw_model_free(&self->model);
    tw_numpy_close(&self->numpy);
    free(self->noise);
    free(self);
}

static void find_optimum(struct shifted *self)
{
    double sum = 0;

    for (int r = 0; r < self->setup.ranks; r++)
        sum += sign_of(self, r);
    self->spread = sum / self->setup.ranks;
    const double c = 1 - self->spread * self->spread;
    self->signal = (1 - c * gain * shift) / (1 + c * gain * gain);
    const double off = self->signal - 1, pull = shift + gain * self->signal;
    self->constant = WIDTH / 2.0 * (off * off + c * pull * pull);
}

static tw_status open_shifted(const struct tw_workload_setup *setup, void **state,
                              struct tw_err *err)
{
    struct shifted *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    self->setup = *setup;
    self->setup.params = NULL;
    self->params = *(const struct params *)setup->params;
    self->step = TW_STEP_NONE;
    find_optimum(self);
    const size_t rows = self->params.numpy_seed ? (size_t)setup->ranks : 1;
    self->noise = calloc((rows + 1) * DIMENSION, sizeof *self->noise);
    status = self->noise ? TW_OK : tw_err_set(err, TW_MEMORY, "no memory for the noise");
    self->exact = self->noise ? self->noise + rows * DIMENSION : NULL;
    if (status == TW_OK)
        status = tw_problem_shape(DIMENSION, WIDTH, &self->model, err);
    if (status == TW_OK && self->params.numpy_seed)
        status =
            tw_numpy_open(&self->numpy, (uint32_t)self->params.numpy_seed + setup->repetition, err);
    if (status != TW_OK) {
        close_shifted(self);
        return status;
    }
    *state = self;
    return TW_OK;
}

static uint64_t dimension(const void *state)
{
    (void)state;
    return DIMENSION;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct shifted *self = state;
    *count = self->model.count;
    return self->model.tensors;
}

static void start(void *state, void *w)
{
    (void)state;
    TW_T(tw_vec_zero)(w, DIMENSION);
}

/* NumPy's noise of all ranks at `step`; the stream knows no other way than from the start. */
static void draw_noise(struct shifted *self, uint32_t step)
{
    const uint64_t count = (uint64_t)self->setup.ranks * DIMENSION;
    const uint32_t seed = (uint32_t)self->params.numpy_seed + self->setup.repetition;

    if (self->step == step)
        return;
    if (self->step == TW_STEP_NONE || self->step > step) {
        tw_numpy_seed(&self->numpy, seed);
        self->step = TW_STEP_NONE;
    }
    do {
        for (uint64_t i = 0; i < count; i++)
            self->noise[i] = tw_numpy_normal(&self->numpy);
        self->step = self->step == TW_STEP_NONE ? 0 : self->step + 1;
    } while (self->step < step);
}

static void exact_gradient(double sign, const tw_real *w, double *g)
{
    const tw_real *signal = w + (uint64_t)NOISE_BLOCKS * WIDTH;
    double sum[WIDTH] = {0};

    for (int b = 0; b < NOISE_BLOCKS; b++)
        for (int j = 0; j < WIDTH; j++) {
            const double off = (double)w[b * WIDTH + j] - sign * (shift + gain * (double)signal[j]);
            g[b * WIDTH + j] = off / NOISE_BLOCKS;
            sum[j] += off;
        }
    for (int j = 0; j < WIDTH; j++)
        g[NOISE_BLOCKS * WIDTH + j] =
            ((double)signal[j] - 1) - (sign * gain / NOISE_BLOCKS) * sum[j];
    for (int i = (NOISE_BLOCKS + 1) * WIDTH; i < DIMENSION; i++)
        g[i] = 0;
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct shifted *self = state;
    double *g = self->exact;
    const double *noise = self->noise;
    tw_real *to = out;

    (void)err;
    if (self->params.numpy_seed) {
        draw_noise(self, step);
        noise += (uint64_t)rank * DIMENSION;
    } else {
        struct tw_stream stream;
        tw_problem_stream(&self->setup, TW_PURPOSE_NOISE, (uint32_t)rank, step, &stream);
        tw_stream_normals(&stream, self->noise, DIMENSION);
    }
    exact_gradient(sign_of(self, rank), w, g);
    for (int i = 0; i < DIMENSION; i++)
        to[i] = (tw_real)(g[i] + self->params.noise * noise[i]);
    return TW_OK;
}

/* f − f* is the quadratic of the distance: with u = s − s*, v = n − n*, per j
 * ½u² + 1/300 Σ_b (v_b² − 2σ̄γ u v_b + γ²u²). */
static tw_status loss(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err)
{
    const struct shifted *self = state;
    const tw_real *x = w, *signal = x + (uint64_t)NOISE_BLOCKS * WIDTH;
    const double middle = self->spread * (shift + gain * self->signal);
    double gap = 0;

    (void)err;
    for (int j = 0; j < WIDTH; j++) {
        const double u = (double)signal[j] - self->signal;
        double sum = 0;
        for (int b = 0; b < NOISE_BLOCKS; b++) {
            const double v = (double)x[b * WIDTH + j] - middle;
            sum += v * v - 2 * self->spread * gain * u * v + gain * gain * u * u;
        }
        gap += u * u / 2 + sum / (2.0 * NOISE_BLOCKS);
    }
    *loss = self->params.loss == TW_LOSS_GAP ? gap : gap + self->constant;
    *accuracy = -1;
    return TW_OK;
}

static double distance(void *state, const void *w)
{
    const struct shifted *self = state;
    const tw_real *x = w;
    const double middle = self->spread * (shift + gain * self->signal);
    double sum = 0;

    for (int i = 0; i < DIMENSION; i++) {
        const int block = i / WIDTH;
        const double at = block < NOISE_BLOCKS ? middle : block == NOISE_BLOCKS ? self->signal : 0;
        sum += ((double)x[i] - at) * ((double)x[i] - at);
    }
    return sqrt(sum);
}

const struct tw_workload TW_T(tw_workload_shifted_objective) = {
    .member = {.name = "shifted_objective",
               .summary =
                   "large gradients that cancel between ranks hide a small one that does not",
               .source = "ARC-Top-K's numerical experiment, arXiv 2510.26709",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_SYNTHETIC_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_shifted,
    .close = close_shifted,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .loss = loss,
    .distance = distance,
    .data_hash = tw_problem_no_data,
};
