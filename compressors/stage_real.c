/* Slices as messages of small integers. */
#include "stage_real.h"

#include <math.h>
#include <string.h>
#include "bits.h"
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

tw_status TW_T(tw_stage_encode)(const struct tw_stage *stage, uint16_t *codes,
                                const tw_real *values, unsigned char *message)
{
    for (uint64_t b = 0; b < stage->blocks; b++) {
        uint64_t start = b * stage->block, n = values_in(stage, b);
        tw_real scale;
        tw_status status = TW_T(tw_dither_measure)(TW_DITHER_MAX, values + start, n, &scale);
        if (status != TW_OK)
            return status;
        memcpy(message + b * sizeof scale, &scale, sizeof scale);
        TW_T(tw_whole_code)(values + start, n, scale, stage->range, codes + start);
    }
    tw_bits_pack(codes, stage->slice, stage->bits, message + stage->blocks * sizeof(tw_real));
    return TW_OK;
}

void TW_T(tw_stage_decode)(const struct tw_stage *stage, uint16_t *codes,
                           const unsigned char *message, tw_real *values)
{
    tw_bits_unpack(message + stage->blocks * sizeof(tw_real), stage->slice, stage->bits, codes);
    for (uint64_t b = 0; b < stage->blocks; b++)
        TW_T(tw_whole_value)
    (codes + b * stage->block, values_in(stage, b), scale_at(message, b), stage->range,
     values + b * stage->block);
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
    tw_bits_unpack(packed, stage->slice, stage->bits, codes);
    for (uint64_t i = 0; i < stage->slice; i++)
        if (codes[i] > 2 * stage->range)
            return 0;
    return 1;
}
