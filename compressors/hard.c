/* Hard threshold: every value of magnitude λ or more is sent, how many there may be.
 *
 *     C(x)_i = x_i where |x_i| ≥ λ, else 0
 *     ‖C(x)−x‖² < λ²·d: an absolute compressor, no contraction
 *
 * Source: Sahu et al., "Rethinking Gradient Sparsification as Total Error Minimization", NeurIPS
 * 2021 (arXiv 2108.00951); λ = 0.01 is the default of GRACE's threshold compressor.
 * Wire: 4 + n·(4 + 4) bytes per rank for n values (or the codes of codec.h). Cost: one read.
 * GRACE compares with min(λ, max x), so that a tensor of negative values is sent whole; here a
 * magnitude is compared with λ and nothing else. λ = 0 sends every value, zeros too.
 * What it keeps depends on the size of gradients: C(2x) is not 2C(x). */
#include <stddef.h>
#include "above_real.h"
#include "counted_real.h"

struct params {
    double threshold;
    int index, values;
};

static const struct tw_option options[] = {
    {"threshold", TW_OPTION_REAL, offsetof(struct params, threshold), "0.01", 0.0, 1e30, 0, NULL,
     "", "least magnitude that is sent (lambda)"},
    TW_SPARSE_OPTION_ROWS(struct params),
};

static struct tw_sparse_way way_of(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return (struct tw_sparse_way){.scope = TW_SCOPE_BUCKET,
                                  .ratio = 1.0,
                                  .index = (enum tw_index)params->index,
                                  .value = (enum tw_value)params->values,
                                  .counted = 1};
}

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    double threshold = ((const struct params *)choice->problem->params)->threshold;
    tw_real bound = threshold > 0.0 ? TW_T(tw_above_bound)(threshold) : 0;
    *count = TW_T(tw_above_collect)(choice->x, choice->size, bound, out);
    tw_choice_charge(choice, TW_KERNEL_FILTER, choice->size, *count);
    return TW_OK;
}

static const struct tw_counted_kind kind = {way_of, NULL, choose};

TW_COUNTED_FUNCTIONS(kind)

const struct tw_compressor TW_T(tw_compressor_hard) = {
    .member = {.name = "hard",
               .summary = "values above a fixed magnitude with their indices, all-gathered",
               .source = "Sahu et al. 2021, arXiv 2108.00951",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_GATHER},
    TW_COUNTED_CALLBACKS,
};
