/* Arithmetic of thin factors, which are kept column by column (lowrank.h). */
#ifndef TW_LOWRANK_REAL_H
#define TW_LOWRANK_REAL_H

#include "base/rng.h"
#include "lowrank.h"

/* left ← X·right, right ← Xᵀ·left, for a matrix X at x; scratch holds as many values as the result.
 * Sums run in the orders of sketch_real.h. */
void tw_lowrank_left_f32(const struct tw_lowrank_view *view, const float *x, uint64_t r,
                         const float *right, float *scratch, float *left);
void tw_lowrank_left_f64(const struct tw_lowrank_view *view, const double *x, uint64_t r,
                         const double *right, double *scratch, double *left);
void tw_lowrank_right_f32(const struct tw_lowrank_view *view, const float *x, uint64_t r,
                          const float *left, float *scratch, float *right);
void tw_lowrank_right_f64(const struct tw_lowrank_view *view, const double *x, uint64_t r,
                          const double *left, double *scratch, double *right);

/* out ← an orthonormal basis of the r columns of `from` (n values each; in place allowed).
 * Modified Gram-Schmidt, every column projected twice ("twice is enough", Kahan): the basis is then
 * orthonormal to the working precision however close to each other the columns were. A column of
 * which no more than ε of its length is left, ε = 2^-20 (float) or 2^-48 (double), depends on those
 * before it and becomes 0, as does one shorter than 2^-484, whose square is no number. ε is
 * relative, so that the basis of 2^j·P is that of P. Every value must be finite. */
void tw_lowrank_orthogonalise_f32(const float *from, uint64_t n, uint64_t r, float *out);
void tw_lowrank_orthogonalise_f64(const double *from, uint64_t n, uint64_t r, double *out);

/* y + offset of the view += factor · left·rightᵀ; a product is added in double, columns ascending,
 * and rounded before it is added. */
void tw_lowrank_expand_f32(const struct tw_lowrank_view *view, uint64_t r, const float *left,
                           const float *right, float factor, float *y);
void tw_lowrank_expand_f64(const struct tw_lowrank_view *view, uint64_t r, const double *left,
                           const double *right, double factor, double *y);
/* ‖X − left·rightᵀ‖² of the matrix in x. */
double tw_lowrank_error_f32(const struct tw_lowrank_view *view, uint64_t r, const float *left,
                            const float *right, const float *x);
double tw_lowrank_error_f64(const struct tw_lowrank_view *view, uint64_t r, const double *left,
                            const double *right, const double *x);

/* The factor that a step starts from, n values in each of r columns. A column of `last` that is not
 * zero is taken over, scaled to length 1 (which changes no span); the others, or all when last is
 * NULL, are normals drawn by the key. */
void tw_lowrank_start_f32(const struct tw_stream_key *key, const float *last, uint64_t n,
                          uint64_t r, float *out);
void tw_lowrank_start_f64(const struct tw_stream_key *key, const double *last, uint64_t n,
                          uint64_t r, double *out);

#ifdef TW_PRECISION
/* The dense values of a bucket, which lie one tensor behind the other in a message: taken out of x;
 * y += factor · values; out = their sum over the ranks, divided by N. views: of all tensors. */
void TW_T(tw_lowrank_dense_take)(const struct tw_problem *problem,
                                 const struct tw_lowrank_view *views, const tw_real *x,
                                 tw_real *values);
void TW_T(tw_lowrank_dense_add)(const struct tw_problem *problem,
                                const struct tw_lowrank_view *views, const tw_real *values,
                                tw_real factor, tw_real *y);
void TW_T(tw_lowrank_dense_mean)(const struct tw_problem *problem,
                                 const struct tw_lowrank_view *views, const tw_real *sum,
                                 tw_real *out);
#endif

#endif
