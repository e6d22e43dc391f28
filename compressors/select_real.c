/* Exact selection of the k largest magnitudes in one pass over the vector, most of the time.
 *
 * A magnitude's bits, read as an integer, order as the magnitude does: key = bits without the sign.
 *   1. sample whole cache lines; two order statistics of the sample, six standard deviations to
 *      either side of k/n, bound the k-th largest key: low ≤ key_k < high, almost surely;
 *   2. one pass collects indices and keys ≥ low (blocks of 64 without any are skipped): candidates.
 *      Once there are k, keys equal to low come too late to be kept, and are left out: so vectors
 * of a few magnitudes have few candidates as well;
 *   3. the exact cut is found among the few candidates in [low, high) by a radix count, 11 bits at
 *      a time from the top;
 *   4. candidates above the cut, and the first ties at it, go out in order.
 * When a bound was wrong, the candidates overflow, or n is small, the radix count runs over the
 * whole vector instead: the answer is exact for every input, and only the time depends on luck.
 * Four interleaved histograms keep equal keys from waiting for one counter.
 * Cost: one read of n and O(k) in the good case; at most 8 reads (float) or 14 (double) otherwise.
 * The sample's place is a fixed hash: the answer depends on x alone. */
#include "select_real.h"

#include <math.h>
#include <string.h>
#include "base/isa.h"
#include "base/precision.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if TW_PRECISION == 32
typedef int32_t key_bits;
#define KEY_BITS 31
#define KEY_MASK INT32_C(0x7fffffff)
#define KEY_INFINITE INT32_C(0x7f800000)
#else
typedef int64_t key_bits;
#define KEY_BITS 63
#define KEY_MASK INT64_C(0x7fffffffffffffff)
#define KEY_INFINITE INT64_C(0x7ff0000000000000)
#endif
/* signed, because every instruction set can compare signed integers; keys are never negative */
typedef key_bits __attribute__((may_alias)) raw_key;

#define BLOCK 64
#define LINE 16
#define DIGIT_BITS 11
#define BINS (1 << DIGIT_BITS)
#define SAMPLE_FROM 32768 /* smaller vectors are counted whole */
#define SAMPLE_MOST 65536
#define SHARE_MOST 0.55 /* above, candidates are most of the vector: counted whole */

/* Keys ≥ high are all kept; of those in [low, high) the first `ties` are. */
struct cut {
    key_bits low, high;
    uint64_t ties;
};

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
    raw_key *sample;
    raw_key *keys; /* candidates */
    raw_key *band;
    uint32_t *index; /* of candidates */
};

static size_t lay_out(const struct strategy *way, void *scratch, struct room *room)
{
    size_t used = 0,
           sizes[5] = {4 * BINS * sizeof(uint32_t), way->sample * sizeof(raw_key), 0, 0, 0};
    if (way->sample > 0) {
        sizes[2] = way->room * sizeof(raw_key);
        sizes[3] = way->band_room * sizeof(raw_key);
        sizes[4] = way->room * sizeof(uint32_t);
    }
    unsigned char *pieces[5];
    for (int i = 0; i < 5; i++) {
        pieces[i] = scratch ? (unsigned char *)scratch + used : NULL;
        used += (sizes[i] + 63U) & ~(size_t)63U;
    }
    room->bins = (uint32_t *)(void *)pieces[0];
    room->sample = (raw_key *)(void *)pieces[1];
    room->keys = (raw_key *)(void *)pieces[2];
    room->band = (raw_key *)(void *)pieces[3];
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
              (const raw_key *keys, uint64_t n, int shift, int width, key_bits low, uint32_t *bins),
              (keys, n, shift, width, low, bins))
{
    uint32_t mask = (1U << width) - 1U;
    memset(bins, 0, 4 * BINS * sizeof *bins);
    if (shift + width == KEY_BITS) {
        for (uint64_t i = 0; i < n; i++)
            bins[(i & 3U) * BINS + (uint32_t)((keys[i] & KEY_MASK) >> shift)]++;
    } else {
        for (uint64_t i = 0; i < n; i++) {
            key_bits key = keys[i] & KEY_MASK;
            if (key >> (shift + width) == low >> (shift + width))
                bins[(i & 3U) * BINS + ((uint32_t)(key >> shift) & mask)]++;
        }
    }
    for (int b = 0; b < BINS; b++)
        bins[b] += bins[BINS + b] + bins[2 * BINS + b] + bins[3 * BINS + b];
}

/* The cut that keeps the k largest of n keys, 1 ≤ k ≤ n. Ends early when a digit's keys are all
 * wanted: then the cut lies between two keys. */
