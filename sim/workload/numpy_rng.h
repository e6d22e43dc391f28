/* NumPy's legacy random numbers (numpy.random.seed, RandomState), so that problems which others
 * published as a seed and a few lines of Python can be made again, digit by digit. */
#ifndef TW_WORKLOAD_NUMPY_RNG_H
#define TW_WORKLOAD_NUMPY_RNG_H

#include "base/err.h"
#include <gsl/gsl_rng.h>
#include <stdint.h>

struct tw_numpy_rng {
    gsl_rng *mt; /* owned */
    double kept; /* the second normal of a pair */
    int has_kept;
};

/* The state after RandomState(seed), 0 < seed < 2^32 (GSL takes seed 0 for another). TW_MEMORY.
 * Freed by tw_numpy_close, which accepts a zeroed one. */
tw_status tw_numpy_open(struct tw_numpy_rng *rng, uint32_t seed, struct tw_err *err) TW_MUST_CHECK;
void tw_numpy_close(struct tw_numpy_rng *rng);
void tw_numpy_seed(struct tw_numpy_rng *rng, uint32_t seed); /* back to that state */

double tw_numpy_uniform(struct tw_numpy_rng *rng); /* random_sample(): [0, 1), 53 bits */
double tw_numpy_normal(struct tw_numpy_rng *rng);  /* standard_normal() */

#endif
