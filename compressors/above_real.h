/* Values of large magnitude by a known threshold: moments to guess it from, counts, indices. */
#ifndef TW_ABOVE_REAL_H
#define TW_ABOVE_REAL_H

#include <stdint.h>

/* Of n values; sums in 16 interleaved double partial sums, the same bits everywhere. */
struct tw_moments {
    double sum, magnitudes, squares; /* Σx, Σ|x|, Σx² */
    double most;                     /* max |x|, 0 of none */
    uint64_t nonzero;
};
struct tw_moments tw_moments_f32(const float *x, uint64_t n);
struct tw_moments tw_moments_f64(const double *x, uint64_t n);

/* The least number of the precision that is ≥ threshold and > 0; threshold must be in its range.
 * Comparing with it is comparing with the threshold, and 0 is never above. */
float tw_above_bound_f32(double threshold);
double tw_above_bound_f64(double threshold);

/* How many |x| ≥ bound. */
uint64_t tw_above_count_f32(const float *x, uint64_t n, float bound);
uint64_t tw_above_count_f64(const double *x, uint64_t n, double bound);

/* Their indices, ascending, into out (room for n); returns how many. */
uint64_t tw_above_collect_f32(const float *x, uint64_t n, float bound, uint32_t *out);
uint64_t tw_above_collect_f64(const double *x, uint64_t n, double bound, uint32_t *out);

/* Of the |x| ≥ bound that are not 0: how many, the least (HUGE_VAL of none), Σ|x| and Σ(|x| −
 * mean)² in 16 interleaved partial sums. */
struct tw_tail {
    uint64_t count;
    double least, sum, squares;
};
struct tw_tail tw_above_tail_f32(const float *x, uint64_t n, double bound, double mean);
struct tw_tail tw_above_tail_f64(const double *x, uint64_t n, double bound, double mean);

/* As collect, and the values too, into out (room for n) where it is not NULL. */
uint64_t tw_above_take_f32(const float *x, uint64_t n, float bound, uint32_t *indices, float *out);
uint64_t tw_above_take_f64(const double *x, uint64_t n, double bound, uint32_t *indices,
                           double *out);

#endif