static struct cut find_cut(const raw_key *keys, uint64_t n, uint64_t k, uint32_t *bins)
{
    struct cut cut = {0, 0, k};
    int shift = KEY_BITS;
    do {
        int width = shift < DIGIT_BITS ? shift : DIGIT_BITS;
        shift -= width;
        count_digits(keys, n, shift, width, cut.low, bins);
        int digit = (1 << width) - 1;
        while (cut.ties > bins[digit])
            cut.ties -= bins[digit--];
        cut.low |= (key_bits)digit << shift;
        if (bins[digit] == cut.ties)
            break;
    } while (shift > 0);
    key_bits span = (key_bits)1 << shift;
    cut.high = cut.low > KEY_MASK - span ? KEY_MASK : cut.low + span;
    return cut;
}

TW_DISPATCHED(static, uint64_t, count_at_least, (const raw_key *keys, uint64_t n, key_bits low),
              (keys, n, low))
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < n; i++)
        count += (keys[i] & KEY_MASK) >= low;
    return count;
}

static void draw_sample(const raw_key *keys, uint64_t n, uint64_t count, raw_key *sample)
{
    uint64_t lines = n / LINE, state = UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; i < count; i += LINE) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t line = (uint64_t)(((__uint128_t)state * lines) >> 64);
        memcpy(sample + i, keys + line * LINE, LINE * sizeof *sample);
    }
}

/* The next key above, of any that a number has. */
static key_bits above_of(key_bits low)
{
    return low < KEY_INFINITE ? low + 1 : low;
}

/* Of whole blocks of keys: index and key of those ≥ low, and once there are k of them, of those
 * above it: later ones equal to low come behind k others. More than `room`: returns room + 1. */
TW_DISPATCHED(static, uint64_t, collect_blocks,
              (const raw_key *keys, uint64_t n, uint64_t k, key_bits low, uint64_t room,
               uint32_t *index, raw_key *out),
              (keys, n, k, low, room, index, out))
{
    uint64_t found = 0;
    key_bits above = above_of(low);
    for (uint64_t i = 0; i + BLOCK <= n; i += BLOCK) {
        key_bits hits = 0;
        for (int j = 0; j < BLOCK; j++)
            hits += (keys[i + j] & KEY_MASK) >= low;
        if (hits == 0)
            continue;
        if (found + BLOCK > room)
            return room + 1;
        for (int j = 0; j < BLOCK; j++) {
            key_bits key = keys[i + j] & KEY_MASK;
            index[found] = (uint32_t)(i + j);
            out[found] = key;
            found += key >= low;
        }
        low = found >= k ? above : low;
    }
    return found;
}

#if TW_PRECISION == 32 && defined(__x86_64__)
/* The whole blocks of collect(), sixteen keys at a time. A full store after a compress in registers
 * is faster than a compressing store; `room` leaves 64 entries for what it writes too much. */
TW_AVX512 static uint64_t collect_sixteens(const raw_key *keys, uint64_t n, uint64_t k,
                                           key_bits low, uint64_t room, uint32_t *index,
                                           raw_key *out)
{
    const __m512i mask = _mm512_set1_epi32(KEY_MASK), above = _mm512_set1_epi32(above_of(low));
    __m512i bound = _mm512_set1_epi32(low);
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    uint64_t found = 0;
    for (uint64_t i = 0; i + BLOCK <= n; i += BLOCK) {
        __m512i key[4];
        __mmask16 hit[4];
        for (int q = 0; q < 4; q++) {
            key[q] = _mm512_and_si512(_mm512_loadu_si512(keys + i + 16 * q), mask);
            hit[q] = _mm512_cmpge_epi32_mask(key[q], bound);
        }
        if ((hit[0] | hit[1] | hit[2] | hit[3]) == 0)
            continue;
        if (found + BLOCK > room)
            return room + 1;
        for (int q = 0; q < 4; q++) {
            __m512i place =
                _mm512_add_epi32(_mm512_set1_epi32((int)(uint32_t)(i + 16 * (uint64_t)q)), lane);
            _mm512_storeu_si512(index + found, _mm512_maskz_compress_epi32(hit[q], place));
            _mm512_storeu_si512(out + found, _mm512_maskz_compress_epi32(hit[q], key[q]));
            found += (uint64_t)__builtin_popcount(hit[q]);
        }
        bound = found >= k ? above : bound;
    }
    return found;
}

/* put_out() of whole sixteens of candidates. */
TW_AVX512 static uint64_t put_sixteens(const raw_key *keys, const uint32_t *index, uint64_t n,
                                       struct cut *cut, uint32_t *out)
{
    const __m512i low = _mm512_set1_epi32(cut->low), high = _mm512_set1_epi32(cut->high);
    uint64_t kept = 0;
    for (uint64_t i = 0; i + 16 <= n; i += 16) {
        __m512i key = _mm512_loadu_si512(keys + i);
        __mmask16 sure = _mm512_cmpge_epi32_mask(key, high);
        __mmask16 tie = _mm512_cmpge_epi32_mask(key, low) & (__mmask16)~sure;
        while ((uint64_t)__builtin_popcount(tie) > cut->ties) /* the last ones go */
            tie ^= (__mmask16)(1U << (31 - __builtin_clz(tie)));
        cut->ties -= (uint64_t)__builtin_popcount(tie);
        __m512i places = _mm512_maskz_compress_epi32(sure | tie, _mm512_loadu_si512(index + i));
        uint64_t more = (uint64_t)__builtin_popcount(sure | tie);
        _mm512_mask_storeu_epi32(out + kept, (__mmask16)((1U << more) - 1U), places);
        kept += more;
    }
    return kept;
}
#else
static uint64_t collect_sixteens(const raw_key *keys, uint64_t n, uint64_t k, key_bits low,
                                 uint64_t room, uint32_t *index, raw_key *out)
{
    return collect_blocks(keys, n, k, low, room, index, out);
}
#endif

