/* Splits of a labelled data set over ranks.
 * dirichlet: per class c a vector q_c ~ Dirichlet(α·1) over the ranks; rank r receives the samples
 *   ⌊n_c·(q_c0+…+q_c(r−1))⌋ … ⌊n_c·(q_c0+…+q_cr)⌋ − 1 of the shuffled class.
 * Source: Yurochkin et al., "Bayesian Nonparametric Federated Learning of Neural Networks", 2019
 * (arXiv:1905.12022); Li et al., "Federated Learning on Non-IID Data Silos" (arXiv:2102.02079).
 * Departure: Li et al. redraw until every rank has ten samples; here until every rank has one, at
 * most TRIES times, and then it is an error. O(samples + classes·ranks) per try. */
#include "split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_randist.h>

#define TRIES 1000

const char *const tw_split_names[] = {"iid", "dirichlet", "sorted", "contiguous", NULL};

/* order = samples sorted by class, first[c] = where class c begins (classes + 1 entries). */
static void sort_by_class(const struct tw_split_setup *setup, uint32_t *order, uint32_t *first)
{
    uint32_t next[256];

    memset(first, 0, ((size_t)setup->classes + 1) * sizeof *first);
    for (uint32_t i = 0; i < setup->samples; i++)
        first[setup->labels[i] + 1]++;
    for (uint32_t c = 0; c < setup->classes; c++) {
        first[c + 1] += first[c];
        next[c] = first[c];
    }
    for (uint32_t i = 0; i < setup->samples; i++)
        order[next[setup->labels[i]]++] = i;
}

static void cut_evenly(struct tw_split *split, uint32_t samples)
{
    for (int r = 0; r <= split->ranks; r++)
        split->starts[r] = (uint32_t)((uint64_t)samples * (uint64_t)r / (uint64_t)split->ranks);
}

/* share[c·(ranks+1) + r] = first sample of class c that belongs to rank r. 1: every rank has one.
 */
static int draw_shares(const struct tw_split_setup *setup, const uint32_t *first, double *weights,
                       uint32_t *share, struct tw_stream *stream)
{
    const size_t ranks = (size_t)setup->ranks;
    double *alpha = weights, *q = weights + ranks;
    int all = 1;

    for (size_t r = 0; r < ranks; r++)
        alpha[r] = setup->alpha;
    for (uint32_t c = 0; c < setup->classes; c++) {
        const uint32_t n = first[c + 1] - first[c];
        uint32_t *cuts = share + c * (ranks + 1);
        double sum = 0;

        if (ranks == 1)
            q[0] = 1;
        else
            gsl_ran_dirichlet(&stream->gsl, ranks, alpha, q);
        cuts[0] = 0;
        for (size_t r = 0; r < ranks; r++) {
            sum += q[r];
            const double cut = floor(n * sum + 1e-9);
            cuts[r + 1] = cut < n ? (uint32_t)cut : n;
        }
        cuts[ranks] = n;
    }
    for (size_t r = 0; r < ranks && all; r++) {
        uint64_t size = 0;
        for (uint32_t c = 0; c < setup->classes; c++)
            size += share[c * (ranks + 1) + r + 1] - share[c * (ranks + 1) + r];
        all = size > 0;
    }
    return all;
}

/* Gathers each rank's pieces of all classes (sorted: order of sort_by_class). */
static void deal(struct tw_split *split, const struct tw_split_setup *setup, const uint32_t *sorted,
                 const uint32_t *first, const uint32_t *share)
{
    const size_t ranks = (size_t)setup->ranks;
    uint32_t at = 0;

    for (size_t r = 0; r < ranks; r++) {
        split->starts[r] = at;
        for (uint32_t c = 0; c < setup->classes; c++) {
            const uint32_t *cuts = share + c * (ranks + 1) + r;
            memcpy(split->order + at, sorted + first[c] + cuts[0],
                   (cuts[1] - cuts[0]) * sizeof *sorted);
            at += cuts[1] - cuts[0];
        }
    }
    split->starts[ranks] = at;
}

static tw_status split_dirichlet(struct tw_split *split, const struct tw_split_setup *setup,
                                 struct tw_stream *stream, struct tw_err *err)
{
    const size_t ranks = (size_t)setup->ranks;
    uint32_t first[257];
    uint32_t *sorted = malloc(setup->samples * sizeof *sorted);
    uint32_t *share = malloc(setup->classes * (ranks + 1) * sizeof *share);
    double *weights = malloc(2 * ranks * sizeof *weights);
    tw_status status = TW_OK;
    int tries = 0;

    if (!sorted || !share || !weights) {
        status = tw_err_set(err, TW_MEMORY, "no memory to split %u samples", setup->samples);
        goto done;
    }
    sort_by_class(setup, sorted, first);
    while (!draw_shares(setup, first, weights, share, stream)) {
        if (++tries < TRIES)
            continue;
        status = tw_err_set(err, TW_RANGE,
                            "split dirichlet: alpha %g leaves some of %d ranks without a sample "
                            "in each of %d draws",
                            setup->alpha, setup->ranks, TRIES);
        tw_err_hint(err, status, "raise alpha or use fewer ranks");
        goto done;
    }
    for (uint32_t c = 0; c < setup->classes; c++)
        gsl_ran_shuffle(&stream->gsl, sorted + first[c], first[c + 1] - first[c], sizeof *sorted);
    deal(split, setup, sorted, first, share);
done:
    free(sorted);
    free(share);
    free(weights);
    return status;
}

static void split_evenly(struct tw_split *split, const struct tw_split_setup *setup,
                         struct tw_stream *stream)
{
    uint32_t first[257];

    if (setup->kind == TW_SPLIT_SORTED) {
        sort_by_class(setup, split->order, first);
        for (uint32_t c = 0; c < setup->classes; c++)
            gsl_ran_shuffle(&stream->gsl, split->order + first[c], first[c + 1] - first[c],
                            sizeof *split->order);
    } else {
        for (uint32_t i = 0; i < setup->samples; i++)
            split->order[i] = i;
        if (setup->kind != TW_SPLIT_CONTIGUOUS)
            gsl_ran_shuffle(&stream->gsl, split->order, setup->samples, sizeof *split->order);
    }
    cut_evenly(split, setup->samples);
}

tw_status tw_split_make(struct tw_split *split, const struct tw_split_setup *setup,
                        struct tw_stream *stream, struct tw_err *err)
{
    tw_status status = TW_OK;

    *split = (struct tw_split){.ranks = setup->ranks};
    if (setup->ranks < 1 || (uint32_t)setup->ranks > setup->samples)
        return tw_err_set(err, TW_RANGE, "%u samples cannot be split over %d ranks", setup->samples,
                          setup->ranks);
    if (setup->kind == TW_SPLIT_DIRICHLET && !(setup->alpha > 0))
        return tw_err_set(err, TW_RANGE, "split dirichlet: alpha %g is not greater than 0",
                          setup->alpha);
    split->order = malloc(setup->samples * sizeof *split->order);
    split->starts = malloc(((size_t)setup->ranks + 1) * sizeof *split->starts);
    if (!split->order || !split->starts)
        status = tw_err_set(err, TW_MEMORY, "no memory to split %u samples", setup->samples);
    else if (setup->kind == TW_SPLIT_DIRICHLET)
        status = split_dirichlet(split, setup, stream, err);
    else
        split_evenly(split, setup, stream);
    if (status != TW_OK)
        tw_split_free(split);
    return status;
}

void tw_split_free(struct tw_split *split)
{
    free(split->order);
    free(split->starts);
    *split = (struct tw_split){0};
}
