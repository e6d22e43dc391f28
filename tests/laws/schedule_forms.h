/* The closed forms of every schedule, one row each: what a rank sends, and the seconds of the whole
 * on equal links. Written from the papers and the drawings, independently of the schedules' code;
 * only the cut into blocks is taken from the layout. */
#ifndef TW_TESTS_SCHEDULE_FORMS_H
#define TW_TESTS_SCHEDULE_FORMS_H

#include "laws/schedule_case.h"

enum held { ALWAYS = 0, EQUAL = 1 }; /* when seconds holds: for all blocks, or for equal ones */

struct law {
    enum tw_request_kind kind;
    const char *name;
    void (*traffic)(const struct tw_layout *layout, int rank, uint64_t *sent_B, uint64_t *messages);
    double (*seconds)(const struct tw_layout *layout, double alpha_s, double beta_sB,
                      double gamma_sB);
    enum held held;
    int (*runs)(int p); /* NULL: any number of ranks */
};

/* ---- what the forms are made of ---- */

static inline int log2_floor(int p)
{
    int k = 0;
    while (p >> (k + 1))
        k++;
    return k;
}

static inline int log2_ceil(int p)
{
    return log2_floor(p) + ((1 << log2_floor(p)) != p);
}

static inline int folds(int p)
{
    return (1 << log2_floor(p)) != p;
}

static inline uint64_t whole(const struct tw_layout *layout)
{
    return layout->count * layout->element_B;
}

/* Bytes of block b (mod blocks). */
static inline uint64_t block_B(const struct tw_layout *layout, int block)
{
    int blocks = (int)layout->blocks;
    return tw_layout_elements(layout, (uint32_t)((block + blocks) % blocks)) * layout->element_B;
}

/* Bytes of `count` blocks from `first` on, around the end. */
static inline uint64_t blocks_B(const struct tw_layout *layout, int first, int count)
{
    uint64_t bytes = 0;
    for (int b = 0; b < count; b++)
        bytes += block_B(layout, first + b);
    return bytes;
}

static inline double largest_B(const struct tw_layout *layout)
{
    uint64_t most = 0;
    for (uint32_t b = 0; b < layout->blocks; b++)
        most = tw_layout_elements(layout, b) > most ? tw_layout_elements(layout, b) : most;
    return (double)(most * layout->element_B);
}

/* Messages of a rank that folds: see sim/collective/fold.h. -1: works without folding, 0: waits,
 * 1: absorbs the rank below. */
static inline int fold_role(int p, int rank)
{
    int rem = p - (1 << log2_floor(p));
    return rank >= 2 * rem ? -1 : rank % 2;
}

/* The number of a working rank. */
static inline int fold_number(int p, int rank)
{
    int rem = p - (1 << log2_floor(p));
    return rank >= 2 * rem ? rank - rem : rank / 2;
}

/* ---- all-reduce ---- */

/* Reduce-scatter sends every block but the one that the right neighbour starts; the gather every
 * block but the one that the right neighbour finished: all but r+1, then all but r+2. */
static void ring_sum_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    *messages = 2 * ((uint64_t)layout->ranks - 1);
    *sent_B = 2 * whole(layout) - block_B(layout, rank + 1) - block_B(layout, rank + 2);
}

static double ring_sum_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                               double gamma_sB)
{
    double b = largest_B(layout);
    return (layout->ranks - 1) * (2 * (alpha_s + b * beta_sB) + b * gamma_sB);
}

/* A folded rank sends once; its partner once per doubling and the result; the others per doubling.
 */
static void doubling_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    int doublings = log2_floor(layout->ranks), role = fold_role(layout->ranks, rank);
    *messages = (uint64_t)(role < 0 ? doublings : role > 0 ? doublings + 1 : 1);
    *sent_B = *messages * whole(layout);
}

static double doubling_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                               double gamma_sB)
{
    int k = log2_floor(layout->ranks), f = folds(layout->ranks);
    double m = (double)whole(layout);
    return (k + 2 * f) * (alpha_s + m * beta_sB) + (k + f) * m * gamma_sB;
}

/* Once to the parent, once to each child: rank + 2^k below the rank's lowest bit. */
static uint64_t binomial_children(int p, int rank)
{
    uint64_t children = 0;
    for (int d = 1; rank + d < p && !(rank & d) && !(rank & (d - 1)); d *= 2)
        children++;
    return children;
}

static void binomial_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    *messages = (uint64_t)(rank > 0) + binomial_children(layout->ranks, rank);
    *sent_B = *messages * whole(layout);
}

static double binomial_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                               double gamma_sB)
{
    int levels = log2_ceil(layout->ranks);
    double m = (double)whole(layout);
    return 2 * levels * (alpha_s + m * beta_sB) + levels * m * gamma_sB;
}

/* Halving: everything but the block that it ends with, number v's being the bit reversal of v;
 * gathering: that block's aligned group of 1, 2, 4, … blocks. */