/* Candidates: index and key of every value with key ≥ low, but for those that come behind k others.
 * More than `room`: returns room + 1. */
static uint64_t collect(const raw_key *keys, uint64_t n, uint64_t k, key_bits low, uint64_t room,
                        uint32_t *index, raw_key *out)
{
    uint64_t found = tw_isa() == TW_ISA_AVX512 ? collect_sixteens(keys, n, k, low, room, index, out)
                                               : collect_blocks(keys, n, k, low, room, index, out);
    if (found > room)
        return found;
    for (uint64_t i = n / BLOCK * BLOCK; i < n; i++) {
        key_bits key = keys[i] & KEY_MASK;
        if (key < low)
            continue;
        if (found == room)
            return room + 1;
        index[found] = (uint32_t)i;
        out[found++] = key;
    }
    return found;
}

/* The exact cut among c ≥ k candidates. Those at or above `high` are kept for certain when there
 * are at most k of them; then only the band below has to be counted. */
static struct cut cut_candidates(const struct room *room, const struct strategy *way, uint64_t c,
                                 uint64_t k, key_bits high)
{
    uint64_t sure = count_at_least(room->keys, c, high), band = 0;
    if (sure >= k || c - sure > way->band_room - 1)
        return find_cut(room->keys, c, k, room->bins);
    for (uint64_t i = 0; i < c; i++) {
        room->band[band] = room->keys[i];
        band += room->keys[i] < high;
    }
    struct cut cut = find_cut(room->band, band, k - sure, room->bins);
    /* a digit of the band may reach beyond the band, where every key is kept and none is a tie */
    if (cut.high > high)
        cut.high = high;
    return cut;
}

/* Indices kept by the cut: index NULL stands for 0, 1, 2, … and then keys have signs. */
static void put_out(const raw_key *keys, const uint32_t *index, uint64_t n, struct cut cut,
                    uint32_t *out)
{
    uint64_t kept = 0, i = 0;
#if TW_PRECISION == 32 && defined(__x86_64__)
    if (index && tw_isa() == TW_ISA_AVX512) {
        kept = put_sixteens(keys, index, n, &cut, out);
        i = n / 16 * 16;
    }
#endif
    for (; i < n; i++) {
        key_bits key = keys[i] & KEY_MASK;
        if (key < cut.low)
            continue;
        if (key < cut.high) {
            if (cut.ties == 0)
                continue;
            cut.ties--;
        }
        out[kept++] = index ? index[i] : (uint32_t)i;
    }
}

static tw_status select_whole(const raw_key *keys, uint64_t n, uint64_t k, uint32_t *bins,
                              uint32_t *out)
{
    if (count_at_least(keys, n, KEY_INFINITE) > 0)
        return TW_INPUT;
    if (k == n) {
        for (uint64_t i = 0; i < n; i++)
            out[i] = (uint32_t)i;
        return TW_OK;
    }
    if (k > 0)
        put_out(keys, NULL, n, find_cut(keys, n, k, bins), out);
    return TW_OK;
}

tw_status TW_T(tw_select)(const tw_real *x, uint64_t n, uint64_t k, void *scratch, uint32_t *out)
{
    const raw_key *keys = (const raw_key *)(const void *)x;
    struct strategy way = choose_strategy(n, k);
    struct room room;
    lay_out(&way, scratch, &room);
    if (way.sample == 0 || k == 0)
        return select_whole(keys, n, k, room.bins, out);
    draw_sample(keys, n, way.sample, room.sample);
    key_bits low = find_cut(room.sample, way.sample, way.rank_low, room.bins).low;
    key_bits high = KEY_MASK;
    if (way.rank_high > 0)
        high = find_cut(room.sample, way.sample, way.rank_high, room.bins).high;
    uint64_t found = collect(keys, n, k, low, way.room, room.index, room.keys);
    if (found < k || found > way.room)
        return select_whole(keys, n, k, room.bins, out);
    /* keys of NaN and infinities are above every number's: they are candidates if they exist */
    if (count_at_least(room.keys, found, KEY_INFINITE) > 0)
        return TW_INPUT;
    struct cut cut = cut_candidates(&room, &way, found, k, high);
    put_out(room.keys, room.index, found, cut, out);
    return TW_OK;
}
