/* Exact selection of the k largest magnitudes in one pass over the vector, most of the time.
 *
 * A magnitude's bits, read as an integer, order as the magnitude does: key = bits without the sign.
 *   1. sample whole cache lines; two order statistics of the sample, six standard deviations to
 *      either side of k/n, bound the k-th largest key: low ≤ key_k < high, almost surely;
 *   2. one pass collects indices and keys ≥ low (blocks of 64 without any are skipped): candidates.
 *      Once there are k, keys equal to low come too late to be kept, and are left out: so vectors
 *      of a few magnitudes have few candidates as well (collect_real.c);
 *   3. the exact cut is found among the few candidates in [low, high) by a radix count, 11 bits at
 *      a time from the top;
 *   4. candidates above the cut, and the first ties at it, go out in order.
 * When a bound was wrong, the candidates overflow, or n is small, the radix count runs over the
 * whole vector instead: the answer is exact for every input, and only the time depends on luck.
 * Four interleaved histograms keep equal keys from waiting for one counter.
 * Cost: one read of n and O(k) in the good case; at most 8 reads (float) or 14 (double) otherwise.
 * An addition in front (error feedback's) is made in the same pass: the sample is of sums, and the
 * pass adds, stores and collects.
 * The sample's place is a fixed hash: the answer depends on x alone. */
#include "select_real.h"

#include <math.h>
#include <string.h>
#include "base/isa.h"
#include "base/vec.h"
#include "collect_real.h"

#define LINE 16
#define DIGIT_BITS 11
#define BINS (1 << DIGIT_BITS)
#define SAMPLE_FROM 32768 /* smaller vectors are counted whole */
#define SAMPLE_MOST 65536
#define SHARE_MOST 0.55 /* above, candidates are most of the vector: counted whole */

/* How a selection will go: ranks of the two bounds in the sample, and room for candidates. */
struct strategy {
    uint64_t sample;              /* keys sampled; 0: count the whole vector */
    uint64_t rank_low, rank_high; /* bounds are these largest of the sample; rank_high 0: none */
    uint64_t room, band_room;
};

static struct strategy choose_strategy(uint64_t n, uint64_t k)
{
    struct strategy way = {0, 0, 0, 0, 0};
    double share = n > 0 ? (double)k / (double)n : 1.0;
    if (n < SAMPLE_FROM || share > SHARE_MOST)
        return way;
    way.sample = n / 32 < SAMPLE_MOST ? n / 32 / LINE * LINE : SAMPLE_MOST;
    double mean = (double)way.sample * share;
    double reach = 6.0 * sqrt(mean * (1.0 - share)) + 4.0;
    way.rank_low = (uint64_t)(mean + reach) + 1;
    way.rank_high = mean > reach ? (uint64_t)(mean - reach) : 0;
    way.room = (uint64_t)((double)n * (mean + reach) / (double)way.sample * 1.3) + 4096;
    way.band_room = way.room / 4 + 4096;
    if (way.rank_low > way.sample)
        way.sample = 0;
    return way;
}

/* The pieces of scratch. */
struct room {
    uint32_t *bins; /* 4 × BINS */
    tw_key *sample;
    tw_key *keys; /* candidates */
    tw_key *band;
    uint32_t *index; /* of candidates */
};

static size_t lay_out(const struct strategy *way, void *scratch, struct room *room)
{
    size_t used = 0,
           sizes[5] = {4 * BINS * sizeof(uint32_t), way->sample * sizeof(tw_key), 0, 0, 0};
    if (way->sample > 0) {
        sizes[2] = way->room * sizeof(tw_key);
        sizes[3] = way->band_room * sizeof(tw_key);
        sizes[4] = way->room * sizeof(uint32_t);
    }
    unsigned char *pieces[5];
    for (int i = 0; i < 5; i++) {
        pieces[i] = scratch ? (unsigned char *)scratch + used : NULL;
        used += (sizes[i] + 63U) & ~(size_t)63U;
    }
    room->bins = (uint32_t *)(void *)pieces[0];
    room->sample = (tw_key *)(void *)pieces[1];
    room->keys = (tw_key *)(void *)pieces[2];
    room->band = (tw_key *)(void *)pieces[3];
    room->index = (uint32_t *)(void *)pieces[4];
    return used;
}

size_t TW_T(tw_select_scratch_B)(uint64_t n, uint64_t k)
{
    struct strategy way = choose_strategy(n, k);
    struct room room;
    return lay_out(&way, NULL, &room);
}

/* Counts digits of keys in [low, low + 2^(shift+width)). */
TW_DISPATCHED(static, void, count_digits,
              (const tw_key *keys, uint64_t n, int shift, int width, tw_key_bits low,
               uint32_t *bins),
              (keys, n, shift, width, low, bins))
{
    uint32_t mask = (1U << width) - 1U;
    memset(bins, 0, 4 * BINS * sizeof *bins);
    if (shift + width == TW_KEY_BITS) {
        for (uint64_t i = 0; i < n; i++)
            bins[(i & 3U) * BINS + (uint32_t)((keys[i] & TW_KEY_MASK) >> shift)]++;
    } else {
        for (uint64_t i = 0; i < n; i++) {
            tw_key_bits key = keys[i] & TW_KEY_MASK;
            if (key >> (shift + width) == low >> (shift + width))
                bins[(i & 3U) * BINS + ((uint32_t)(key >> shift) & mask)]++;
        }
    }
    for (int b = 0; b < BINS; b++)
        bins[b] += bins[BINS + b] + bins[2 * BINS + b] + bins[3 * BINS + b];
}