static void rabenseifner_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                 uint64_t *messages)
{
    int k = log2_floor(layout->ranks), role = fold_role(layout->ranks, rank), own = 0;
    *messages = 1;
    *sent_B = whole(layout);
    if (role == 0)
        return;
    for (int bit = 0; bit < k; bit++)
        own |= (fold_number(layout->ranks, rank) >> bit & 1) << (k - 1 - bit);
    *sent_B -= block_B(layout, own);
    for (int size = 1; size < 1 << k; size *= 2)
        *sent_B += blocks_B(layout, own / size * size, size);
    *messages = (uint64_t)(2 * k + (role > 0));
    *sent_B += role > 0 ? whole(layout) : 0;
}

/* (2K + 2f)α + (2(P'−1)/P' + 2f)Mβ + ((P'−1)/P' + f)Mγ for P' equal blocks; else every step is as
 * long as the longest half, which holds the first blocks. */
static double rabenseifner_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                                   double gamma_sB)
{
    int k = log2_floor(layout->ranks), f = folds(layout->ranks);
    double m = (double)whole(layout), halves = 0;
    for (int level = 1; level <= k; level++)
        halves += (double)blocks_B(layout, 0, 1 << (k - level));
    return (2 * k + 2 * f) * alpha_s + (2 * halves + 2 * f * m) * beta_sB +
           (halves + f * m) * gamma_sB;
}

/* ---- reduce-scatter ---- */

/* Whatever the order: the blocks of all others, each once. */
static void scatter_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                            uint64_t *messages)
{
    *messages = (uint64_t)layout->ranks - 1;
    *sent_B = whole(layout) - block_B(layout, rank);
}

static double scatter_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                              double gamma_sB)
{
    double b = largest_B(layout);
    return (layout->ranks - 1) * (alpha_s + b * beta_sB + b * gamma_sB);
}

/* Everything but what it ends with: its own block, and that of the rank it absorbed, which goes
 * back at the end. */
static void halving_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                            uint64_t *messages)
{
    int k = log2_floor(layout->ranks), role = fold_role(layout->ranks, rank);
    *messages = role == 0 ? 1 : (uint64_t)(k + (role > 0));
    *sent_B = whole(layout) - (role == 0 ? 0 : block_B(layout, rank));
}

/* log2 p·α + (p−1)/p·M(β + γ) on powers of two. With a fold: everything once more, then P' numbers
 * of which the first rem have two blocks: the halves that hold number 0 are the largest; the block
 * that unfolds is the last. */
static double halving_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                              double gamma_sB)
{
    int p = layout->ranks, k = log2_floor(p), rem = p - (1 << k), f = folds(p);
    double m = (double)whole(layout), halves = 0, b = (double)block_B(layout, 0);
    for (int size = 1; size < 1 << k; size *= 2)
        halves += b * (size + (size < rem ? size : rem));
    return (k + 2 * f) * alpha_s + (halves + f * (m + b)) * beta_sB + (halves + f * m) * gamma_sB;
}

/* ---- all-gather ---- */

/* Every block but the one that the right neighbour contributes. */
static void ring_gather_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                uint64_t *messages)
{
    *messages = (uint64_t)layout->ranks - 1;
    *sent_B = whole(layout) - block_B(layout, rank + 1);
}

static double ring_gather_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                                  double gamma_sB)
{
    (void)gamma_sB;
    return (layout->ranks - 1) * (alpha_s + largest_B(layout) * beta_sB);
}

static int powers_of_two(int p)
{
    return !folds(p);
}

static void gather_doubling_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                    uint64_t *messages)
{
    for (int size = 1; size < layout->ranks; size *= 2) {
        *messages += 1;
        *sent_B += blocks_B(layout, rank / size * size, size);
    }
}

/* ⌈log2 p⌉α + (p−1)bβ, for doubling and for Bruck. */
static double gather_logarithmic_seconds(const struct tw_layout *layout, double alpha_s,
                                         double beta_sB, double gamma_sB)
{
    (void)gamma_sB;
    return log2_ceil(layout->ranks) * alpha_s + (layout->ranks - 1) * largest_B(layout) * beta_sB;
}

static void gather_bruck_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                 uint64_t *messages)
{
    for (int have = 1; have < layout->ranks; have *= 2) {
        int missing = layout->ranks - have;
        *messages += 1;
        *sent_B += blocks_B(layout, rank, have < missing ? have : missing);
    }
}

static int even_numbers(int p)
{
    return p % 2 == 0;
}

/* Its own block, then every pair but the last one it gets. Pairs come from both sides in turn, at
 * distance 1, 1, 2, 2, …: of m pairs the last is the one opposite, or for odd m the farther of the
 * two opposite, m/2 (rounded down) ahead of an even rank's and behind an odd rank's. */
static void neighbor_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    int pairs = layout->ranks / 2, far = rank % 2 ? pairs - pairs / 2 : pairs / 2;
    int last = (rank / 2 + far) % pairs;
    *messages = (uint64_t)pairs;
    *sent_B = block_B(layout, rank);
    if (pairs > 1)
        *sent_B += whole(layout) - blocks_B(layout, 2 * last, 2);
}

static double neighbor_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                               double gamma_sB)
{
    (void)gamma_sB;
    int p = layout->ranks;
    return p == 1 ? 0 : p / 2 * alpha_s + (p - 1) * largest_B(layout) * beta_sB;
}

#endif
