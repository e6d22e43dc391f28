/* One run of a schedule in memory: a layout, every rank's array, and the serial answer.
 * Contributions are hashes of (rank, element), so that a block taken twice, left out or put
 * elsewhere shows. */
#ifndef TW_TESTS_SCHEDULE_CASE_H
#define TW_TESTS_SCHEDULE_CASE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "collective/schedule.h"

/* How elements are spread over the blocks of a kind that may have unequal ones; SUM and BROADCAST
 * have only one way. */
enum spread { SPREAD_EVEN, SPREAD_LAST, SPREAD_UNEVEN, SPREAD_COUNT };

/* Blocks that a kind gives starts for; 0: it is cut evenly. */
static inline uint64_t case_blocks(enum tw_request_kind kind, int ranks)
{
    uint64_t p = (uint64_t)ranks;
    return kind == TW_ALL_TO_ALL ? p * p : kind == TW_GATHER || kind == TW_REDUCE_SCATTER ? p : 0;
}

static inline int case_spreads(enum tw_request_kind kind)
{
    return case_blocks(kind, 1) || kind == TW_MERGE ? SPREAD_COUNT : 1;
}

/* Ranks of the one large case: an alltoall of p ranks has p² blocks, and schedules that talk to all
 * at once p² messages in a step. */
static inline int case_many_ranks(const struct tw_algorithm *algorithm)
{
    return algorithm->kind == TW_ALL_TO_ALL || !algorithm->one_port ? 200 : 1000;
}

struct schedule_case {
    const struct tw_algorithm *algorithm;
    struct tw_layout layout;
    enum tw_combine combine;
    uint64_t n; /* elements of an array: the layout's, of a MERGE those of one partial */
    int small;  /* contributions are whole numbers below 1000: sums of 64 are exact in f32 */
    uint64_t *starts;
    void **buffers;
    void *expected;
};

/* The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t case_hash(uint64_t rank, uint64_t element)
{
    uint64_t z = rank * 0x9e3779b97f4a7c15U + element * 0xd1342543de82ef95U + 0x2545f4914f6cdd1dU;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

static inline uint64_t case_value(const struct schedule_case *c, uint64_t rank, uint64_t element)
{
    uint64_t hash = case_hash(rank, element);
    return c->small ? hash % 1000 : hash;
}

/* Whole numbers as the element type; bytes of a type that is not a number take the low byte. */
static inline void case_store(enum tw_element element, void *array, uint64_t i, uint64_t value)
{
    if (element == TW_ELEMENT_F32)
        ((float *)array)[i] = (float)value;
    else if (element == TW_ELEMENT_F64)
        ((double *)array)[i] = (double)value;
    else if (element == TW_ELEMENT_U32)
        ((uint32_t *)array)[i] = (uint32_t)value;
    else if (element == TW_ELEMENT_U64)
        ((uint64_t *)array)[i] = value;
    else if (element == TW_ELEMENT_BF16 || element == TW_ELEMENT_F16)
        ((uint16_t *)array)[i] = (uint16_t)value;
    else
        ((unsigned char *)array)[i] = (unsigned char)value;
}

static inline void case_spread(struct schedule_case *c, uint64_t n, uint64_t blocks,
                               enum spread spread)
{
    uint64_t weight = 0, total = 0;
    for (uint64_t b = 0; b < blocks; b++)
        total += 1 + case_hash(b, n) % 4;
    c->starts[0] = 0;
    for (uint64_t b = 0; b < blocks; b++) {
        weight += 1 + case_hash(b, n) % 4;
        uint64_t even = n * (b + 1) / blocks, uneven = n * weight / total;
        uint64_t last = b + 1 == blocks ? n : 0;
        c->starts[b + 1] = spread == SPREAD_EVEN ? even : spread == SPREAD_LAST ? last : uneven;
    }
    c->layout.starts = c->starts;
}

/* A number of ranks per node that divides p: its least factor, or for odd n what is left beside it.
 */
static inline int case_node_ranks(int p, uint64_t n)
{
    int factor = 2;
    while (p % factor && factor < p)
        factor++;
    return n % 2 == 0 || p <= factor ? factor : p / factor;
}

/* 1 when the schedule runs this layout; 0 when it refuses it, and the case is not to be used. */
static inline int case_open(struct schedule_case *c, const struct tw_algorithm *algorithm,
                            enum tw_element element, int ranks, uint64_t n, enum spread spread)
{
    c->algorithm = algorithm;
    c->layout = (struct tw_layout){.kind = algorithm->kind,
                                   .element = element,
                                   .element_B = tw_element_B(element),
                                   .ranks = ranks,
                                   .count = n,
                                   .root = (int)(n % (uint64_t)ranks),
                                   .node_ranks = case_node_ranks(ranks, n),
                                   .segment = 1 + n / (ranks < 8 ? 3 * (uint64_t)ranks : 24)};
    uint64_t blocks = case_blocks(algorithm->kind, ranks);
    c->n = n;
    if (algorithm->kind == TW_MERGE) { /* names of its own, as many as it likes */
        blocks = algorithm->blocks(&c->layout);
        c->layout.count = n * blocks;
    }
    c->starts = calloc((size_t)blocks + 1, sizeof *c->starts);
    c->buffers = calloc((size_t)ranks, sizeof *c->buffers);
    c->expected = calloc(n + 1, 8);
    ck_assert(c->starts && c->buffers && c->expected);
    for (int r = 0; r < ranks; r++) {
        c->buffers[r] = calloc(n + 1, 8);
        ck_assert_ptr_nonnull(c->buffers[r]);
    }
    if (blocks)
        case_spread(c, c->layout.count, blocks, spread);
    struct tw_err err = {0};
    tw_status status = tw_layout_for(algorithm, &c->layout, &err);
    int refused = status == TW_REFUSED && algorithm->fits && ranks > 1;
    ck_assert_msg(status == TW_OK || refused, "%s", err.text);
    return !refused;
}

