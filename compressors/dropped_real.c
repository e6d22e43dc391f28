/* What a sparsifier leaves out, measured. */
#include "parts.h"

double TW_T(tw_dropped_norm2)(const tw_real *x, uint64_t n, const uint32_t *indices, uint64_t kept)
{
    double sum = 0.0;
    uint64_t next = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (next < kept && indices[next] == i)
            next++;
        else
            sum += (double)x[i] * (double)x[i];
    }
    return sum;
}
