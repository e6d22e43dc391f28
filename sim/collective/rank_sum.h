/* Sums over ranks in their order, in a wider type, rounded once: what an all-reduce means here,
 * whatever schedule is priced. */
#ifndef TW_COLLECTIVE_RANK_SUM_H
#define TW_COLLECTIVE_RANK_SUM_H

#include "base/exchange.h"

/* out[i] = requests[0].data[first+i] ⊕ … ⊕ requests[ranks−1].data[first+i], i < count, in rank
 * order. f32, f64, bf16, f16: sums in double from +0, rounded once to nearest even, too large ones
 * to infinity (f16: from 65520 on); the maximum is exact and a NaN wins. u32, u64: sums wrap. 0:
 * this element type has no sum. out must not overlap the data. */
int tw_rank_sum(const struct tw_request *requests, int ranks, enum tw_element element,
                enum tw_combine combine, uint64_t first, uint64_t count, void *out);

#endif