static inline void case_close(struct schedule_case *c)
{
    for (int r = 0; r < c->layout.ranks; r++)
        free(c->buffers[r]);
    free(c->buffers);
    free(c->starts);
    free(c->expected);
}

/* Who brings the element i, whose block has the number given; -1: everybody. */
static inline int case_source(const struct schedule_case *c, uint64_t block)
{
    switch (c->layout.kind) {
    case TW_GATHER:
        return (int)block;
    case TW_ALL_TO_ALL:
        return (int)(block / (uint64_t)c->layout.ranks);
    case TW_BROADCAST:
        return c->layout.root;
    default:
        return -1;
    }
}

/* Contributions, and the answer by the definition: all ranks in order, or that of its one source.
 * What has to be overwritten starts as another hash, not as zeros. */
static inline void case_fill(struct schedule_case *c)
{
    uint64_t ranks = (uint64_t)c->layout.ranks, block = 0;
    for (uint64_t i = 0; i < c->n; i++) {
        uint64_t sum = 0, most = 0;
        while (c->layout.kind != TW_MERGE && c->layout.starts && c->starts[block + 1] <= i)
            block++;
        int source = case_source(c, block);
        for (uint64_t r = 0; r < ranks; r++) {
            int foreign = source >= 0 && r != (uint64_t)source;
            uint64_t value = case_value(c, foreign ? r + 1000003 : r, i);
            case_store(c->layout.element, c->buffers[r], i, value);
            sum += value;
            most = value > most ? value : most;
        }
        uint64_t answer = c->combine == TW_COMBINE_MAX ? most : sum;
        if (source >= 0)
            answer = case_value(c, (uint64_t)source, i);
        case_store(c->layout.element, c->expected, i, answer);
    }
}

/* Whether rank r must end with the elements of a block. */
static inline int case_wanted(const struct schedule_case *c, int rank, uint32_t block)
{
    if (c->layout.kind == TW_REDUCE_SCATTER)
        return block == (uint32_t)rank;
    return c->layout.kind != TW_ALL_TO_ALL || block % (uint32_t)c->layout.ranks == (uint32_t)rank;
}

static inline int case_block_differs(const struct schedule_case *c, int rank, uint32_t block,
                                     const void *expected)
{
    size_t from = (size_t)tw_layout_start(&c->layout, block) * c->layout.element_B;
    size_t bytes = (size_t)tw_layout_elements(&c->layout, block) * c->layout.element_B;
    const unsigned char *got = c->buffers[rank], *right = expected;
    return bytes > 0 && memcmp(got + from, right + from, bytes) != 0;
}

/* -1 when every rank holds what it must, bit by bit, else the first rank that does not. */
static inline int case_wrong_rank(const struct schedule_case *c)
{
    size_t bytes = (size_t)c->n * c->layout.element_B;
    for (int r = 0; r < c->layout.ranks && c->layout.kind == TW_MERGE; r++)
        if (memcmp(c->buffers[r], c->expected, bytes) != 0)
            return r;
    for (int r = 0; r < c->layout.ranks && c->layout.kind != TW_MERGE; r++)
        for (uint32_t b = 0; b < c->layout.blocks; b++)
            if (case_wanted(c, r, b) && case_block_differs(c, r, b, c->expected))
                return r;
    return -1;
}

static inline int case_blocks_are_equal(const struct schedule_case *c)
{
    for (uint32_t b = 1; b < c->layout.blocks; b++)
        if (tw_layout_elements(&c->layout, b) != tw_layout_elements(&c->layout, 0))
            return 0;
    return 1;
}

/* Arrays of partials of unequal sizes are no sums: the memory executor refuses them. */
static inline int case_has_arrays(const struct schedule_case *c)
{
    return c->layout.kind != TW_MERGE || case_blocks_are_equal(c);
}

/* Numbers of ranks that every law is held for; case_many_ranks is tried once per
 * law. */
static const int case_rank_counts[] = {1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                       11, 12, 13, 14, 15, 16, 17, 48, 64};

typedef void (*case_check)(struct schedule_case *c);

static inline void case_check_one(const struct tw_algorithm *algorithm, enum tw_element element,
                                  enum tw_combine combine, int p, uint64_t n, enum spread spread,
                                  case_check check)
{
    struct schedule_case c = {.combine = combine, .small = element != TW_ELEMENT_U64};
    if (case_open(&c, algorithm, element, p, n, spread))
        check(&c);
    case_close(&c);
}

static inline void case_check_all(const struct tw_algorithm *algorithm, enum tw_element element,
                                  enum tw_combine combine, case_check check)
{
    for (size_t k = 0; k < sizeof case_rank_counts / sizeof *case_rank_counts; k++) {
        uint64_t p = (uint64_t)case_rank_counts[k];
        const uint64_t sizes[] = {0, 1, 2, p - 1, p, p + 1, 1000};
        int spreads = case_spreads(algorithm->kind);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int spread = 0; spread < spreads; spread++)
                case_check_one(algorithm, element, combine, (int)p, sizes[i], (enum spread)spread,
                               check);
    }
}

#endif
