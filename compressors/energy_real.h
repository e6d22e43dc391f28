/* Squares of values by the leading bits of their magnitudes. */
#ifndef TW_ENERGY_REAL_H
#define TW_ENERGY_REAL_H

#include "collect_real.h"

#define TW_ENERGY_DIGIT_BITS 11
#define TW_ENERGY_BINS (1 << TW_ENERGY_DIGIT_BITS)

struct tw_energy_bins {
    double energy[TW_ENERGY_BINS];
    uint64_t count[TW_ENERGY_BINS];
};

#ifdef TW_PRECISION
/* Energy and count by the digit of `width` bits at `shift` of the keys that begin as `low` does,
 * zeros left out, added in the order of the values; returns the sum of the bins from the largest
 * digit on. width at most TW_ENERGY_DIGIT_BITS. One read. */
double TW_T(tw_energy_digits)(const tw_real *x, uint64_t n, int shift, int width, tw_key_bits low,
                              struct tw_energy_bins *bins);
#endif

#endif
