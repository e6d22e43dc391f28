/* Combining arrays in their own type, as a rank does when a message arrives. */
#ifndef TW_COLLECTIVE_COMBINE_H
#define TW_COLLECTIVE_COMBINE_H

#include "base/exchange.h"

/* into[i] = into[i] ⊕ from[i] for `count` elements; f32, f64, u32, u64 (unsigned sums wrap).
 * Both operations commute bit by bit on finite values and infinities (of equal zeros the maximum
 * takes +0), and a NaN on either side gives a NaN. 0: this element type cannot be combined. */
int tw_combine_into(enum tw_element element, enum tw_combine combine, void *into, const void *from,
                    uint64_t count);

/* The maximum meant above. */
static inline double tw_combine_larger(double a, double b)
{
    if (a == b)
        return __builtin_signbit(a) ? b : a;
    return a > b || a != a ? a : b;
}

#endif
