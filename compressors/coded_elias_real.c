/* Coded members, messages in Elias codes: from a row of fixed-width codes and back into one. A
 * message is | scales, as in the row | levels (elias.h) |. */
#include "bits.h"
#include "coded_tile_real.h"
#include "elias.h"

uint64_t TW_T(tw_coded_elias_most_B)(const struct tw_coded_shared *shared)
{
    return TW_T(tw_coded_scales_B)(shared) +
           tw_elias_most_B(shared->problem.dimension, shared->most / 2);
}

uint64_t TW_T(tw_coded_elias_write)(struct tw_coded_shared *shared, const unsigned char *row,
                                    unsigned char *sent, uint64_t *entries)
{
    uint64_t scales_B = TW_T(tw_coded_scales_B)(shared), d = shared->problem.dimension;
    struct tw_elias_writer writer;
    if (scales_B > 0)
        memcpy(sent, row, scales_B);
    tw_elias_write(&writer, sent + scales_B);
    for (uint64_t first = 0; first < d; first += TW_CODED_TILE) {
        uint64_t n = d - first < TW_CODED_TILE ? d - first : TW_CODED_TILE;
        TW_T(tw_coded_unpack)(shared, row, first, n);
        tw_elias_put(&writer, shared->codes, n, (uint16_t)(shared->most / 2));
    }
    *entries += writer.entries;
    return scales_B + tw_elias_end(&writer);
}

tw_status TW_T(tw_coded_elias_read)(struct tw_coded_shared *shared, const unsigned char *message,
                                    uint64_t size_B, unsigned char *row, uint64_t *entries)
{
    uint64_t scales_B = TW_T(tw_coded_scales_B)(shared), d = shared->problem.dimension;
    struct tw_elias_reader reader;
    if (size_B < scales_B || !tw_elias_read(&reader, d, (uint16_t)(shared->most / 2),
                                            message + scales_B, size_B - scales_B))
        return TW_CORRUPT;
    if (scales_B > 0)
        memcpy(row, message, scales_B);
    for (uint64_t first = 0; first < d; first += TW_CODED_TILE) {
        uint64_t n = d - first < TW_CODED_TILE ? d - first : TW_CODED_TILE;
        if (!tw_elias_take(&reader, shared->codes, n))
            return TW_CORRUPT;
        tw_bits_pack(shared->codes, n, shared->bits, row + scales_B + first / 8 * shared->bits);
    }
    *entries += reader.entries;
    return TW_OK;
}

void TW_T(tw_coded_elias_charge)(uint64_t entries, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_RICE, 2 * entries, 0);
}
