/* Sparse reduce-scatters: the arithmetic. */
#include "split_real.h"

#include <string.h>
#include "half_real.h"

/* x at indices, or (indices NULL) as it is. */
static void put_values(enum tw_value type, unsigned char *wire, const uint32_t *indices,
                       const tw_real *x, uint64_t count)
{
    for (uint64_t n = 0; n < count; n++)
        TW_T(tw_half_write)(type, wire, n, x[indices ? indices[n] : n]);
}

/* The rest of a list behind its values. */
static uint64_t finish(struct tw_codec_way way, uint64_t start, uint64_t end, unsigned char *wire,
                       const uint32_t *indices, uint64_t count)
{
    uint32_t head = (uint32_t)count;
    uint64_t before_B = TW_SPLIT_HEAD_B + count * tw_codec_value_B(way.value, TW_THIS_PRECISION);
    memcpy(wire, &head, sizeof head);
    return before_B + tw_codec_put_from(way.index, (uint32_t)start, count, end - start, indices,
                                        wire + before_B);
}

uint64_t TW_T(tw_split_write)(struct tw_codec_way way, uint64_t start, uint64_t end,
                              unsigned char *wire, const uint32_t *indices, const tw_real *values,
                              uint64_t count)
{
    put_values(way.value, wire + TW_SPLIT_HEAD_B, NULL, values, count);
    return finish(way, start, end, wire, indices, count);
}

void TW_T(tw_split_request)(const struct tw_problem *problem, struct tw_codec_way way,
                            const uint64_t *boundaries, const tw_real *x, const uint32_t *indices,
                            uint64_t kept, struct tw_split_send *send, struct tw_request *request)
{
    unsigned char *wire = send->wire;
    uint64_t from = 0;
    for (int q = 0; q < problem->ranks; q++) {
        uint64_t to = from;
        while (to < kept && indices[to] < boundaries[q + 1])
            to++;
        put_values(way.value, wire + TW_SPLIT_HEAD_B, indices + from, x, to - from);
        send->counts[q] =
            finish(way, boundaries[q], boundaries[q + 1], wire, indices + from, to - from);
        wire += send->counts[q];
        from = to;
    }
    *request = (struct tw_request){.kind = TW_ALL_TO_ALL,
                                   .element = TW_ELEMENT_BYTE,
                                   .data = send->wire,
                                   .counts = send->counts};
}

/* Moves the touched values of a slice out of the scratch, which is zero again. */
static uint64_t drain(struct tw_split_scratch *scratch, uint64_t start, uint64_t end,
                      uint32_t *indices, tw_real *sums)
{
    uint64_t count = 0;
    for (uint64_t w = start / 32; w * 32 < end; w++)
        for (; scratch->touched[w] != 0; scratch->touched[w] &= scratch->touched[w] - 1) {
            uint32_t i = (uint32_t)(32 * w) + (uint32_t)__builtin_ctz(scratch->touched[w]);
            indices[count] = i;
            sums[count++] = (tw_real)scratch->sums[i];
            scratch->sums[i] = 0.0;
        }
    return count;
}

static void add_list(const struct tw_split_list *list, struct tw_split_scratch *scratch)
{
    struct tw_codec_window window;
    tw_split_open(list, &window);
    for (uint64_t n = 0; n < list->count; n++) {
        uint64_t i = tw_codec_window_next(&window);
        scratch->sums[i] += (double)TW_T(tw_half_read)(list->way.value, list->values, n);
        scratch->touched[i / 32] |= UINT32_C(1) << (i % 32);
    }
}

tw_status TW_T(tw_split_reduce)(const struct tw_problem *problem, struct tw_codec_way way,
                                const uint64_t *boundaries, int q, const struct tw_answer *inbox,
                                struct tw_split_scratch *scratch, uint32_t *indices, tw_real *sums,
                                uint64_t *count, uint64_t *entries)
{
    uint64_t start = boundaries[q], end = boundaries[q + 1];
    if (!inbox || !tw_split_is_whole(problem, TW_ALL_TO_ALL, inbox))
        return TW_CORRUPT;
    for (int r = 0; r < problem->ranks; r++)
        if (!tw_split_read(problem, way, inbox, r, start, end, &scratch->lists[r]))
            return TW_CORRUPT;
    *entries = 0;
    for (int r = 0; r < problem->ranks; r++) {
        add_list(&scratch->lists[r], scratch);
        *entries += scratch->lists[r].count;
    }
    *count = drain(scratch, start, end, indices, sums);
    return TW_OK;
}

void TW_T(tw_split_average)(const struct tw_split_list *list, int ranks, tw_real *out)
{
    struct tw_codec_window window;
    tw_split_open(list, &window);
    for (uint64_t n = 0; n < list->count; n++)
        out[tw_codec_window_next(&window)] =
            TW_T(tw_half_read)(list->way.value, list->values, n) / (tw_real)ranks;
}
