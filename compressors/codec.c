/* Packing and checking of sparse messages. */
#include "codec.h"

uint64_t tw_codec_B(uint64_t count, unsigned value_B, unsigned index_B)
{
    return count * (value_B + index_B);
}

void tw_codec_write_indices(unsigned char *wire, uint64_t count, const uint32_t *indices,
                            unsigned index_B)
{
    if (count == 0)
        return;
    if (index_B == 4) {
        memcpy(wire, indices, 4 * count);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t wide = indices[i];
        memcpy(wire + 8 * i, &wide, 8);
    }
}

void tw_codec_write(unsigned char *wire, uint64_t count, const void *values, unsigned value_B,
                    const uint32_t *indices, unsigned index_B)
{
    if (count == 0)
        return;
    memcpy(wire, values, count * value_B);
    tw_codec_write_indices(wire + count * value_B, count, indices, index_B);
}

tw_status tw_codec_check(const unsigned char *indices, unsigned index_B,
                         const struct tw_problem *problem, enum tw_scope scope, double ratio)
{
    uint64_t i = 0;
    for (int p = 0; p < tw_parts_count(problem, scope); p++) {
        struct tw_part part = tw_part_at(problem, scope, ratio, p);
        uint64_t least = part.start, end = part.start + part.size;
        for (uint64_t n = 0; n < part.kept; n++, i++) {
            uint64_t index = tw_codec_index(indices, index_B, i);
            if (index < least || index >= end)
                return TW_CORRUPT;
            least = index + 1;
        }
    }
    return TW_OK;
}
