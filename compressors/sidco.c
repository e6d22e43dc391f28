/* SIDCo: the threshold that keeps k of d values when magnitudes follow a distribution fitted to
 * them, in several stages, each fitted to what passed the one before.
 *
 *     one stage:    t = F⁻¹ of the fit to |x|, tail k/d
 *     M stages:     t_1 keeps `first` of the values (0.25); t_s of the excess |x| − min over those
 * that passed keeps r of them, r^(M−1) = (k/d)/first exponential:  t = −m·ln δ m: mean (of the
 * excess, plus its minimum) pareto:       t = a(1 − e^(κ ln δ))/κ,  a = ½m(m²/v + 1),  κ = ½(m²/v −
 * 1)      v: variance gamma:        first stage: s = ln m − mean ln|x|, α = (3 − s + √((s−3)² +
 * 24s))/(12s), t = (m/α)·P⁻¹(α, tail δ); later stages: pareto C(x)_i = x_i where |x_i| ≥ t, else 0
 *
 * Source: Abdelmoniem, Elzanaty, Alouini and Canini, "An Efficient Statistical-based Gradient
 * Compression Technique for Distributed Training Systems", MLSys 2021 (arXiv 2101.10761), and its
 * code (SIDCo). Wire: 4 + n·(4 + 4) bytes per rank. Cost: one or two reads, and a few of the
 * quarter that passes the first stage. Departures: zeros are left out of the fit (δ is k over the
 * values that are not 0; when these are at most k, all are sent). The code adapts the number of
 * stages every 5 steps to the counts it saw, which makes a message depend on history; stages="0"
 * tries 1, 2, … ⌈ln(k/d)/ln ½⌉ stages in the step itself until n is within `tolerance` of k, or
 * keeps the nearest. The code fits |x|/‖x‖, which changes nothing. The largest magnitude is always
 * sent: ‖C(x)−x‖² ≤ (1 − 1/d)‖x‖². */
#include <math.h>
#include <stddef.h>
#include "above_real.h"
#include "counted_real.h"
#include "quantile.h"

enum { FIT_EXPONENTIAL, FIT_PARETO, FIT_GAMMA };

struct params {
    struct tw_counted_params common;
    double first, tolerance;
    uint64_t stages;
    int fit;
};

static const char *const fit_names[] = {"exponential", "pareto", "gamma", NULL};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, common.ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values aimed at: k = max(1, floor(ratio * d))"},
    {"fit", TW_OPTION_CHOICE, offsetof(struct params, fit), "exponential", 0, 0, 0, fit_names, "",
     "distribution of magnitudes; gamma is followed by pareto in later stages"},
    {"stages", TW_OPTION_COUNT, offsetof(struct params, stages), "0", 0, 64, 0, NULL, "fits",
     "fits one upon the other; 0: as many as bring the count within the tolerance"},
    {"first", TW_OPTION_REAL, offsetof(struct params, first), "0.25", 0.0, 0.99, 1, NULL,
     "share of values", "share that the first of several stages keeps"},
    {"tolerance", TW_OPTION_REAL, offsetof(struct params, tolerance), "0.2", 0.0, 10.0, 0, NULL,
     "share of k", "stages=0: counts this near k are near enough"},
    TW_COUNTED_OPTION_ROWS(struct params),
};

/* Of magnitudes ≥ a bound: how many, least, mean, variance, and ln m − mean ln. */
struct fitted {
    uint64_t count;
    double least, mean, variance, spread;
};

/* Two passes, in interleaved sums. Logarithms of magnitudes over their mean: a power of two in
 * front of x then changes no bit of the spread. */
static struct fitted fit_to(const tw_real *x, uint64_t n, double bound, int with_logarithms)
{
    struct tw_tail tail = TW_T(tw_above_tail)(x, n, bound, 0.0);
    struct fitted fit = {tail.count, tail.least, 0.0, 0.0, 0.0};
    if (fit.count == 0)
        return fit;
    fit.mean = tail.sum / (double)fit.count;
    fit.variance = TW_T(tw_above_tail)(x, n, bound, fit.mean).squares / (double)fit.count;
    for (uint64_t i = 0; with_logarithms && i < n; i++) {
        double size = fabs((double)x[i]);
        if (size != 0.0 && size >= bound)
            fit.spread -= tw_ln(size / fit.mean) / (double)fit.count;
    }
    return fit;
}

/* All three: the tail of weight delta of a distribution of mean m begins here. */
static double exponential_tail(double m, double delta)
{
    return -m * tw_ln(delta);
}

static double pareto_tail(double m, double variance, double delta)
{
    double ratio = m * m / variance, ln_delta = tw_ln(delta);
    if (!(ratio < 1e12))
        return m; /* all alike */
    double scale = 0.5 * m * (ratio + 1.0), kappa = 0.5 * (ratio - 1.0);
    if (fabs(kappa * ln_delta) < 1e-6)
        return -scale * ln_delta * (1.0 + 0.5 * kappa * ln_delta);
    return scale * (1.0 - tw_exponential(kappa * ln_delta)) / kappa;
}

