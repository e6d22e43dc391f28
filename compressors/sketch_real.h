/* The product of a matrix and a thin random one, row by row: P = X·V. */
#ifndef TW_SKETCH_REAL_H
#define TW_SKETCH_REAL_H

#include <stdint.h>

/* Elements of the kernels sketch and sketch_transposed for `values` values of x and r columns. Four
 * columns are done at once, and fewer take about as long, because x has to be read; of further four
 * each takes two thirds of the first (measured: 0.5 to 0.8), because x is in the cache by then. */
static inline uint64_t tw_sketch_elements(uint64_t values, uint64_t r)
{
    return values * (1 + 2 * ((r + 3) / 4));
}

/* Units are the rows of x (row-major, `units` rows of `width` values, the last one of `last` ≤
 * width; last = width when all are alike). v holds r columns of `width` values, one behind the
 * other. p[j·r + c] = Σ_i x[j·width + i] · v[c·width + i] Value i goes to partial sum i mod 16; the
 * 16 are added by halves. */
void tw_sketch_rows_f32(const float *x, uint64_t units, uint64_t width, uint64_t last,
                        const float *v, int r, float *p);
void tw_sketch_rows_f64(const double *x, uint64_t units, uint64_t width, uint64_t last,
                        const double *v, int r, double *p);

/* Units are the columns of x (row-major, `width` rows of `units` values): the transposed view.
 *     p[j·r + c] = Σ_i x[i·units + j] · v[c·width + i], i ascending */
void tw_sketch_columns_f32(const float *x, uint64_t units, uint64_t width, const float *v, int r,
                           float *p);
void tw_sketch_columns_f64(const double *x, uint64_t units, uint64_t width, const double *v, int r,
                           double *p);

/* score[j] = Σ_c p[j·r + c]², in double. Returns 0 when a score is not finite. */
int tw_sketch_scores_f32(const float *p, uint64_t units, int r, double *score);
int tw_sketch_scores_f64(const double *p, uint64_t units, int r, double *score);

#endif
