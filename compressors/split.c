/* Sparse reduce-scatters: lists and their state; nothing here looks at values. */
#include "split_real.h"

#include <string.h>

static uint32_t read_u32(const unsigned char *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

void tw_split_open(const struct tw_split_list *list, struct tw_codec_window *window)
{
    tw_codec_open_window(window, list->way.index, list->start, list->end, list->count,
                         list->indices, list->indices_B);
}

/* Words take room by the entry, bits and gaps by the slice. */
static uint64_t indices_most_B(enum tw_index index, uint64_t most, uint64_t n)
{
    int words = index == TW_INDEX_U32 || index == TW_INDEX_U64;
    return words ? tw_codec_index_B(index, most, n) : tw_codec_index_most_B(index, n);
}

uint64_t tw_split_most_B(const struct tw_problem *problem, struct tw_codec_way way, uint64_t most,
                         uint64_t n)
{
    return TW_SPLIT_HEAD_B + most * tw_codec_value_B(way.value, problem->precision) +
           indices_most_B(way.index, most, n);
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

int tw_split_read(const struct tw_problem *problem, struct tw_codec_way way,
                  const struct tw_answer *answer, int r, uint64_t start, uint64_t end,
                  struct tw_split_list *list)
{
    uint64_t from = answer->starts[r], size_B = answer->starts[r + 1] - from;
    const unsigned char *message = (const unsigned char *)answer->data + from;
    if (size_B < TW_SPLIT_HEAD_B)
        return 0;
    uint64_t count = read_u32(message);
    uint64_t before_B = TW_SPLIT_HEAD_B + count * tw_codec_value_B(way.value, problem->precision);
    if (size_B < before_B)
        return 0;
    *list = (struct tw_split_list){.way = way,
                                   .values = message + TW_SPLIT_HEAD_B,
                                   .indices = message + before_B,
                                   .count = count,
                                   .indices_B = size_B - before_B,
                                   .start = start,
                                   .end = end};
    return tw_codec_is_window(way.index, start, end, count, list->indices, list->indices_B);
}

void tw_split_carve(const struct tw_problem *problem, struct tw_arena *arena,
                    struct tw_split_scratch *scratch)
{
    uint64_t d = problem->dimension;
    scratch->sums = tw_arena_take(arena, d, sizeof *scratch->sums);
    scratch->touched = tw_arena_take(arena, (d + 31) / 32, sizeof *scratch->touched);
    scratch->lists = tw_arena_take(arena, (uint64_t)problem->ranks, sizeof *scratch->lists);
}

/* N lists: a head of each, and a byte that each may begin. */
void tw_split_carve_send(const struct tw_problem *problem, struct tw_codec_way way, uint64_t kept,
                         struct tw_arena *arena, struct tw_split_send *send)
{
    uint64_t ranks = (uint64_t)problem->ranks;
    int words = way.index == TW_INDEX_U32 || way.index == TW_INDEX_U64;
    uint64_t wire_B = tw_split_most_B(problem, way, kept, problem->dimension) +
                      (ranks - 1) * TW_SPLIT_HEAD_B + (words ? 0 : ranks);
    send->wire = tw_arena_take(arena, wire_B, 1);
    send->counts = tw_arena_take(arena, ranks, sizeof *send->counts);
}
