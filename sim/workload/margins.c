/* Logistic regression in double (logistic.c has the formulas). exp and log1p are the C library's.
 */
#include "margins.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>

#define ITERATIONS_MAX 20000
#define GAP_MAX 1e-10

double tw_margins_pull(const struct tw_margins *margins, double weight)
{
    const double square = 1 + weight * weight;

    return margins->lambda *
           (margins->regularizer == TW_REGULARIZER_L2 ? weight : 2 * weight / (square * square));
}

static double cost(const struct tw_margins *margins, double weight)
{
    const double square = weight * weight;

    return margins->lambda *
           (margins->regularizer == TW_REGULARIZER_L2 ? square / 2 : square / (1 + square));
}

double tw_margins_of(const struct tw_margins *margins, uint32_t sample, const double *w)
{
    const struct tw_sparse_samples *s = &margins->samples;
    double sum = margins->bias ? w[s->features] : 0;

    for (uint64_t e = s->starts[sample]; e < s->starts[sample + 1]; e++)
        sum += s->values[e] * w[s->columns[e]];
    return s->positive[sample] ? sum : -sum;
}

double tw_margins_slope(const struct tw_margins *margins, uint32_t sample, const double *w)
{
    const double share = 1 / (1 + exp(tw_margins_of(margins, sample, w)));

    return margins->samples.positive[sample] ? -share : share;
}

void tw_margins_add(const struct tw_margins *margins, uint32_t sample, double factor, double *g)
{
    const struct tw_sparse_samples *s = &margins->samples;

    for (uint64_t e = s->starts[sample]; e < s->starts[sample + 1]; e++)
        g[s->columns[e]] += factor * s->values[e];
    if (margins->bias)
        g[s->features] += factor;
}

/* log(1 + exp(−m)) without overflow. */
static double softplus(double m)
{
    return m > 0 ? log1p(exp(-m)) : log1p(exp(m)) - m;
}

double tw_margins_loss(const struct tw_margins *margins, const double *w, double *g)
{
    const struct tw_split *split = &margins->split;
    double loss = 0;

    if (g)
        memset(g, 0, margins->dimension * sizeof *g);
    for (int r = 0; r < split->ranks; r++) {
        const double weight = 1.0 / tw_split_size(split, r) / split->ranks;

        for (uint32_t i = split->starts[r]; i < split->starts[r + 1]; i++) {
            const uint32_t sample = split->order[i];
            loss += weight * softplus(tw_margins_of(margins, sample, w));
            if (g)
                tw_margins_add(margins, sample, weight * tw_margins_slope(margins, sample, w), g);
        }
    }
    for (uint32_t j = 0; j < margins->samples.features; j++) {
        loss += cost(margins, w[j]);
        if (g)
            g[j] += tw_margins_pull(margins, w[j]);
    }
    return loss;
}

/* ---- for GSL ---- */

static double value_of(const gsl_vector *w, void *params)
{
    return tw_margins_loss(params, w->data, NULL);
}

static void value_and_gradient(const gsl_vector *w, void *params, double *f, gsl_vector *g)
{
    *f = tw_margins_loss(params, w->data, g->data);
}

static void gradient_of(const gsl_vector *w, void *params, gsl_vector *g)
{
    (void)tw_margins_loss(params, w->data, g->data);
}

static double norm2(const gsl_vector *g)
{
    double sum = 0;

    for (size_t i = 0; i < g->size; i++)
        sum += gsl_vector_get(g, i) * gsl_vector_get(g, i);
    return sum;
}

/* Iterates until roundoff prevents progress or the gap is far below what is asked for; a search
 * that stops begins anew from where it is, which forgets a worn out approximation of the Hessian.
 */
static tw_status search(const struct tw_margins *margins, gsl_multimin_fdfminimizer *minimizer,
                        struct tw_err *err)
{
    gsl_multimin_function_fdf function = {value_of, gradient_of, value_and_gradient,
                                          margins->dimension, (void *)(uintptr_t)margins};
    const double enough = 2 * margins->lambda * 1e-16;
    int stops = 0;
    gsl_vector *from = gsl_vector_calloc(margins->dimension);

    if (!from)
        return tw_err_set(err, TW_MEMORY, "no memory to minimise %llu values",
                          (unsigned long long)margins->dimension);
    gsl_multimin_fdfminimizer_set(minimizer, &function, from, 0.1, 0.1);
    for (int i = 0; i < ITERATIONS_MAX && norm2(minimizer->gradient) > enough; i++) {
        if (gsl_multimin_fdfminimizer_iterate(minimizer) == GSL_SUCCESS)
            continue;
        if (++stops > 3)
            break;
        gsl_vector_memcpy(from, minimizer->x);
        gsl_multimin_fdfminimizer_set(minimizer, &function, from, 1e-3, 0.1);
    }
    gsl_vector_free(from);
    const double gap = norm2(minimizer->gradient) / (2 * margins->lambda);
    if (!(gap <= GAP_MAX * (1 + fabs(minimizer->f))))
        return tw_err_set(err, TW_INTERNAL,
                          "logistic: BFGS came only within %g of the smallest loss %g", gap,
                          minimizer->f);
    return TW_OK;
}

tw_status tw_margins_minimise(const struct tw_margins *margins, double *w, double *least,
                              struct tw_err *err)
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* it would end the process */
    gsl_multimin_fdfminimizer *minimizer =
        gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, margins->dimension);
    tw_status status;

    if (minimizer)
        status = search(margins, minimizer, err);
    else
        status = tw_err_set(err, TW_MEMORY, "no memory to minimise %llu values",
                            (unsigned long long)margins->dimension);
    if (status == TW_OK) {
        memcpy(w, minimizer->x->data, margins->dimension * sizeof *w);
        *least = minimizer->f;
    }
    if (minimizer)
        gsl_multimin_fdfminimizer_free(minimizer);
    gsl_set_error_handler(handler);
    return status;
}
