/* The example in which EF21 stalls under gradient noise and momentum cures it:
 * f = ½‖x‖² in R², Top-1, noise √(3σ²/10)·{(2,0), (0,1), (−2,−1)}, each with probability 1/3: mean
 * zero, variance (3/10)(4+1+5)/3 σ² = σ² = 1; x^0 = (0, −0.01), γ = 0.001, 20000 steps.
 * Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155. */
#ifndef TW_TEST_TRAIN_NOISE_H
#define TW_TEST_TRAIN_NOISE_H

#include "train_toys.h"

static inline void three_way_noise(const struct toy *toy, int rank, uint32_t step, const double *w,
                                   double *out)
{
    static const double way[3][2] = {{2, 0}, {0, 1}, {-2, -1}};
    struct tw_stream stream;
    const struct tw_stream_key key = {
        .seed = toy->seed, .rank = (uint32_t)rank, .step = step, .purpose = TW_PURPOSE_NOISE};
    tw_stream_open(&stream, &key);
    unsigned long draw = gsl_rng_uniform_int(&stream.gsl, 3);
    for (int i = 0; i < 2; i++)
        out[i] = w[i] + sqrt(0.3) * way[draw][i];
}

/* Mean ‖∇f‖² over the last half of 20000 steps, over `seeds` seeds. */
static inline double noise_floor(int ranks, const char *compressor, const char *options,
                                 const char *feedback, const char *feedback_options, int seeds)
{
    static const double start[2] = {0, -.01};
    const uint32_t steps = 20000;
    double sum = 0;
    for (int s = 0; s < seeds; s++) {
        struct toy toy = {.gradient = three_way_noise, .loss = toy_half_norm2, .start = start};
        struct toy_run r;
        toy_add(&toy, 1, 2);
        toy_setup(&r, TW_FP64, &toy);
        r.setup.ranks = ranks;
        r.setup.seed = (uint64_t)s + 1;
        r.setup.steps = r.setup.evaluate = steps;
        toy_compressor(&r, compressor, options);
        toy_feedback(&r, feedback, feedback_options);
        toy_optimizer(&r, "rate=0.001");
        double *path = toy_path(&r, &toy);
        for (uint32_t t = steps / 2; t < steps; t++)
            sum += path[2 * t] * path[2 * t] + path[2 * t + 1] * path[2 * t + 1];
        free(path);
    }
    return sum / seeds / (steps / 2);
}

#endif