static double gamma_tail(double m, double s, double delta)
{
    if (!(s > 1e-6))
        return m; /* all alike */
    double shape = (3.0 - s + sqrt((s - 3.0) * (s - 3.0) + 24.0 * s)) / (12.0 * s);
    return m / shape * tw_gamma_upper(shape, delta);
}

static double first_threshold(int kind, const struct fitted *fit, double delta)
{
    if (kind == FIT_EXPONENTIAL)
        return exponential_tail(fit->mean, delta);
    if (kind == FIT_PARETO)
        return pareto_tail(fit->mean, fit->variance, delta);
    return gamma_tail(fit->mean, fit->spread, delta);
}

static double next_threshold(int kind, const struct fitted *fit, double delta)
{
    double excess = fit->mean - fit->least;
    if (!(excess > 0.0))
        return fit->least;
    return fit->least + (kind == FIT_EXPONENTIAL ? exponential_tail(excess, delta)
                                                 : pareto_tail(excess, fit->variance, delta));
}

/* r with r^times = share. */
static double root(double share, uint64_t times)
{
    return tw_exponential(tw_ln(share) / (double)times);
}

/* What passed the first of several stages, side by side. */
struct passed {
    tw_real *values;
    uint64_t count;
    double bound;
};

/* No bound is above the largest magnitude here: a fit looks at `bound` again. */
static void pass_first(const struct tw_choice *choice, double bound, double most,
                       struct passed *passed)
{
    passed->values = choice->scratch;
    passed->bound = bound;
    passed->count = TW_T(tw_above_take)(
        choice->x, choice->size, TW_T(tw_above_bound)(bound < most ? bound : most),
        (uint32_t *)(void *)(passed->values + choice->size), passed->values);
    tw_choice_charge(choice, TW_KERNEL_FILTER, choice->size, passed->count);
}

/* Threshold of `stages` ≥ 2 stages, those after the first among what passed it. */
static double later_threshold(const struct tw_choice *choice, const struct passed *passed,
                              uint64_t stages, double share)
{
    const struct params *params = choice->problem->params;
    double bound = passed->bound, each = root(share, stages - 1);
    for (uint64_t stage = 2; stage <= stages; stage++) {
        struct fitted fit = fit_to(passed->values, passed->count, bound, 0);
        tw_choice_charge(choice, TW_KERNEL_NORM, 2 * passed->count, 0);
        if (fit.count == 0)
            break;
        bound = next_threshold(params->fit, &fit, each);
    }
    return bound;
}

/* ⌈ln(k/d)/ln ½⌉, at least 2 */
static uint64_t most_stages(double delta)
{
    uint64_t stages = 0;
    while (stages < 64 && delta < 1.0) {
        delta *= 2.0;
        stages++;
    }
    return stages < 2 ? 2 : stages;
}

/* The best threshold of 1, 2, … stages, or that of the number of stages that is asked for. */
static double threshold_of(const struct tw_choice *choice, const struct fitted *all, double most)
{
    const struct params *params = choice->problem->params;
    double k = (double)choice->kept, delta = k / (double)all->count, share = delta / params->first;
    double best = first_threshold(params->fit, all, delta);
    uint64_t last = params->stages > 0 ? params->stages : most_stages(delta);
    struct passed passed = {NULL, 0, 0.0};
    if (params->stages == 1 || share >= 1.0)
        return best;
    double off = fabs((double)TW_T(tw_choice_count)(choice, best, most) - k);
    pass_first(choice, first_threshold(params->fit, all, params->first), most, &passed);
    for (uint64_t stages = params->stages > 0 ? last : 2; stages <= last; stages++) {
        if (params->stages == 0 && off <= params->tolerance * k)
            break;
        double bound = later_threshold(choice, &passed, stages, share);
        double next = fabs((double)TW_T(tw_choice_count)(choice, bound, most) - k);
        if (next < off || params->stages > 0) {
            off = next;
            best = bound;
        }
    }
    return best;
}

static size_t scratch_B(const struct tw_problem *problem, uint64_t size, uint64_t kept)
{
    (void)problem;
    (void)kept;
    return size * (sizeof(tw_real) + sizeof(uint32_t));
}

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    const struct params *params = choice->problem->params;
    double most = TW_T(tw_moments)(choice->x, choice->size).most, threshold = 0.0;
    struct fitted all = fit_to(choice->x, choice->size, 0.0, params->fit == FIT_GAMMA);
    tw_choice_charge(choice, TW_KERNEL_NORM, 3 * choice->size, 0); /* moments, and a fit's two */
    if (all.count > choice->kept)
        threshold = threshold_of(choice, &all, most);
    *count = TW_T(tw_choice_above)(choice, threshold, most, out);
    return TW_OK;
}

static const struct tw_counted_kind kind = {tw_counted_way, scratch_B, choose};

TW_COUNTED_FUNCTIONS(kind)

const struct tw_compressor TW_T(tw_compressor_sidco) = {
    .member = {.name = "sidco",
               .summary = "values above the threshold of a fitted tail, all-gathered",
               .source = "Abdelmoniem et al. 2021, arXiv 2101.10761",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_GATHER},
    TW_COUNTED_CALLBACKS,
    .delta = tw_counted_delta,
};