/* The cut that keeps the k largest of n keys, 1 ≤ k ≤ n. Ends early when a digit's keys are all
 * wanted: then the cut lies between two keys. */
static struct tw_cut find_cut(const tw_key *keys, uint64_t n, uint64_t k, uint32_t *bins)
{
    struct tw_cut cut = {0, 0, k};
    int shift = TW_KEY_BITS;
    do {
        int width = shift < DIGIT_BITS ? shift : DIGIT_BITS;
        shift -= width;
        count_digits(keys, n, shift, width, cut.low, bins);
        int digit = (1 << width) - 1;
        while (cut.ties > bins[digit])
            cut.ties -= bins[digit--];
        cut.low |= (tw_key_bits)digit << shift;
        if (bins[digit] == cut.ties)
            break;
    } while (shift > 0);
    tw_key_bits span = (tw_key_bits)1 << shift;
    cut.high = cut.low > TW_KEY_MASK - span ? TW_KEY_MASK : cut.low + span;
    return cut;
}

TW_DISPATCHED(static, uint64_t, count_at_least, (const tw_key *keys, uint64_t n, tw_key_bits low),
              (keys, n, low))
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < n; i++)
        count += (keys[i] & TW_KEY_MASK) >= low;
    return count;
}

/* With an addend, of the sums that will be. */
static void draw_sample(const tw_real *x, const tw_real *addend, uint64_t n, uint64_t count,
                        tw_key *sample)
{
    uint64_t lines = n / LINE, state = UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; i < count; i += LINE) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t at = (uint64_t)(((__uint128_t)state * lines) >> 64) * LINE;
        tw_real values[LINE];
        memcpy(values, x + at, sizeof values);
        for (int j = 0; addend && j < LINE; j++)
            values[j] += addend[at + (uint64_t)j];
        memcpy(sample + i, values, sizeof values);
    }
}

/* The exact cut among c ≥ k candidates. Those at or above `high` are kept for certain when there
 * are at most k of them; then only the band below has to be counted. */
static struct tw_cut cut_candidates(const struct room *room, const struct strategy *way, uint64_t c,
                                    uint64_t k, tw_key_bits high)
{
    uint64_t sure = count_at_least(room->keys, c, high), band = 0;
    if (sure >= k || c - sure > way->band_room - 1)
        return find_cut(room->keys, c, k, room->bins);
    for (uint64_t i = 0; i < c; i++) {
        room->band[band] = room->keys[i];
        band += (room->keys[i] & TW_KEY_MASK) < high;
    }
    struct tw_cut cut = find_cut(room->band, band, k - sure, room->bins);
    /* a digit of the band may reach beyond the band, where every key is kept and none is a tie */
    if (cut.high > high)
        cut.high = high;
    return cut;
}

static tw_status select_whole(const tw_real *x, uint64_t n, uint64_t k, uint32_t *bins,
                              uint32_t *out, tw_real *values)
{
    const tw_key *keys = (const tw_key *)(const void *)x;
    if (count_at_least(keys, n, TW_KEY_INFINITE) > 0)
        return TW_INPUT;
    if (k == n) {
        for (uint64_t i = 0; i < n; i++)
            out[i] = (uint32_t)i;
        if (values)
            TW_T(tw_vec_copy)(values, x, n);
        return TW_OK;
    }
    if (k > 0)
        TW_T(tw_collect_keep)
    (keys, NULL, n, find_cut(keys, n, k, bins), k, out, (tw_key *)(void *)values);
    return TW_OK;
}

/* what: all but low, room and where candidates go. */
static tw_status select_from(struct tw_collect what, void *scratch, uint32_t *out, tw_real *values)
{
    struct strategy way = choose_strategy(what.n, what.k);
    struct room room;
    lay_out(&way, scratch, &room);
    if (way.sample == 0 || what.k == 0) {
        if (what.addend)
            TW_T(tw_vec_add)(what.x, what.addend, what.n);
        return select_whole(what.x, what.n, what.k, room.bins, out, values);
    }
    draw_sample(what.x, what.addend, what.n, way.sample, room.sample);
    what.low = find_cut(room.sample, way.sample, way.rank_low, room.bins).low;
    what.room = way.room;
    what.index = room.index;
    what.bits = room.keys;
    tw_key_bits high = TW_KEY_MASK;
    if (way.rank_high > 0)
        high = find_cut(room.sample, way.sample, way.rank_high, room.bins).high;
    uint64_t found = TW_T(tw_collect)(&what);
    if (found < what.k || found > way.room)
        return select_whole(what.x, what.n, what.k, room.bins, out, values);
    /* keys of NaN and infinities are above every number's: they are candidates if they exist */
    if (count_at_least(room.keys, found, TW_KEY_INFINITE) > 0)
        return TW_INPUT;
    struct tw_cut cut = cut_candidates(&room, &way, found, what.k, high);
    TW_T(tw_collect_keep)
    (room.keys, room.index, found, cut, what.k, out, (tw_key *)(void *)values);
    return TW_OK;
}

tw_status TW_T(tw_select)(const tw_real *x, uint64_t n, uint64_t k, void *scratch, uint32_t *out)
{
    /* without an addend x is not written */
    struct tw_collect what = {.x = (tw_real *)(uintptr_t)x, .n = n, .k = k};
    return select_from(what, scratch, out, NULL);
}

tw_status TW_T(tw_select_add)(tw_real *x, const tw_real *addend, uint64_t n, uint64_t k,
                              void *scratch, uint32_t *out, tw_real *values)
{
    struct tw_collect what = {.x = x, .addend = addend, .n = n, .k = k};
    return select_from(what, scratch, out, values);
}
