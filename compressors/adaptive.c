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
#include <string.h>
#include "counted_real.h"

#define DIGIT_BITS 11
#define BINS (1 << DIGIT_BITS)

#if TW_PRECISION == 32
typedef uint32_t key_bits;
#define KEY_BITS 31
#else
typedef uint64_t key_bits;
#define KEY_BITS 63
#endif
#define KEY_MASK (((key_bits)1 << KEY_BITS) - 1)

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

/* Keys ≥ low are sent, but of those equal to it only the first `ties`. */
struct cut {
    key_bits low;
    uint64_t ties;
};

struct bins {
    double energy[BINS];
    uint64_t count[BINS];
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

static key_bits key_of(tw_real value)
{
    key_bits bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & KEY_MASK;
}

/* Energy by the digit at `shift` of the keys that begin as `low` does; returns their sum. */
static double sum_digits(const tw_real *x, uint64_t n, int shift, int width, key_bits low,
                         struct bins *bins)
{
    key_bits mask = ((key_bits)1 << width) - 1;
    double sum = 0.0;
    memset(bins, 0, sizeof *bins);
    for (uint64_t i = 0; i < n; i++) {
        key_bits key = key_of(x[i]);
        if (key == 0 || ((key ^ low) >> shift) >> width != 0)
            continue;
        bins->energy[key >> shift & mask] += (double)x[i] * (double)x[i];
        bins->count[key >> shift & mask]++;
    }
    for (int digit = BINS - 1; digit >= 0; digit--)
        sum += bins->energy[digit];
    return sum;
}

/* The digit in which `wanted` energy is reached from above; wanted becomes what is missing there.
 * Rounding may leave a little missing below the last: then that is the digit. */
static int walk(const struct bins *bins, double *wanted)
{
    int last = 0;
    for (int digit = BINS - 1; digit >= 0; digit--) {
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

static struct cut find_cut(const struct tw_choice *choice, double share, struct bins *bins)
{
    struct cut cut = {1, UINT64_MAX};
    double wanted = 0.0;
    key_bits low = 0;
    for (int shift = KEY_BITS; shift > 0;) {
        int width = shift < DIGIT_BITS ? shift : DIGIT_BITS;
        shift -= width;
        double sum = sum_digits(choice->x, choice->size, shift, width, low, bins);
        tw_choice_charge(choice, TW_KERNEL_NORM, choice->size, 0);
        if (low == 0 && wanted == 0.0) {
            if (sum == 0.0 || share >= 1.0)
                return cut;
            wanted = share * sum;
        }
        int digit = walk(bins, &wanted);
        low |= (key_bits)digit << shift;
        if (shift == 0) {
            /* equal magnitudes: as many as are missing, rounded up */
            double count = wanted / (bins->energy[digit] / (double)bins->count[digit]);
            cut.low = low;
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
    return sizeof(struct bins);
}

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    const struct params *params = choice->problem->params;
    struct cut cut = find_cut(choice, params->energy, choice->scratch);
    const tw_real *x = choice->x;
    uint64_t found = 0;
    for (uint64_t i = 0; i < choice->size; i++) {
        key_bits key = key_of(x[i]);
        if (key < cut.low || (key == cut.low && cut.ties == 0))
            continue;
        cut.ties -= key == cut.low;
        out[found++] = (uint32_t)i;
    }
    tw_choice_charge(choice, TW_KERNEL_SELECT, choice->size, found);
    *count = found;
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
