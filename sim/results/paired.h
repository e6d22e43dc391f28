/* Two methods on the same draws: paired differences and ratios with Student's interval. */
#ifndef TW_RESULTS_PAIRED_H
#define TW_RESULTS_PAIRED_H

#include "base/err.h"

/* Values that differ by less than this share of the larger are taken as equal: what is exact in the
 * simulation is exact to here. */
#define TW_PAIRED_EQUAL 1e-12

enum tw_paired_kind {
    TW_PAIRED_NONE,    /* no pair: everything else is NAN */
    TW_PAIRED_SINGLE,  /* one pair: no interval, nothing can be told */
    TW_PAIRED_EXACT,   /* neither side varies over the pairs, or all are equal in pairs: no interval
                        */
    TW_PAIRED_INTERVAL /* Student's t on the differences, and on their logarithms */
};
enum tw_verdict {
    TW_VERDICT_NONE,     /* no pair, or one */
    TW_VERDICT_LESS,     /* own is less than base */
    TW_VERDICT_GREATER,  /* own is greater */
    TW_VERDICT_EQUAL,    /* exact, and equal */
    TW_VERDICT_UNDECIDED /* the interval holds "no difference": they cannot be told apart */
};

struct tw_paired {
    int pairs;
    enum tw_paired_kind kind;
    enum tw_verdict verdict; /* by the ratio where there is one, else by the difference */
    double own_mean, base_mean;
    double difference, difference_low, difference_high; /* own − base; low and high NAN but for
                                                           INTERVAL, as in the next line */
    double ratio, ratio_low, ratio_high; /* own ÷ base, geometric mean; NAN unless all values > 0 */
};

/* own[i] and base[i] are of the same repetition, all finite. deterministic: 1 when no draw could
 * change them, so that one pair is exact. With d_i = own_i − base_i, or
 * d_i = ln(own_i ÷ base_i):
 *     mean(d) ± t((1 + confidence) / 2; n − 1) · sd(d) / √n,   sd with n − 1.
 * confidence in (0, 1), else TW_RANGE. Source: Student (Gosset), Biometrika 6 (1908); quantiles by
 * gsl_cdf_tdist_Pinv. */
tw_status tw_paired_make(const double *own, const double *base, int pairs, int deterministic,
                         double confidence, struct tw_paired *paired,
                         struct tw_err *err) TW_MUST_CHECK;

/* "exact", "t", "single", "none"; "less", "greater", "equal", "undecided", "none". */
const char *tw_paired_kind_name(enum tw_paired_kind kind);
const char *tw_verdict_name(enum tw_verdict verdict);

#endif
