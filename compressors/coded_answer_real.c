/* Coded members, answers: judged before they are used. */
#include "base/isa.h"
#include "bits.h"
#include "coded_tile_real.h"
#include "sum.h"

#include <string.h>

static int plausible(const struct tw_coder *coder, const tw_real *scales, unsigned count)
{
    if (coder->plausible)
        return coder->plausible(scales);
    for (unsigned s = 0; s < count; s++)
        if (!(scales[s] >= 0 && scales[s] - scales[s] == 0))
            return 0;
    return 1;
}

static int plausible_all(const struct tw_coded_shared *shared, const void *scales)
{
    size_t bytes = shared->scale_count * sizeof(tw_real);
    for (uint64_t g = 0; bytes > 0 && g < shared->group_count; g++) {
        tw_real own[TW_CODED_SCALES_MAX];
        memcpy(own, (const unsigned char *)scales + g * bytes, bytes);
        if (!plausible(shared->coder, own, shared->scale_count))
            return 0;
    }
    return 1;
}

/* 1: every code is one that code() gives, and the bits behind the last are 0. */
static int known_all(struct tw_coded_shared *shared, const unsigned char *message)
{
    const struct tw_coder *coder = shared->coder;
    uint64_t d = shared->problem.dimension;
    if (!tw_bits_clean(message + TW_T(tw_coded_scales_B)(shared), d, shared->bits))
        return 0;
    if (!coder->known && shared->most + 1 == 1U << shared->bits)
        return 1;
    for (uint64_t first = 0; first < d; first += TW_CODED_TILE) {
        uint64_t n = d - first < TW_CODED_TILE ? d - first : TW_CODED_TILE;
        TW_T(tw_coded_unpack)(shared, message, first, n);
        if (!tw_coded_within(shared->codes, n, UINT16_MAX, shared->most) ||
            (coder->known && !coder->known(&shared->problem, shared->codes, n)))
            return 0;
    }
    return 1;
}

/* Message r of an answer as a row of fixed-width codes. */
static tw_status take_row(struct tw_coded_shared *shared, const struct tw_answer *answer, int r,
                          uint64_t *entries)
{
    const unsigned char *data = answer->data;
    uint64_t start = answer->starts[r], end = answer->starts[r + 1];
    if (end < start)
        return TW_CORRUPT;
    if (shared->elias) {
        unsigned char *row = shared->rows + (uint64_t)r * shared->wire_B;
        shared->messages[r] = row;
        return TW_T(tw_coded_elias_read)(shared, data + start, end - start, row, entries);
    }
    shared->messages[r] = shared->wire_B ? data + start : data;
    return end - start == shared->wire_B ? TW_OK : TW_CORRUPT;
}

tw_status TW_T(tw_coded_take_messages)(struct tw_coded_shared *shared,
                                       const struct tw_answer *answer, struct tw_work *work)
{
    uint64_t scales = shared->totals ? shared->group_count * shared->scale_count : 0;
    uint64_t entries = 0;
    if (answer->kind != TW_GATHER || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != shared->problem.ranks)
        return TW_CORRUPT;
    for (int r = 0; r < answer->ranks; r++) {
        if (take_row(shared, answer, r, &entries) != TW_OK)
            return TW_CORRUPT;
        if (shared->wire_B && (!plausible_all(shared, shared->messages[r]) ||
                               !known_all(shared, shared->messages[r])))
            return TW_CORRUPT;
    }
    if (shared->elias)
        TW_T(tw_coded_elias_charge)(entries, work);
    for (uint64_t s = 0; shared->wire_B && s < scales; s++) {
        double sum = 0.0;
        for (int r = 0; r < answer->ranks; r++) {
            tw_real own;
            memcpy(&own, shared->messages[r] + s * sizeof own, sizeof own);
            sum += (double)own;
        }
        shared->combined[s] = (tw_real)sum;
    }
    return TW_OK;
}

tw_status TW_T(tw_coded_take_scales)(struct tw_coded_shared *shared, const struct tw_answer *answer)
{
    if (!tw_sum_is_answer(answer, TW_REAL_ELEMENT, shared->group_count))
        return TW_CORRUPT;
    if (shared->group_count > 0)
        memcpy(shared->combined, answer->data, shared->group_count * sizeof(tw_real));
    return plausible_all(shared, shared->combined) ? TW_OK : TW_CORRUPT;
}

TW_DISPATCHED(static, uint32_t, largest_of, (const uint32_t *sums, uint64_t n), (sums, n))
{
    uint32_t most = 0;
    for (uint64_t i = 0; i < n; i++)
        most = sums[i] > most ? sums[i] : most;
    return most;
}

/* No lane above N codes of the largest, nothing in what no value uses. */
static int lanes_fit(struct tw_coded_shared *shared)
{
    uint64_t d = shared->problem.dimension, lanes = 32 / shared->lane,
             tile = TW_T(tw_coded_tile_of)(shared);
    uint64_t most = (uint64_t)shared->most * (uint64_t)shared->problem.ranks;
    for (uint64_t first = 0; first < d; first += tile) {
        uint64_t n = d - first < tile ? d - first : tile;
        TW_T(tw_coded_unpack_lanes)(shared->sum + first / lanes, n, shared->lane, shared->sums);
        if (largest_of(shared->sums, n) > most)
            return 0;
    }
    for (uint64_t w = 0; w < shared->words; w++) {
        uint64_t used = d - w * lanes < lanes ? d - w * lanes : lanes;
        if ((uint64_t)shared->sum[w] >> (used * shared->lane))
            return 0;
    }
    return 1;
}

tw_status TW_T(tw_coded_take_sums)(struct tw_coded_shared *shared, const struct tw_answer *answer)
{
    if (!tw_sum_is_answer(answer, TW_ELEMENT_U32, shared->words))
        return TW_CORRUPT;
    shared->sum = answer->data;
    return lanes_fit(shared) ? TW_OK : TW_CORRUPT;
}

/* Any number may be a sum, infinities and NaN (∞ − ∞) too: they pass on into the mean. */
tw_status TW_T(tw_coded_take_floats)(struct tw_coded_shared *shared, const struct tw_answer *answer)
{
    if (!tw_sum_is_answer(answer, shared->element, shared->problem.dimension))
        return TW_CORRUPT;
    shared->float_sum = answer->data;
    return TW_OK;
}
