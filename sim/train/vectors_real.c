/* Built for both precisions. */
#include "vectors_real.h"

#include "base/vec.h"
#include "base/fp16.h"

static void accumulate(double *sum, const void *x, uint64_t n)
{
    const tw_real *values = x;
    for (uint64_t i = 0; i < n; i++)
        sum[i] += (double)values[i];
}

static void add_scaled(void *x, double scale, const double *sum, uint64_t n)
{
    tw_real *values = x;
    for (uint64_t i = 0; i < n; i++)
        values[i] = (tw_real)((double)values[i] + scale * sum[i]);
}

static void mean(void *x, const double *sum, int count, uint64_t n)
{
    tw_real *values = x;
    for (uint64_t i = 0; i < n; i++)
        values[i] = (tw_real)(sum[i] / count);
}

static int all_finite(const void *x, uint64_t n)
{
    return TW_T(tw_vec_finite)(x, n);
}

static void round_bf16(void *rounded, const void *x, uint64_t n)
{
    const tw_real *values = x;
    tw_real *out = rounded;
    for (uint64_t i = 0; i < n; i++)
#if TW_PRECISION == 32
        out[i] = tw_bf16_to_f32(tw_bf16_from_f32(values[i]));
#else
        out[i] = (tw_real)tw_bf16_to_f32(tw_bf16_from_f64(values[i]));
#endif
}

static void round_fp16(void *rounded, const void *x, uint64_t n)
{
    const tw_real *values = x;
    tw_real *out = rounded;
    for (uint64_t i = 0; i < n; i++)
#if TW_PRECISION == 32
        out[i] = tw_fp16_to_f32(tw_fp16_from_f32(values[i]));
#else
        out[i] = (tw_real)tw_fp16_to_f32(tw_fp16_from_f64(values[i]));
#endif
}

const struct tw_vectors TW_T(tw_vectors) = {accumulate, add_scaled, mean,
                                            all_finite, round_bf16, round_fp16};
