/* Heterogeneous quadratics, f_i(x) = ½ xᵀA_i x − b_iᵀx, in two kinds:
 *
 * tridiagonal: per rank two normals ξ_s, ξ_b;  ν_s = 1 + sξ_s,  ν_b = sξ_b;  T = tridiag(−1, 2, −1)
 *     A_i = (ν_s/4) T + (λ − λmin(mean of (ν_s/4) T)) I,   b_i = (ν_s/4)(−1 + ν_b) e_1
 *     x^0 = √d e_1.  The smallest eigenvalue of the mean is λ;  λ_k(T) = 2 − 2cos(kπ/(d+1)).
 * diagonal: A_i = D, the same on all ranks, from `least` to `greatest` in equal steps (linear) or
 * in equal ratios (log);  b_i ~ shift·N(0, I), centred over the ranks;  x^0 = (1, …, 1).
 *
 * A gradient is A_i x − b_i + noise·N(0, I), from the stream (rank, step). The mean of the f_i is a
 * quadratic with A = mean A_i, b = mean b_i, so x* = A⁻¹b and f − f* = ½(x−x*)ᵀA(x−x*) exactly
 * (computed so for loss = gap: with λ = 1e-6, f and f* agree in many digits).
 *
 * Source: Richtárik, Sokolov, Fatkhullin, Gasanov, Li, Gorbunov, "3PC", arXiv 2202.00998, appendix
 * (tridiagonal, with the generator of their published code); diagonal: ours. O(d) per gradient. */
#include <math.h>
#include "base/vec.h"
#include "quadratics.h"

static uint64_t dimension(const void *state)
{
    return ((const struct tw_quadratics *)state)->d;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct tw_quadratics *self = state;
    *count = self->model.count;
    return self->model.tensors;
}

static void start(void *state, void *w)
{
    const struct tw_quadratics *self = state;
    tw_real *x = w;

    TW_T(tw_vec_zero)(x, self->d);
    if (self->params.kind == TW_TRIDIAGONAL)
        x[0] = (tw_real)sqrt((double)self->d);
    for (uint64_t j = 0; self->params.kind == TW_DIAGONAL && j < self->d; j++)
        x[j] = 1;
}

/* out = diagonal·x + off·(neighbours), in double and rounded once. */
static void multiply(uint64_t d, double diagonal, double off, const tw_real *x, tw_real *out)
{
    for (uint64_t j = 0; j < d; j++) {
        const double left = j > 0 ? (double)x[j - 1] : 0, right = j + 1 < d ? (double)x[j + 1] : 0;
        out[j] = (tw_real)(diagonal * (double)x[j] + off * (left + right));
    }
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct tw_quadratics *self = state;
    const double noise = self->params.noise;
    const tw_real *x = w;
    tw_real *g = out;

    (void)err;
    if (self->params.kind == TW_TRIDIAGONAL) {
        multiply(self->d, self->diagonal[rank], self->off[rank], x, g);
        g[0] = (tw_real)((double)g[0] - self->first[rank]);
    } else {
        const double *b = self->b + (uint64_t)rank * self->d;
        for (uint64_t j = 0; j < self->d; j++)
            g[j] = (tw_real)(self->spectrum[j] * (double)x[j] - b[j]);
    }
    TW_T(tw_problem_add_noise)(&self->setup, rank, step, noise, self->scratch, g, self->d);
    return TW_OK;
}

static tw_status loss(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err)
{
    struct tw_quadratics *self = state;
    const tw_real *x = w;
    const int gap = self->params.loss == TW_LOSS_GAP;
    double sum = 0, before = 0;

    (void)err;
    if (!gap && self->params.kind == TW_TRIDIAGONAL)
        sum = -self->mean_first * (double)x[0];
    for (uint64_t j = 0; j < self->d; j++) {
        const double at = gap ? (double)x[j] - self->optimum[j] : (double)x[j];
        if (self->params.kind == TW_DIAGONAL)
            sum += self->spectrum[j] * at * at / 2;
        else
            sum += at * (self->mean_diagonal * at / 2 + self->mean_off * before);
        before = at;
    }
    *loss = sum;
    *accuracy = -1;
    return TW_OK;
}

static double distance(void *state, const void *w)
{
    const struct tw_quadratics *self = state;
    return sqrt(TW_T(tw_problem_distance2)(w, self->optimum, self->d));
}

const struct tw_workload TW_T(tw_workload_quadratic) = {
    .member = {.name = "quadratic",
               .summary = "heterogeneous quadratics, one per rank, with a known optimum",
               .source = "Richtárik et al. 2022 (3PC), arXiv 2202.00998",
               .options = tw_quadratics_options,
               .option_count = TW_QUADRATICS_OPTIONS,
               .params_size = sizeof(struct tw_quadratics_params),
               .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_SYNTHETIC_DATA},
    .precision = TW_THIS_PRECISION,
    .open = tw_quadratics_open,
    .close = tw_quadratics_close,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .loss = loss,
    .distance = distance,
    .data_hash = tw_problem_no_data,
    .check = tw_quadratics_check,
};
