/* Candidates of a selection, sixteen, eight or one at a time.
 *
 * Blocks of 64 without a candidate are skipped after 64 comparisons. In the others the candidates
 * of a vector are moved to its front (AVX-512 compresses; AVX2 permutes by a table of all 256
 * patterns of eight) and the vector is stored whole: what is stored too much is overwritten by the
 * next. With an addend the sums are compared while they are in registers, so that addition and
 * search are one pass: x and the addend read once, x written once. O(n). */
#include "collect_real.h"

#include "base/isa.h"
#include "base/vec.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BLOCK 64

/* The next key above, of any that a number has. */
static tw_key_bits above_of(tw_key_bits low)
{
    return low < TW_KEY_INFINITE ? low + 1 : low;
}

/* Of whole blocks; *done: values that have been looked at and added to. */
TW_DISPATCHED(static, uint64_t, collect_blocks, (const struct tw_collect *what, uint64_t *done),
              (what, done))
{
    const tw_key *keys = (const tw_key *)(const void *)what->x;
    uint64_t found = 0, n = what->n, i = 0;
    tw_key_bits low = what->low, above = above_of(low);
    for (; i + BLOCK <= n; i += BLOCK) {
        tw_key_bits hits = 0;
        for (uint64_t j = i; what->addend && j < i + BLOCK; j++)
            what->x[j] += what->addend[j];
        for (uint64_t j = i; j < i + BLOCK; j++)
            hits += (keys[j] & TW_KEY_MASK) >= low;
        if (hits == 0)
            continue;
        if (found + BLOCK > what->room) {
            *done = i + BLOCK;
            return what->room + 1;
        }
        for (uint64_t j = i; j < i + BLOCK; j++) {
            what->index[found] = (uint32_t)j;
            what->bits[found] = keys[j];
            found += (keys[j] & TW_KEY_MASK) >= low;
        }
        low = found >= what->k ? above : low;
    }
    *done = i;
    return found;
}

#if TW_PRECISION == 32 && defined(__x86_64__)

/* ---- AVX-512 ---- */

#define INLINE static inline __attribute__((always_inline))

/* A full store after a compress in registers is faster than a compressing store. */
INLINE TW_AVX512 uint64_t sixteens(const struct tw_collect *what, int adds, uint64_t *done)
{
    const __m512i mask = _mm512_set1_epi32(TW_KEY_MASK),
                  above = _mm512_set1_epi32(above_of(what->low)),
                  lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i bound = _mm512_set1_epi32(what->low);
    /* apart from the struct, which stores of bits might change for all that a compiler knows */
    float *x = what->x;
    const float *addend = what->addend;
    uint32_t *index = what->index;
    tw_key *out = what->bits;
    uint64_t found = 0, i = 0, n = what->n, k = what->k, room = what->room;
    for (; i + BLOCK <= n; i += BLOCK) {
        __m512i bits[4];
        __mmask16 hit[4];
        for (uint64_t q = 0; q < 4; q++) {
            __m512 value = _mm512_loadu_ps(x + i + 16 * q);
            if (adds) {
                value = _mm512_add_ps(value, _mm512_loadu_ps(addend + i + 16 * q));
                _mm512_storeu_ps(x + i + 16 * q, value);
            }
            bits[q] = _mm512_castps_si512(value);
            hit[q] = _mm512_cmpge_epi32_mask(_mm512_and_si512(bits[q], mask), bound);
        }
        if ((hit[0] | hit[1] | hit[2] | hit[3]) == 0)
            continue;
        if (found + BLOCK > room) {
            *done = i + BLOCK;
            return room + 1;
        }
        for (uint64_t q = 0; q < 4; q++) {
            __m512i place = _mm512_add_epi32(_mm512_set1_epi32((int)(uint32_t)(i + 16 * q)), lane);
            _mm512_storeu_si512(index + found, _mm512_maskz_compress_epi32(hit[q], place));
            _mm512_storeu_si512(out + found, _mm512_maskz_compress_epi32(hit[q], bits[q]));
            found += (uint64_t)__builtin_popcount(hit[q]);
        }
        bound = found >= k ? above : bound;
    }
    *done = i;
    return found;
}

TW_AVX512 static uint64_t collect_sixteens(const struct tw_collect *what, uint64_t *done)
{
    return what->addend ? sixteens(what, 1, done) : sixteens(what, 0, done);
}

