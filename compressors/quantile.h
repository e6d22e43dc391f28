/* Logarithm, exponential and the quantiles that threshold estimators need, from additions,
 * multiplications, divisions and sqrt alone, so that they are the same bits on every processor
 * (those of libm are not: their last bit depends on whether it has FMA). */
#ifndef TW_QUANTILE_H
#define TW_QUANTILE_H

/* ln x for 0 < x < ∞ and e^x for any finite x, relative error below 4e-16 of a result of the order
 * of 1 or more (1e-15 near ln 1 and at the ends of exp's range). e^x overflows to infinity, and
 * underflows to 0, where it must. */
double tw_ln(double x);
double tw_exponential(double x);

/* z ≥ 0 with P(Z > z) = p for a standard normal Z; 0 < p ≤ 1/2, p ≥ 1e-300. Relative error below
 * 1e-12. Newton's method from Abramowitz and Stegun 26.2.23; the tail by its series and its
 * continued fraction. */
double tw_normal_upper(double p);

/* x with P(X > x) = p for X of the gamma distribution with shape a and scale 1; 0 < a ≤ 1e6,
 * 1e-300 ≤ p < 1. Relative error below 1e-10 where x ≥ 1e-300. Bisection; series and continued
 * fraction of Numerical Recipes 6.2. */
double tw_gamma_upper(double a, double p);

#endif
