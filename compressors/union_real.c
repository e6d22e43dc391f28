/* Sums of sparse lists: the arithmetic. */
#include "union_real.h"
#include "half_real.h"

static tw_real value_of(const struct tw_union_list *list, uint64_t i)
{
    tw_real value;
    memcpy(&value, list->values + i * sizeof value, sizeof value);
    return value;
}

/* Index i, or one behind all others. */
static uint64_t key_of(const struct tw_union_list *list, uint64_t i)
{
    return i < list->count ? tw_union_index(list, i) : UINT64_MAX;
}

uint64_t TW_T(tw_union_add)(const struct tw_union_list *a, const struct tw_union_list *b,
                            uint32_t *indices, tw_real *sums)
{
    uint64_t i = 0, j = 0, n = 0;
    while (i < a->count || j < b->count) {
        uint64_t left = key_of(a, i), right = key_of(b, j);
        if (left < right) {
            sums[n] = value_of(a, i++);
        } else if (right < left) {
            sums[n] = value_of(b, j++);
        } else {
            sums[n] = value_of(a, i++) + value_of(b, j++);
        }
        indices[n++] = (uint32_t)(left < right ? left : right);
    }
    return n;
}

void TW_T(tw_union_scatter)(const struct tw_union_list *list, tw_real *out)
{
    for (uint64_t i = 0; i < list->count; i++)
        out[tw_union_index(list, i)] += value_of(list, i);
}

tw_status TW_T(tw_union_keep)(struct tw_union_entries *into, const struct tw_union_entries *more,
                              struct tw_union_entries *joined, uint64_t most)
{
    struct tw_union_list before = tw_union_list_of(into), now = tw_union_list_of(more);
    uint64_t n = TW_T(tw_union_add)(&before, &now, joined->indices, joined->values);
    if (n > most)
        return TW_INTERNAL;
    into->count = n;
    if (n) {
        memcpy(into->indices, joined->indices, n * sizeof *into->indices);
        memcpy(into->values, joined->values, n * sizeof(tw_real));
    }
    return TW_OK;
}

int TW_T(tw_union_read)(struct tw_codec_way way, uint64_t d, uint64_t count,
                        const unsigned char *indices, uint64_t indices_B,
                        const unsigned char *values, struct tw_union_entries *entries)
{
    struct tw_codec_reader reader;
    tw_real *into = entries->values;
    if (!tw_codec_is_window(way.index, 0, d, count, indices, indices_B))
        return 0;
    tw_codec_open(&reader, way.index, count, d, indices, indices_B);
    entries->count = count;
    for (uint64_t n = 0; n < count; n++) {
        entries->indices[n] = (uint32_t)tw_codec_next(&reader);
        into[n] = TW_T(tw_half_read)(way.value, values, n);
    }
    return 1;
}

void TW_T(tw_union_round)(enum tw_value value, const uint32_t *indices, tw_real *sums,
                          uint64_t count, struct tw_union_entries *lost)
{
    tw_real *left = lost->values;
    lost->count = 0;
    for (uint64_t n = 0; n < count && value != TW_VALUE_OWN; n++) {
        tw_real sent = TW_T(tw_half_sent)(value, sums[n]);
        if (sent != sums[n]) {
            lost->indices[lost->count] = indices ? indices[n] : (uint32_t)n;
            left[lost->count++] = sums[n] - sent;
        }
        sums[n] = sent;
    }
}

void TW_T(tw_union_give_back)(const struct tw_union_entries *lost, double scale, tw_real *y)
{
    const tw_real *left = lost->values;
    tw_real factor = (tw_real)scale;
    for (uint64_t n = 0; n < lost->count; n++)
        y[lost->indices[n]] -= factor * left[n];
}