TW_AVX512 static uint64_t keep_sixteens(const tw_key *bits, const uint32_t *index, uint64_t n,
                                        struct tw_cut *cut, uint32_t *out, tw_key *values)
{
    const __m512i low = _mm512_set1_epi32(cut->low), high = _mm512_set1_epi32(cut->high),
                  mask = _mm512_set1_epi32(TW_KEY_MASK),
                  lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    uint64_t kept = 0;
    for (uint64_t i = 0; i + 16 <= n; i += 16) {
        __m512i here = _mm512_loadu_si512(bits + i), key = _mm512_and_si512(here, mask);
        __mmask16 sure = _mm512_cmpge_epi32_mask(key, high);
        __mmask16 tie = _mm512_cmpge_epi32_mask(key, low) & (__mmask16)~sure;
        while ((uint64_t)__builtin_popcount(tie) > cut->ties) /* the last ones go */
            tie ^= (__mmask16)(1U << (31 - __builtin_clz(tie)));
        cut->ties -= (uint64_t)__builtin_popcount(tie);
        __mmask16 keep = sure | tie;
        if (keep == 0)
            continue;
        __m512i place = index ? _mm512_loadu_si512(index + i)
                              : _mm512_add_epi32(_mm512_set1_epi32((int)(uint32_t)i), lane);
        __m512i places = _mm512_maskz_compress_epi32(keep, place);
        uint64_t more = (uint64_t)__builtin_popcount(keep);
        __mmask16 room = (__mmask16)((1U << more) - 1U);
        _mm512_mask_storeu_epi32(out + kept, room, places);
        if (values)
            _mm512_mask_storeu_epi32(values + kept, room, _mm512_maskz_compress_epi32(keep, here));
        kept += more;
    }
    return kept;
}

/* ---- AVX2 ---- */

/* Digit j of fronts[pattern], 4 bits wide, is the place of the pattern's j-th bit that is set. */
#define PLACE(m, b) \
    (((m) >> (b)&1U) ? (uint32_t)(b) << (4 * __builtin_popcount((m) & ((1U << (b)) - 1U))) : 0U)
#define FRONT(m)                                                                         \
    (PLACE(m, 0) | PLACE(m, 1) | PLACE(m, 2) | PLACE(m, 3) | PLACE(m, 4) | PLACE(m, 5) | \
     PLACE(m, 6) | PLACE(m, 7))
#define FRONTS_4(m) FRONT(m), FRONT((m) + 1U), FRONT((m) + 2U), FRONT((m) + 3U)
#define FRONTS_16(m) FRONTS_4(m), FRONTS_4((m) + 4U), FRONTS_4((m) + 8U), FRONTS_4((m) + 12U)
#define FRONTS_64(m) FRONTS_16(m), FRONTS_16((m) + 16U), FRONTS_16((m) + 32U), FRONTS_16((m) + 48U)
static const uint32_t fronts[256] = {FRONTS_64(0U), FRONTS_64(64U), FRONTS_64(128U),
                                     FRONTS_64(192U)};

/* The lanes whose bit is set, moved to the front; a permutation reads 3 bits of each lane. */
INLINE TW_AVX2 __m256i to_front(__m256i lanes, unsigned set)
{
    const __m256i digits = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28);
    __m256i order = _mm256_srlv_epi32(_mm256_set1_epi32((int)fronts[set]), digits);
    return _mm256_permutevar8x32_epi32(lanes, order);
}

INLINE TW_AVX2 unsigned signs_of(__m256i lanes)
{
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(lanes));
}

/* Where keys of 64 values reach the bound (which is below them by 1): eight vectors of all ones and
 * zeros; 0: nowhere. */
INLINE TW_AVX2 int look_at(float *x, const float *addend, int adds, __m256i bound, __m256i hit[8])
{
    const __m256i mask = _mm256_set1_epi32(TW_KEY_MASK);
    __m256i any = _mm256_setzero_si256();
    for (uint64_t q = 0; q < 8; q++) {
        __m256 value = _mm256_loadu_ps(x + 8 * q);
        if (adds) {
            value = _mm256_add_ps(value, _mm256_loadu_ps(addend + 8 * q));
            _mm256_storeu_ps(x + 8 * q, value);
        }
        __m256i key = _mm256_and_si256(_mm256_castps_si256(value), mask);
        hit[q] = _mm256_cmpgt_epi32(key, bound);
        any = _mm256_or_si256(any, hit[q]);
    }
    return !_mm256_testz_si256(any, any);
}

INLINE TW_AVX2 uint64_t eights(const struct tw_collect *what, int adds, uint64_t *done)
{
    const __m256i above = _mm256_set1_epi32(above_of(what->low) - 1),
                  lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i bound = _mm256_set1_epi32(what->low - 1), hit[8];
    float *x = what->x;
    const float *addend = what->addend;
    uint32_t *index = what->index;
    tw_key *out = what->bits;
    uint64_t found = 0, i = 0, n = what->n, k = what->k, room = what->room;
    for (; i + BLOCK <= n; i += BLOCK) {
        if (!look_at(x + i, adds ? addend + i : NULL, adds, bound, hit))
            continue;
        if (found + BLOCK > room) {
            *done = i + BLOCK;
            return room + 1;
        }
        for (uint64_t q = 0; q < 8; q++) {
            unsigned set = signs_of(hit[q]);
            __m256i place = _mm256_add_epi32(_mm256_set1_epi32((int)(uint32_t)(i + 8 * q)), lane),
                    bits = _mm256_castps_si256(_mm256_loadu_ps(x + i + 8 * q));
            _mm256_storeu_si256((__m256i *)(index + found), to_front(place, set));
            _mm256_storeu_si256((__m256i *)(out + found), to_front(bits, set));
            found += (uint64_t)__builtin_popcount(set);
        }
        bound = found >= k ? above : bound;
    }
    *done = i;
    return found;
}

