/* Sparse reduce-scatters: lists and their state; nothing here looks at values. */
#include "split_real.h"

#include <string.h>

static uint32_t read_u32(const unsigned char *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

uint32_t tw_split_index(const struct tw_split_list *list, uint64_t n)
{
    return read_u32(list->indices + n * sizeof(uint32_t));
}

static uint64_t entry_B(const struct tw_problem *problem)
{
    return tw_precision_B(problem->precision) + sizeof(uint32_t);
}

uint64_t tw_split_B(const struct tw_problem *problem, uint64_t count)
{
    return TW_SPLIT_HEAD_B + count * entry_B(problem);
}

int tw_split_is_whole(const struct tw_problem *problem, enum tw_request_kind kind,
                      const struct tw_answer *answer)
{
    if (answer->kind != kind || answer->element != TW_ELEMENT_BYTE ||
        answer->ranks != problem->ranks || answer->starts[0] != 0 ||
        answer->starts[answer->ranks] != answer->count)
        return 0;
    for (int r = 0; r < answer->ranks; r++)
        if (answer->starts[r + 1] < answer->starts[r])
            return 0;
    return 1;
}

int tw_split_read(const struct tw_problem *problem, const struct tw_answer *answer, int r,
                  uint64_t start, uint64_t end, struct tw_split_list *list)
{
    uint64_t from = answer->starts[r], size_B = answer->starts[r + 1] - from, least = start;
    const unsigned char *message = (const unsigned char *)answer->data + from;
    if (size_B < TW_SPLIT_HEAD_B)
        return 0;
    list->count = read_u32(message);
    if (size_B != tw_split_B(problem, list->count))
        return 0;
    list->values = message + TW_SPLIT_HEAD_B;
    list->indices = list->values + list->count * tw_precision_B(problem->precision);
    for (uint64_t n = 0; n < list->count; n++) {
        uint64_t index = tw_split_index(list, n);
        if (index < least || index >= end)
            return 0;
        least = index + 1;
    }
    return 1;
}

void tw_split_carve(const struct tw_problem *problem, struct tw_arena *arena,
                    struct tw_split_scratch *scratch)
{
    uint64_t d = problem->dimension;
    scratch->sums = tw_arena_take(arena, d, sizeof *scratch->sums);
    scratch->touched = tw_arena_take(arena, (d + 31) / 32, sizeof *scratch->touched);
    scratch->lists = tw_arena_take(arena, (uint64_t)problem->ranks, sizeof *scratch->lists);
}

void tw_split_carve_send(const struct tw_problem *problem, uint64_t kept, struct tw_arena *arena,
                         struct tw_split_send *send)
{
    uint64_t ranks = (uint64_t)problem->ranks;
    uint64_t wire_B = ranks * TW_SPLIT_HEAD_B + kept * entry_B(problem);
    send->wire = tw_arena_take(arena, wire_B, 1);
    send->counts = tw_arena_take(arena, ranks, sizeof *send->counts);
}
