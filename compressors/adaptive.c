/* Adaptive Top-K: the fewest values that hold a given share of the energy.
 *
 *     C(x) = Top-k(x),  k = min{k: ‖Top-k(x)‖² ≥ energy·‖x‖²},  by every rank and part for itself
 *     ‖C(x)−x‖² ≤ (1 − energy)‖x‖²: δ is the option itself
 *
 * Source: the measure ‖Top-k(x)‖²/‖x‖² by which Khirirat, Magnusson, Aytekin and Johansson choose k
 * ("A Flexible Framework for Communication-Efficient Machine Learning", AAAI 2021, arXiv
 * 2003.06377); they maximise it per bit sent, here it is held constant and the bits follow.
 * Wire: 4 + k·(4 + 4) bytes per rank. Ties go to the lower index, zeros are never sent.
 * Cost: energies are summed by the leading bits of magnitudes, 11 at a time from the top, until the
 * cut is known: at most 3 reads (float) or 6 (double), and one to collect. Energies are added in
 * double in the order of the values; k is the least up to that rounding. Where every square
 * underflows, all that is not zero is sent. */
#include <stddef.h>
#include "counted_real.h"
#include "energy_real.h"

struct params {
    double energy;
    int scope, index, values;
};

static const struct tw_option options[] = {
    {"energy", TW_OPTION_REAL, offsetof(struct params, energy), "0.9", 0.0, 1.0, 1, NULL,
     "share of the energy", "share of the squared norm that is sent"},
    {"scope", TW_OPTION_CHOICE, offsetof(struct params, scope), "tensor", 0, 0, 0, tw_scope_names,
     "", "whether the share is held in every tensor or in the bucket as a whole"},
    TW_SPARSE_OPTION_ROWS(struct params),
};

static struct tw_sparse_way way_of(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return (struct tw_sparse_way){.scope = (enum tw_scope)params->scope,
                                  .ratio = 1.0,
                                  .index = (enum tw_index)params->index,
                                  .value = (enum tw_value)params->values,
                                  .counted = 1};
}

/* The digit in which `wanted` energy is reached from above; wanted becomes what is missing there.
 * Rounding may leave a little missing below the last: then that is the digit. */
static int walk(const struct tw_energy_bins *bins, double *wanted)
{
    int last = 0;
    for (int digit = TW_ENERGY_BINS - 1; digit >= 0; digit--) {
        if (bins->count[digit] == 0)
            continue;
        last = digit;
        if (bins->energy[digit] >= *wanted)
            return digit;
        *wanted -= bins->energy[digit];
    }
    *wanted += bins->energy[last];
    return last;
}

/* Keys above low are sent, and the first `ties` of those equal to it. */
static struct tw_cut find_cut(const struct tw_choice *choice, double share,
                              struct tw_energy_bins *bins)
{
    struct tw_cut cut = {1, 1, 0};
    double wanted = 0.0;
    tw_key_bits low = 0;
    for (int shift = TW_KEY_BITS; shift > 0;) {
        int width = shift < TW_ENERGY_DIGIT_BITS ? shift : TW_ENERGY_DIGIT_BITS;
        shift -= width;
        double sum = TW_T(tw_energy_digits)(choice->x, choice->size, shift, width, low, bins);
        /* few values begin as the digits before do: then comparing is what it costs */
        tw_choice_charge(choice, low == 0 ? TW_KERNEL_HISTOGRAM : TW_KERNEL_FILTER, choice->size,
                         0);
        if (low == 0 && wanted == 0.0) {
            if (sum == 0.0 || share >= 1.0)
                return cut;
            wanted = share * sum;
        }
        int digit = walk(bins, &wanted);
        low |= (tw_key_bits)digit << shift;
        if (shift == 0) {
            /* equal magnitudes: as many as are missing, rounded up */
            double count = wanted / (bins->energy[digit] / (double)bins->count[digit]);
            cut.low = low;
            cut.high = low + 1;
            cut.ties = count < (double)bins->count[digit] ? (uint64_t)count : bins->count[digit];
            cut.ties += (double)cut.ties < count && cut.ties < bins->count[digit];
        }
    }
    return cut;
}

static size_t scratch_B(const struct tw_problem *problem, uint64_t size, uint64_t kept)
{
    (void)problem;
    (void)size;
    (void)kept;
    return sizeof(struct tw_energy_bins);
}

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    const struct params *params = choice->problem->params;
    struct tw_cut cut = find_cut(choice, params->energy, choice->scratch);
    const tw_key *keys = (const tw_key *)(const void *)choice->x;
    *count = TW_T(tw_collect_keep)(keys, NULL, choice->size, cut, choice->size, out, NULL);
    tw_choice_charge(choice, TW_KERNEL_FILTER, choice->size, *count);
    return TW_OK;
}

static const struct tw_counted_kind kind = {way_of, scratch_B, choose};

TW_COUNTED_FUNCTIONS(kind)

static double delta(const struct tw_problem *problem)
{
    struct tw_sparse_way way = way_of(problem);
    return tw_sparse_delta(&way, ((const struct params *)problem->params)->energy);
}

const struct tw_compressor TW_T(tw_compressor_adaptive) = {
    .member = {.name = "adaptive",
               .summary = "the fewest values that hold a share of the energy, all-gathered",
               .source = "Khirirat et al. 2021, arXiv 2003.06377",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_GATHER},
    TW_COUNTED_CALLBACKS,
    .delta = delta,
};
