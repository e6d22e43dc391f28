/* Stochastic rounding of a group to s levels on either side of 0, measured by one scale n:
 *
 *     ξ = n·sgn(x)·q/s,  q = ⌊s|x|/n⌋, plus 1 with probability s|x|/n − q      (n ≥ every |x|)
 *
 * so that E ξ = x. On the wire a value is the code s + sgn(x)·q, 0 … 2s; codes add. The level is
 * computed as |x|·(s/n) in the working precision and held at s, so that no level exceeds s, however
 * it is rounded. A group of scale 0 has codes s and values 0.
 * Source: Alistarh et al., "QSGD" (arXiv 1610.02132). */
#ifndef TW_DITHER_REAL_H
#define TW_DITHER_REAL_H

#include "coded_real.h"

enum tw_dither_norm { TW_DITHER_L2, TW_DITHER_MAX };

/* The names of the norms, as an option's choices, in the order of the enum. */
extern const char *const tw_dither_norm_names[];

/* Bits of codes 0 … 2·levels. */
unsigned tw_dither_bits(uint64_t levels);

/* ω with E‖ξ − x‖² ≤ ω‖x‖² for a group of n values and its own norm. A rounding of step n/s has
 * variance at most (n/s)²/4, and at most (n/s)|x|:
 *     l2:  min(n/(4s²), √n/s)              (Lemma 3.1 of the paper has n/s² for the first)
 *     max: min((n−1)/(4s²), (√n+1)/(2s))   (the largest value is exact; ‖x‖₁·max ≤ (√n+1)/2·‖x‖²);
 *          at s = 1 every value's variance is max·|x| − x²: (√n−1)/2 */
double tw_dither_omega(enum tw_dither_norm norm, uint64_t n, uint64_t levels);

/* What the params of a member begin with that rounds to levels of a bucket's norm as they say, and
 * its coder's table (coded_real.h): groups of `bucket` values, codes 0 … 2·levels. */
struct tw_dither_params {
    uint64_t bucket, levels; /* bucket in values, 0: the whole tensor */
    int norm;                /* of tw_dither_norm_names */
};
struct tw_groups tw_dither_coder_groups(const struct tw_problem *problem);
unsigned tw_dither_coder_bits(const struct tw_problem *problem);
uint32_t tw_dither_coder_most(const struct tw_problem *problem);
/* ω of its largest group. */
double tw_dither_coder_omega(const struct tw_problem *problem);

#ifdef TW_PRECISION
tw_status TW_T(tw_dither_coder_measure)(const struct tw_problem *problem, const tw_real *x,
                                        uint64_t n, tw_real *scale);
void TW_T(tw_dither_coder_code)(const struct tw_coded_piece *piece, const tw_real *x,
                                uint16_t *codes);
void TW_T(tw_dither_coder_value)(const struct tw_coded_piece *piece, const uint16_t *codes,
                                 tw_real *values);

/* The norm of x, not below any |x|; TW_INPUT when it is not finite. */
tw_status TW_T(tw_dither_measure)(enum tw_dither_norm norm, const tw_real *x, uint64_t n,
                                  tw_real *scale);
/* Whether a scale's reciprocal may stand for it: far from where numbers end, so that x·factor is as
 * good as a quotient, and multiplying x by 2^j still multiplies every result by it. */
static inline int TW_T(tw_dither_safe)(tw_real factor)
{
    return factor > (tw_real)0x1p-100 && factor < (tw_real)0x1p100;
}
/* n largest |x|; −1 when a value is not finite. */
tw_real TW_T(tw_dither_largest)(const tw_real *x, uint64_t n);
/* Values beyond ±limit count as ±limit. limit: at least piece->scales[0] for none. */
void TW_T(tw_dither_code)(const struct tw_coded_piece *piece, const tw_real *x, tw_real limit,
                          uint64_t levels, uint16_t *codes);
void TW_T(tw_dither_value)(const struct tw_coded_piece *piece, const uint16_t *codes,
                           uint64_t levels, tw_real *values);
/* n·(Σ codes − N·s)/s */
void TW_T(tw_dither_total)(const struct tw_coded_piece *piece, const uint32_t *sums,
                           uint64_t levels, tw_real *totals);
#endif

#endif
