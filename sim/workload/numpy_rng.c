/* The recipe of numpy/random/mtrand's legacy generator: MT19937; a double is made of 27 and 26 high
 * bits of two words; normals by Marsaglia's polar method (SIAM Review 6, 1964), second value first.
 * log is the C library's. */
#include "numpy_rng.h"

#include <math.h>

tw_status tw_numpy_open(struct tw_numpy_rng *rng, uint32_t seed, struct tw_err *err)
{
    *rng = (struct tw_numpy_rng){.mt = gsl_rng_alloc(gsl_rng_mt19937)};
    if (!rng->mt)
        return tw_err_set(err, TW_MEMORY, "no memory for a generator");
    tw_numpy_seed(rng, seed);
    return TW_OK;
}

void tw_numpy_close(struct tw_numpy_rng *rng)
{
    if (rng->mt)
        gsl_rng_free(rng->mt);
    *rng = (struct tw_numpy_rng){0};
}

void tw_numpy_seed(struct tw_numpy_rng *rng, uint32_t seed)
{
    gsl_rng_set(rng->mt, seed);
    rng->has_kept = 0;
}

double tw_numpy_uniform(struct tw_numpy_rng *rng)
{
    const double high = (double)(gsl_rng_get(rng->mt) >> 5);
    const double low = (double)(gsl_rng_get(rng->mt) >> 6);

    return (high * 67108864.0 + low) / 9007199254740992.0; /* 2^26, 2^53 */
}

double tw_numpy_normal(struct tw_numpy_rng *rng)
{
    double x1, x2, r2, factor;

    if (rng->has_kept) {
        rng->has_kept = 0;
        return rng->kept;
    }
    do {
        x1 = 2 * tw_numpy_uniform(rng) - 1;
        x2 = 2 * tw_numpy_uniform(rng) - 1;
        r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1 || r2 == 0);
    factor = sqrt(-2 * log(r2) / r2);
    rng->kept = factor * x1;
    rng->has_kept = 1;
    return factor * x2;
}
