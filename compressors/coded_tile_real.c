/* Coded members, values: a tile is coded, packed, unpacked and decoded while it is in the first
 * cache; groups and tiles may begin anywhere with respect to each other. */
#include "coded_tile_real.h"
#include "base/isa.h"
#include "base/vec.h"
#include "bits.h"
#include "hadamard_real.h"

#include <string.h>

uint64_t TW_T(tw_coded_tile_of)(const struct tw_coded_shared *shared)
{
    uint64_t lanes = shared->lane ? 32 / shared->lane : 1;
    return TW_CODED_TILE / lanes * lanes;
}

uint64_t TW_T(tw_coded_scales_B)(const struct tw_coded_shared *shared)
{
    return shared->lane ? 0 : shared->group_count * shared->scale_count * sizeof(tw_real);
}

struct tw_groups_walk TW_T(tw_coded_walk_of)(const struct tw_coded_shared *shared)
{
    return (struct tw_groups_walk){.problem = &shared->problem, .groups = shared->groups};
}

static struct tw_stream_key key_of(const struct tw_coded_shared *shared, uint32_t rank)
{
    const struct tw_problem *problem = &shared->problem;
    uint32_t tensor = problem->tensor_count > 0 ? problem->tensors[0].id : 0;
    return (struct tw_stream_key){problem->seed, problem->repetition, rank, shared->step,
                                  tensor,        TW_PURPOSE_ROUNDING};
}

struct tw_rounding TW_T(tw_coded_rounding_of)(const struct tw_coded_shared *shared, uint32_t rank)
{
    struct tw_stream_key key = key_of(shared, rank);
    return tw_rounding_open(&key);
}

/* The values from `first` to the end of their group or to `limit`; walk is moved to that group. */
struct tw_coded_piece TW_T(tw_coded_piece_at)(const struct tw_coded_shared *shared,
                                              struct tw_groups_walk *walk, const void *scales,
                                              uint64_t first, uint64_t limit)
{
    struct tw_coded_piece piece = {.problem = &shared->problem, .first = (uint32_t)first};
    size_t bytes = shared->scale_count * sizeof(tw_real);
    while (walk->end <= first && tw_groups_next(walk))
        ;
    piece.n = (walk->end < limit ? walk->end : limit) - first;
    if (bytes > 0)
        memcpy(piece.scales, (const unsigned char *)scales + walk->index * bytes, bytes);
    return piece;
}

/* ---- lanes ---- */

TW_DISPATCHED(static, void, pack_lanes,
              (const uint16_t *codes, uint64_t n, unsigned lane, uint32_t *words),
              (codes, n, lane, words))
{
    unsigned lanes = 32 / lane;
    for (; n > 0; words++, codes += lanes) {
        unsigned here = n < lanes ? (unsigned)n : lanes;
        uint32_t word = 0;
        for (unsigned j = 0; j < here; j++)
            word |= (uint32_t)codes[j] << (lane * j);
        *words = word;
        n -= here;
    }
}

TW_DISPATCHED(, void, TW_T(tw_coded_unpack_lanes),
              (const uint32_t *words, uint64_t n, unsigned lane, uint32_t *sums),
              (words, n, lane, sums))
{
    unsigned lanes = 32 / lane;
    uint32_t mask = lane == 32 ? UINT32_MAX : (1U << lane) - 1U;
    for (; n > 0; words++, sums += lanes) {
        unsigned here = n < lanes ? (unsigned)n : lanes;
        for (unsigned j = 0; j < here; j++)
            sums[j] = *words >> (lane * j) & mask;
        n -= here;
    }
}

/* Codes of values first … first+n−1 of a message or of one rank's words into shared->codes. */
void TW_T(tw_coded_unpack)(struct tw_coded_shared *shared, const unsigned char *wire,
                           uint64_t first, uint64_t n)
{
    if (!shared->lane) {
        const unsigned char *codes = wire + TW_T(tw_coded_scales_B)(shared);
        tw_bits_unpack(codes + first / 8 * shared->bits, n, shared->bits, shared->codes);
        return;
    }
    const uint32_t *words = (const uint32_t *)(const void *)wire;
    TW_T(tw_coded_unpack_lanes)(words + first / (32 / shared->lane), n, shared->lane, shared->sums);
    for (uint64_t i = 0; i < n; i++)
        shared->codes[i] = (uint16_t)shared->sums[i];
}