TW_AVX2 static uint64_t collect_eights(const struct tw_collect *what, uint64_t *done)
{
    return what->addend ? eights(what, 1, done) : eights(what, 0, done);
}

/* Only while eight more have room: stores are whole. Returns the candidates looked at. */
TW_AVX2 static uint64_t keep_eights(const tw_key *bits, const uint32_t *index, uint64_t n,
                                    struct tw_cut *cut, uint64_t room, uint32_t *out,
                                    tw_key *values, uint64_t *put)
{
    const __m256i low = _mm256_set1_epi32(cut->low - 1), high = _mm256_set1_epi32(cut->high - 1),
                  mask = _mm256_set1_epi32(TW_KEY_MASK),
                  lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    uint64_t kept = 0, i = 0;
    for (; i + 8 <= n && kept + 8 <= room; i += 8) {
        __m256i here = _mm256_loadu_si256((const __m256i *)(bits + i)),
                key = _mm256_and_si256(here, mask);
        unsigned sure = signs_of(_mm256_cmpgt_epi32(key, high));
        unsigned tie = signs_of(_mm256_cmpgt_epi32(key, low)) & ~sure;
        while ((uint64_t)__builtin_popcount(tie) > cut->ties)
            tie ^= 1U << (31 - __builtin_clz(tie));
        cut->ties -= (uint64_t)__builtin_popcount(tie);
        if ((sure | tie) == 0)
            continue;
        __m256i places = index ? _mm256_loadu_si256((const __m256i *)(index + i))
                               : _mm256_add_epi32(_mm256_set1_epi32((int)(uint32_t)i), lane);
        _mm256_storeu_si256((__m256i *)(out + kept), to_front(places, sure | tie));
        if (values)
            _mm256_storeu_si256((__m256i *)(values + kept), to_front(here, sure | tie));
        kept += (uint64_t)__builtin_popcount(sure | tie);
    }
    *put = kept;
    return i;
}
#endif

static uint64_t collect_whole(const struct tw_collect *what, uint64_t *done)
{
#if TW_PRECISION == 32 && defined(__x86_64__)
    if (tw_isa() == TW_ISA_AVX512)
        return collect_sixteens(what, done);
    if (tw_isa() == TW_ISA_AVX2)
        return collect_eights(what, done);
#endif
    return collect_blocks(what, done);
}

uint64_t TW_T(tw_collect)(const struct tw_collect *what)
{
    const tw_key *keys = (const tw_key *)(const void *)what->x;
    uint64_t done, found = collect_whole(what, &done);
    if (what->addend)
        TW_T(tw_vec_add)(what->x + done, what->addend + done, what->n - done);
    if (found > what->room)
        return found;
    for (uint64_t i = done; i < what->n; i++) {
        if ((keys[i] & TW_KEY_MASK) < what->low)
            continue;
        if (found == what->room)
            return what->room + 1;
        what->index[found] = (uint32_t)i;
        what->bits[found++] = keys[i];
    }
    return found;
}

/* What vectors leave over is looked at one by one. */
uint64_t TW_T(tw_collect_keep)(const tw_key *bits, const uint32_t *index, uint64_t n,
                               struct tw_cut cut, uint64_t k, uint32_t *out, tw_key *values)
{
    uint64_t kept = 0, i = 0;
#if TW_PRECISION == 32 && defined(__x86_64__)
    if (tw_isa() == TW_ISA_AVX512) {
        kept = keep_sixteens(bits, index, n, &cut, out, values);
        i = n / 16 * 16;
    } else if (tw_isa() == TW_ISA_AVX2) {
        i = keep_eights(bits, index, n, &cut, k, out, values, &kept);
    }
#endif
    for (; i < n && kept < k; i++) {
        tw_key_bits key = bits[i] & TW_KEY_MASK;
        if (key < cut.low)
            continue;
        if (key < cut.high) {
            if (cut.ties == 0)
                continue;
            cut.ties--;
        }
        out[kept] = index ? index[i] : (uint32_t)i;
        if (values)
            values[kept] = bits[i];
        kept++;
    }
    return kept;
}
