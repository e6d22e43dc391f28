/* One run of a schedule in memory: a layout, every rank's array, and the serial answer.
 * Contributions are hashes of (rank, element), so that a block taken twice, left out or put
 * elsewhere shows. */
#ifndef TW_TESTS_SCHEDULE_CASE_H
#define TW_TESTS_SCHEDULE_CASE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "collective/schedule.h"

/* How GATHER elements are spread over the ranks; a SUM has only one way. */
enum spread { SPREAD_EVEN, SPREAD_LAST, SPREAD_UNEVEN, SPREAD_COUNT };

struct schedule_case {
    const struct tw_algorithm *algorithm;
    struct tw_layout layout;
    enum tw_combine combine;
    int small; /* contributions are whole numbers below 1000: sums of 64 are exact in f32 */
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
    else if (element == TW_ELEMENT_BF16)
        ((uint16_t *)array)[i] = (uint16_t)value;
    else
        ((unsigned char *)array)[i] = (unsigned char)value;
}

static inline void case_spread(struct schedule_case *c, uint64_t n, enum spread spread)
{
    uint64_t ranks = (uint64_t)c->layout.ranks, weight = 0, total = 0;
    for (uint64_t r = 0; r < ranks; r++)
        total += 1 + case_hash(r, n) % 4;
    c->starts[0] = 0;
    for (uint64_t r = 0; r < ranks; r++) {
        weight += 1 + case_hash(r, n) % 4;
        uint64_t even = n * (r + 1) / ranks, uneven = n * weight / total;
        uint64_t last = r + 1 == ranks ? n : 0;
        c->starts[r + 1] = spread == SPREAD_EVEN ? even : spread == SPREAD_LAST ? last : uneven;
    }
}

static inline void case_open(struct schedule_case *c, const struct tw_algorithm *algorithm,
                             enum tw_element element, int ranks, uint64_t n, enum spread spread)
{
    c->algorithm = algorithm;
    c->layout = (struct tw_layout){.kind = algorithm->kind,
                                   .element = element,
                                   .element_B = tw_element_B(element),
                                   .ranks = ranks,
                                   .count = n};
    c->starts = calloc((size_t)ranks + 1, sizeof *c->starts);
    c->buffers = calloc((size_t)ranks, sizeof *c->buffers);
    c->expected = calloc(n + 1, 8);
    ck_assert(c->starts && c->buffers && c->expected);
    for (int r = 0; r < ranks; r++) {
        c->buffers[r] = calloc(n + 1, 8);
        ck_assert_ptr_nonnull(c->buffers[r]);
    }
    if (algorithm->kind == TW_GATHER) {
        case_spread(c, n, spread);
        c->layout.starts = c->starts;
    }
    struct tw_err err = {0};
    tw_status status = tw_layout_for(algorithm, &c->layout, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
}

static inline void case_close(struct schedule_case *c)
{
    for (int r = 0; r < c->layout.ranks; r++)
        free(c->buffers[r]);
    free(c->buffers);
    free(c->starts);
    free(c->expected);
}

/* Contributions, and the answer by the definition: all ranks in order, or each one's own block.
 * What a GATHER has to overwrite starts as another hash, not as zeros. */
static inline void case_fill(struct schedule_case *c)
{
    uint64_t ranks = (uint64_t)c->layout.ranks, owner = 0;
    for (uint64_t i = 0; i < c->layout.count; i++) {
        uint64_t sum = 0, most = 0;
        while (c->layout.starts && c->starts[owner + 1] <= i)
            owner++;
        for (uint64_t r = 0; r < ranks; r++) {
            int foreign = c->layout.kind == TW_GATHER && r != owner;
            uint64_t value = case_value(c, foreign ? r + 1000003 : r, i);
            case_store(c->layout.element, c->buffers[r], i, value);
            sum += value;
            most = value > most ? value : most;
        }
        uint64_t answer = c->combine == TW_COMBINE_MAX ? most : sum;
        if (c->layout.kind == TW_GATHER)
            answer = case_value(c, owner, i);
        case_store(c->layout.element, c->expected, i, answer);
    }
}

/* -1 when every rank holds the answer bit by bit, else the first rank that does not. */
static inline int case_wrong_rank(const struct schedule_case *c)
{
    size_t bytes = (size_t)c->layout.count * c->layout.element_B;
    for (int r = 0; r < c->layout.ranks; r++)
        if (memcmp(c->buffers[r], c->expected, bytes) != 0)
            return r;
    return -1;
}

/* Numbers of ranks that every law is held for; 1000 is tried once per law. */
static const int case_rank_counts[] = {1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                       11, 12, 13, 14, 15, 16, 17, 48, 64};

typedef void (*case_check)(struct schedule_case *c);

static inline void case_check_one(const struct tw_algorithm *algorithm, enum tw_element element,
                                  enum tw_combine combine, int p, uint64_t n, enum spread spread,
                                  case_check check)
{
    struct schedule_case c = {.combine = combine, .small = element != TW_ELEMENT_U64};
    case_open(&c, algorithm, element, p, n, spread);
    check(&c);
    case_close(&c);
}

static inline void case_check_all(const struct tw_algorithm *algorithm, enum tw_element element,
                                  enum tw_combine combine, case_check check)
{
    for (size_t k = 0; k < sizeof case_rank_counts / sizeof *case_rank_counts; k++) {
        uint64_t p = (uint64_t)case_rank_counts[k];
        const uint64_t sizes[] = {0, 1, 2, p - 1, p, p + 1, 1000};
        int spreads = algorithm->kind == TW_GATHER ? SPREAD_COUNT : 1;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int spread = 0; spread < spreads; spread++)
                case_check_one(algorithm, element, combine, (int)p, sizes[i], (enum spread)spread,
                               check);
    }
}

#endif