/* ---- coding ---- */

tw_status TW_T(tw_coded_measure)(const struct tw_coded_shared *shared, const tw_real *x,
                                 void *scales)
{
    struct tw_groups_walk walk = TW_T(tw_coded_walk_of)(shared);
    size_t bytes = shared->scale_count * sizeof(tw_real);
    while (tw_groups_next(&walk)) {
        tw_real own[TW_CODED_SCALES_MAX];
        tw_status status = shared->coder->measure(&shared->problem, x + walk.start,
                                                  walk.end - walk.start, bytes ? own : NULL);
        if (status != TW_OK)
            return status;
        if (bytes)
            memcpy((unsigned char *)scales + walk.index * bytes, own, bytes);
    }
    return TW_OK;
}

/* The scales of the group that begins at `at`; of members without scales only whether the values of
 * this piece are finite, so that every value is read once. */
static tw_status measure_here(const struct tw_coded_shared *shared,
                              const struct tw_groups_walk *walk, const tw_real *x, uint64_t at,
                              uint64_t n, unsigned char *scales)
{
    const struct tw_coder *coder = shared->coder;
    size_t bytes = shared->scale_count * sizeof(tw_real);
    tw_real own[TW_CODED_SCALES_MAX];
    if (bytes == 0)
        return coder->measure(&shared->problem, x + at, n, NULL);
    if (at != walk->start)
        return TW_OK;
    tw_status status = coder->measure(&shared->problem, x + at, walk->end - walk->start, own);
    if (status == TW_OK)
        memcpy(scales + walk->index * bytes, own, bytes);
    return status;
}

tw_status TW_T(tw_coded_encode)(struct tw_coded_shared *shared, const tw_real *x,
                                const void *scales, void *own, int measures,
                                struct tw_rounding rounding, unsigned char *wire)
{
    struct tw_groups_walk walk = TW_T(tw_coded_walk_of)(shared);
    uint64_t d = shared->problem.dimension, tile = TW_T(tw_coded_tile_of)(shared);
    unsigned char *codes = wire + TW_T(tw_coded_scales_B)(shared);
    for (uint64_t first = 0; first < d; first += tile) {
        uint64_t end = d - first < tile ? d : first + tile;
        for (uint64_t at = first; at < end;) {
            struct tw_coded_piece piece = TW_T(tw_coded_piece_at)(shared, &walk, scales, at, end);
            tw_status status = measures ? measure_here(shared, &walk, x, at, piece.n, own) : TW_OK;
            if (status != TW_OK)
                return status;
            piece.rounding = rounding;
            size_t bytes = shared->scale_count * sizeof(tw_real);
            if (bytes > 0) {
                memcpy(piece.scales, (const unsigned char *)scales + walk.index * bytes, bytes);
                memcpy(&piece.own, (const unsigned char *)own + walk.index * bytes,
                       sizeof piece.own);
            }
            shared->coder->code(&piece, x + at, shared->codes + (at - first));
            at += piece.n;
        }
        if (shared->lane)
            pack_lanes(shared->codes, end - first, shared->lane,
                       (uint32_t *)(void *)codes + first / (32 / shared->lane));
        else
            tw_bits_pack(shared->codes, end - first, shared->bits,
                         codes + first / 8 * shared->bits);
    }
    return TW_OK;
}

/* Values first … end−1 of one message or of one rank's words into out. */
void TW_T(tw_coded_decode)(struct tw_coded_shared *shared, struct tw_groups_walk *walk,
                           const unsigned char *wire, const void *scales, uint64_t first,
                           uint64_t end, tw_real *out)
{
    TW_T(tw_coded_unpack)(shared, wire, first, end - first);
    for (uint64_t at = first; at < end;) {
        struct tw_coded_piece piece = TW_T(tw_coded_piece_at)(shared, walk, scales, at, end);
        shared->coder->value(&piece, shared->codes + (at - first), out + (at - first));
        at += piece.n;
    }
}

const tw_real *TW_T(tw_coded_turned)(struct tw_coded_shared *shared, const tw_real *x)
{
    uint64_t d = shared->problem.dimension;
    if (!shared->rotates)
        return x;
    TW_T(tw_vec_copy)(shared->turned, x, d);
    TW_T(tw_hadamard_turn)(shared->turned, d, TW_T(tw_coded_rounding_of)(shared, TW_RANK_ALL));
    return shared->turned;
}
