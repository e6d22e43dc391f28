/* Layer normalisation (Ba, Kiros and Hinton, arXiv:1607.06450) and GELU (Hendrycks and Gimpel,
 * arXiv:1606.08415), in the form with tanh, which GPT-2 uses:
 *   u = (x − μ)/√(σ² + 1e-5);  with du = weight·dy:
 *   dx = (du − mean(du) − u·mean(du·u)) / √(σ² + 1e-5)
 *   gelu(x) = x·(1 + t)/2,  t = tanh(c·(x + .044715x³)),  c = √(2/π)
 *   gelu'(x) = (1 + t)/2 + x·(1 − t²)/2·c·(1 + .134145x²)
 * tanh(a) = 1 − 2/(exp(2a) + 1), by the C library's exp, in double. O(rows·n). */
#include "gpt_kernels_real.h"

#include <math.h>
#include "base/vec.h"

#define EPSILON ((tw_real)1e-5)

void TW_T(tw_norm_forward)(const tw_real *x, uint64_t rows, uint64_t n, tw_real *unit,
                           tw_real *inverse, tw_real *sum)
{
    const tw_real count = (tw_real)rows;

    TW_T(tw_vec_zero)(sum, n);
    for (uint64_t r = 0; r < rows; r++)
        TW_T(tw_vec_add)(sum, x + r * n, n);
    TW_T(tw_vec_zero)(inverse, n);
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t j = 0; j < n; j++) {
            const tw_real centred = x[r * n + j] - sum[j] / count;
            unit[r * n + j] = centred;
            inverse[j] += centred * centred;
        }
    }
    for (uint64_t j = 0; j < n; j++)
        inverse[j] = (tw_real)(1 / sqrt((double)(inverse[j] / count + EPSILON)));
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t j = 0; j < n; j++)
            unit[r * n + j] *= inverse[j];
    }
}

void TW_T(tw_norm_scale)(const tw_real *unit, uint64_t rows, uint64_t n, const tw_real *weight,
                         const tw_real *bias, tw_real *y)
{
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t j = 0; j < n; j++)
            y[r * n + j] = weight[r] * unit[r * n + j] + bias[r];
    }
}

void TW_T(tw_norm_backward)(const tw_real *unit, const tw_real *inverse, uint64_t rows, uint64_t n,
                            const tw_real *weight, tw_real *dy, tw_real *dweight, tw_real *dbias,
                            tw_real *dx, tw_real *const sum[2])
{
    const tw_real count = (tw_real)rows;

    TW_T(tw_vec_zero)(sum[0], n);
    TW_T(tw_vec_zero)(sum[1], n);
    for (uint64_t r = 0; r < rows; r++) {
        const tw_real *u = unit + r * n;
        tw_real *d = dy + r * n;
        tw_real by_weight = 0, by_bias = 0;

        for (uint64_t j = 0; j < n; j++) {
            by_weight += d[j] * u[j];
            by_bias += d[j];
        }
        dweight[r] += by_weight;
        dbias[r] += by_bias;
        for (uint64_t j = 0; j < n; j++) {
            d[j] *= weight[r];
            sum[0][j] += d[j];
            sum[1][j] += d[j] * u[j];
        }
    }
    for (uint64_t r = 0; r < rows; r++) {
        const tw_real *u = unit + r * n, *d = dy + r * n;
        for (uint64_t j = 0; j < n; j++)
            dx[r * n + j] += inverse[j] * (d[j] - sum[0][j] / count - u[j] * (sum[1][j] / count));
    }
}

void TW_T(tw_gelu)(tw_real *x, tw_real *slope, uint64_t count)
{
    const double c = 0.79788456080286535588; /* √(2/π) */

    for (uint64_t i = 0; i < count; i++) {
        const double at = (double)x[i], square = at * at;
        const double t = 1 - 2 / (exp(2 * c * at * (1 + 0.044715 * square)) + 1);

        x[i] = (tw_real)(at * (1 + t) / 2);
        slope[i] = (tw_real)((1 + t) / 2 + at * (1 - t * t) / 2 * c * (1 + 0.134145 * square));
    }
}
