/* Student's interval on paired differences and log-ratios. O(pairs). */
#include "paired.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static int are_equal(double a, double b)
{
    return a == b || fabs(a - b) <= TW_PAIRED_EQUAL * fmax(fabs(a), fabs(b));
}

static int are_constant(const double *values, int count)
{
    for (int i = 1; i < count; i++)
        if (!are_equal(values[i], values[0]))
            return 0;
    return 1;
}

static int are_alike(const double *own, const double *base, int pairs)
{
    for (int i = 0; i < pairs; i++)
        if (!are_equal(own[i], base[i]))
            return 0;
    return 1;
}

/* One pair tells nothing, unless it is known to be all there is. */
static enum tw_paired_kind kind_of(const double *own, const double *base, int pairs,
                                   int deterministic)
{
    if (pairs == 1)
        return deterministic ? TW_PAIRED_EXACT : TW_PAIRED_SINGLE;
    if (are_alike(own, base, pairs) || (are_constant(own, pairs) && are_constant(base, pairs)))
        return TW_PAIRED_EXACT;
    return TW_PAIRED_INTERVAL;
}

static double mean_of(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static double difference_of(double own, double base)
{
    return own - base;
}

static double log_ratio_of(double own, double base)
{
    return log(own / base);
}

/* Mean of of(own, base) and half the width of its interval (NAN for one pair). */
static double centre(const double *own, const double *base, int pairs,
                     double (*of)(double own, double base), double quantile, double *half)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < pairs; i++)
        mean += of(own[i], base[i]) / pairs;
    for (int i = 0; i < pairs; i++) {
        double off = of(own[i], base[i]) - mean;
        squares += off * off;
    }
    *half = pairs > 1 ? quantile * sqrt(squares / (pairs - 1) / pairs) : NAN;
    return mean;
}

static enum tw_verdict by_interval(double low, double high, double none)
{
    if (low > none)
        return TW_VERDICT_GREATER;
    return high < none ? TW_VERDICT_LESS : TW_VERDICT_UNDECIDED;
}

static enum tw_verdict judge(const struct tw_paired *paired)
{
    switch (paired->kind) {
    case TW_PAIRED_EXACT:
        if (are_equal(paired->own_mean, paired->base_mean))
            return TW_VERDICT_EQUAL;
        return paired->own_mean < paired->base_mean ? TW_VERDICT_LESS : TW_VERDICT_GREATER;
    case TW_PAIRED_INTERVAL:
        if (isnan(paired->ratio))
            return by_interval(paired->difference_low, paired->difference_high, 0);
        return by_interval(paired->ratio_low, paired->ratio_high, 1);
    default:
        return TW_VERDICT_NONE;
    }
}

tw_status tw_paired_make(const double *own, const double *base, int pairs, int deterministic,
                         double confidence, struct tw_paired *paired, struct tw_err *err)
{
    double half, quantile = NAN;
    int positive = pairs > 0;
    *paired = (struct tw_paired){
        pairs, TW_PAIRED_NONE, TW_VERDICT_NONE, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(confidence > 0 && confidence < 1))
        return tw_err_set(err, TW_RANGE, "confidence %g is not between 0 and 1", confidence);
    if (pairs < 1)
        return TW_OK;
    for (int i = 0; i < pairs; i++)
        positive &= own[i] > 0 && base[i] > 0;
    paired->kind = kind_of(own, base, pairs, deterministic);
    if (paired->kind == TW_PAIRED_INTERVAL)
        quantile = gsl_cdf_tdist_Pinv((1 + confidence) / 2, pairs - 1);
    paired->own_mean = mean_of(own, pairs);
    paired->base_mean = mean_of(base, pairs);
    paired->difference = centre(own, base, pairs, difference_of, quantile, &half);
    paired->difference_low = paired->difference - half;
    paired->difference_high = paired->difference + half;
    if (positive) {
        double log_ratio = centre(own, base, pairs, log_ratio_of, quantile, &half);
        paired->ratio = paired->kind == TW_PAIRED_INTERVAL ? exp(log_ratio)
                                                           : paired->own_mean / paired->base_mean;
        paired->ratio_low = exp(log_ratio - half);
        paired->ratio_high = exp(log_ratio + half);
    }
    paired->verdict = judge(paired);
    return TW_OK;
}

const char *tw_paired_kind_name(enum tw_paired_kind kind)
{
    static const char *const names[] = {"none", "single", "exact", "t"};
    return names[kind];
}

const char *tw_verdict_name(enum tw_verdict verdict)
{
    static const char *const names[] = {"none", "less", "greater", "equal", "undecided"};
    return names[verdict];
}
