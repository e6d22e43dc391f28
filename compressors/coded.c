/* Coded members: what needs no numbers. */
#include "base/isa.h"
#include "coded_real.h"

TW_DISPATCHED(, int, tw_coded_within,
              (const uint16_t *codes, uint64_t n, uint32_t mask, uint32_t most),
              (codes, n, mask, most))
{
    uint16_t largest = 0, seen = (uint16_t)mask;
    for (uint64_t i = 0; i < n; i++) {
        uint16_t code = codes[i] & seen;
        largest = code > largest ? code : largest;
    }
    return largest <= most;
}
