/* Built for both precisions. */
#include "inside_real.h"

#include "base/vec.h"
#include "stage_real.h"

static struct tw_stage stage_of(const struct tw_inside_cut *cut)
{
    return tw_stage_of(cut->slice, cut->block, cut->bits, sizeof(tw_real));
}

uint64_t TW_T(tw_inside_message_B)(const struct tw_inside_cut *cut)
{
    return stage_of(cut).message_B;
}

tw_status TW_T(tw_inside_round)(const struct tw_inside_cut *cut, void *x, uint64_t n, void *scratch)
{
    const struct tw_stage stage = stage_of(cut);
    tw_real *values = scratch;
    uint16_t *codes = (uint16_t *)(void *)(values + cut->slice);
    unsigned char *message = (unsigned char *)(codes + cut->slice);
    for (int q = 0; q < cut->slices; q++) {
        uint64_t start = (uint64_t)q * cut->slice;
        uint64_t left = start < n ? n - start : 0, count = left < cut->slice ? left : cut->slice;
        if (count == 0)
            break;
        tw_real *from = (tw_real *)x + start;
        TW_T(tw_vec_copy)(values, from, count);
        TW_T(tw_vec_zero)(values + count, cut->slice - count);
        tw_status status = TW_T(tw_stage_encode)(&stage, codes, values, message);
        if (status != TW_OK)
            return status;
        TW_T(tw_stage_decode_all)(&stage, codes, message, values);
        TW_T(tw_vec_copy)(from, values, count);
    }
    return TW_OK;
}
