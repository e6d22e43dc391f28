/* Slices as messages of small integers. */
#include "stage_real.h"

#include <math.h>
#include <string.h>
#include "bits.h"
#include "base/isa.h"
#include "coded_real.h"
#include "dither_real.h"
#include "whole_real.h"

static uint64_t values_in(const struct tw_stage *stage, uint64_t b)
{
    uint64_t left = stage->slice - b * stage->block;
    return left < stage->block ? left : stage->block;
}

static tw_real scale_at(const unsigned char *message, uint64_t b)
{
    tw_real scale;
    memcpy(&scale, message + b * sizeof scale, sizeof scale);
    return scale;
}

/* A block's part of a tile: values first … first+n−1, of block b. */
struct piece {
    uint64_t b, first, n;
};

static struct piece piece_at(const struct tw_stage *stage, uint64_t first, uint64_t end)
{
    uint64_t b = first / stage->block, last = (b + 1) * stage->block;
    return (struct piece){b, first, (last < end ? last : end) - first};
}

static uint64_t tile_end(const struct tw_stage *stage, uint64_t first)
{
    return stage->slice - first < TW_STAGE_TILE ? stage->slice : first + TW_STAGE_TILE;
}

/* The scale of block b is measured where its values begin. */
static tw_status code_piece(const struct tw_stage *stage, const struct piece *piece,
                            const tw_real *values, unsigned char *message, uint16_t *codes)
{
    uint64_t start = piece->b * stage->block;
    tw_real scale;
    if (piece->first == start) {
        tw_status status = TW_T(tw_dither_measure)(TW_DITHER_MAX, values + start,
                                                   values_in(stage, piece->b), &scale);
        if (status != TW_OK)
            return status;
        memcpy(message + piece->b * sizeof scale, &scale, sizeof scale);
    }
    scale = scale_at(message, piece->b);
    TW_T(tw_whole_code)(values + piece->first, piece->n, scale, stage->range, codes);
    return TW_OK;
}

tw_status TW_T(tw_stage_encode)(const struct tw_stage *stage, uint16_t *codes,
                                const tw_real *values, unsigned char *message)
{
    unsigned char *packed = message + stage->blocks * sizeof(tw_real);
    for (uint64_t first = 0, end; first < stage->slice; first = end) {
        end = tile_end(stage, first);
        for (uint64_t at = first; at < end;) {
            struct piece piece = piece_at(stage, at, end);
            tw_status status = code_piece(stage, &piece, values, message, codes + (at - first));
            if (status != TW_OK)
                return status;
            at += piece.n;
        }
        tw_bits_pack(codes, end - first, stage->bits, packed + first / 8 * stage->bits);
    }
    return TW_OK;
}

uint64_t TW_T(tw_stage_decode)(const struct tw_stage *stage, uint16_t *codes,
                               const unsigned char *message, uint64_t first, tw_real *values)
{
    const unsigned char *packed = message + stage->blocks * sizeof(tw_real);
    uint64_t end = tile_end(stage, first);
    tw_bits_unpack(packed + first / 8 * stage->bits, end - first, stage->bits, codes);
    for (uint64_t at = first; at < end;) {
        struct piece piece = piece_at(stage, at, end);
        TW_T(tw_whole_value)
        (codes + (at - first), piece.n, scale_at(message, piece.b), stage->range,
         values + (at - first));
        at += piece.n;
    }
    return end - first;
}

void TW_T(tw_stage_decode_all)(const struct tw_stage *stage, uint16_t *codes,
                               const unsigned char *message, tw_real *values)
{
    for (uint64_t first = 0; first < stage->slice; first += TW_STAGE_TILE)
        TW_T(tw_stage_decode)(stage, codes, message, first, values + first);
}

int TW_T(tw_stage_is_message)(const struct tw_stage *stage, uint16_t *codes,
                              const unsigned char *message)
{
    const unsigned char *packed = message + stage->blocks * sizeof(tw_real);
    for (uint64_t b = 0; b < stage->blocks; b++) {
        tw_real scale = scale_at(message, b);
        if (!(isfinite(scale) && scale >= 0))
            return 0;
    }
    if (!tw_bits_clean(packed, stage->slice, stage->bits))
        return 0;
    for (uint64_t first = 0, end; first < stage->slice; first = end) {
        end = tile_end(stage, first);
        tw_bits_unpack(packed + first / 8 * stage->bits, end - first, stage->bits, codes);
        if (!tw_coded_within(codes, end - first, UINT16_MAX, 2U * (uint32_t)stage->range))
            return 0;
    }
    return 1;
}

/* ---- sums ---- */

TW_DISPATCHED(, void, TW_T(tw_stage_add), (double *wide, const tw_real *values, uint64_t n),
              (wide, values, n))
{
    for (uint64_t i = 0; i < n; i++)
        wide[i] += (double)values[i];
}

TW_DISPATCHED(, void, TW_T(tw_stage_round), (tw_real * out, const double *wide, uint64_t n),
              (out, wide, n))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = (tw_real)wide[i];
}

TW_DISPATCHED(, void, TW_T(tw_stage_divide),
              (tw_real * out, const tw_real *sums, tw_real ranks, uint64_t n),
              (out, sums, ranks, n))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = sums[i] / ranks;
}

TW_DISPATCHED(, void, TW_T(tw_stage_add_owned),
              (tw_real * y, tw_real factor, const tw_real *given, const tw_real *sums,
               const double *sent, uint64_t n),
              (y, factor, given, sums, sent, n))
{
    for (uint64_t i = 0; i < n; i++) {
        double others = (double)sums[i] - sent[i];
        y[i] += factor * (tw_real)((double)given[i] - others);
    }
}
