/* Energies by leading bits: one walk through the values, each added to its bin. */
#include "energy_real.h"

#include <string.h>

static inline tw_key_bits key_of(tw_real value)
{
    tw_key_bits bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & TW_KEY_MASK;
}

double TW_T(tw_energy_digits)(const tw_real *x, uint64_t n, int shift, int width, tw_key_bits low,
                              struct tw_energy_bins *bins)
{
    tw_key_bits mask = ((tw_key_bits)1 << width) - 1;
    double sum = 0.0;
    memset(bins, 0, sizeof *bins);
    for (uint64_t i = 0; i < n; i++) {
        tw_key_bits key = key_of(x[i]);
        if (key == 0 || ((key ^ low) >> shift) >> width != 0)
            continue;
        bins->energy[key >> shift & mask] += (double)x[i] * (double)x[i];
        bins->count[key >> shift & mask]++;
    }
    for (int digit = TW_ENERGY_BINS - 1; digit >= 0; digit--)
        sum += bins->energy[digit];
    return sum;
}
