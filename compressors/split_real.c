/* Sparse reduce-scatters: the arithmetic. */
#include "split_real.h"

#include <string.h>

static tw_real value_of(const struct tw_split_list *list, uint64_t n)
{
    tw_real value;
    memcpy(&value, list->values + n * sizeof value, sizeof value);
    return value;
}

void TW_T(tw_split_write)(unsigned char *wire, const uint32_t *indices, const tw_real *values,
                          uint64_t count)
{
    uint32_t head = (uint32_t)count;
    memcpy(wire, &head, sizeof head);
    if (count == 0)
        return;
    memcpy(wire + TW_SPLIT_HEAD_B, values, count * sizeof *values);
    memcpy(wire + TW_SPLIT_HEAD_B + count * sizeof *values, indices, count * sizeof *indices);
}

/* x at indices as a list. */
static void take(unsigned char *wire, const uint32_t *indices, const tw_real *x, uint64_t count)
{
    unsigned char *values = wire + TW_SPLIT_HEAD_B;
    uint32_t head = (uint32_t)count;
    memcpy(wire, &head, sizeof head);
    for (uint64_t n = 0; n < count; n++)
        memcpy(values + n * sizeof *x, &x[indices[n]], sizeof *x);
    if (count > 0)
        memcpy(values + count * sizeof *x, indices, count * sizeof *indices);
}

void TW_T(tw_split_request)(const struct tw_problem *problem, const uint64_t *boundaries,
                            const tw_real *x, const uint32_t *indices, uint64_t kept,
                            struct tw_split_send *send, struct tw_request *request)
{
    unsigned char *wire = send->wire;
    uint64_t from = 0;
    for (int q = 0; q < problem->ranks; q++) {
        uint64_t to = from;
        while (to < kept && indices[to] < boundaries[q + 1])
            to++;
        take(wire, indices + from, x, to - from);
        send->counts[q] = tw_split_B(problem, to - from);
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

tw_status TW_T(tw_split_reduce)(const struct tw_problem *problem, const uint64_t *boundaries, int q,
                                const struct tw_answer *inbox, struct tw_split_scratch *scratch,
                                uint32_t *indices, tw_real *sums, uint64_t *count,
                                uint64_t *entries)
{
    uint64_t start = boundaries[q], end = boundaries[q + 1];
    if (!inbox || !tw_split_is_whole(problem, TW_ALL_TO_ALL, inbox))
        return TW_CORRUPT;
    for (int r = 0; r < problem->ranks; r++)
        if (!tw_split_read(problem, inbox, r, start, end, &scratch->lists[r]))
            return TW_CORRUPT;
    *entries = 0;
    for (int r = 0; r < problem->ranks; r++) {
        const struct tw_split_list *list = &scratch->lists[r];
        for (uint64_t n = 0; n < list->count; n++) {
            uint32_t i = tw_split_index(list, n);
            scratch->sums[i] += (double)value_of(list, n);
            scratch->touched[i / 32] |= UINT32_C(1) << (i % 32);
        }
        *entries += list->count;
    }
    *count = drain(scratch, start, end, indices, sums);
    return TW_OK;
}

void TW_T(tw_split_average)(const struct tw_split_list *list, int ranks, tw_real *out)
{
    for (uint64_t n = 0; n < list->count; n++)
        out[tw_split_index(list, n)] = value_of(list, n) / (tw_real)ranks;
}
