/* Closed forms of all-reduces on grids, servers and trees, of all-to-alls and broadcasts; see
 * schedule_forms.h. */
#ifndef TW_TESTS_SCHEDULE_FORMS_MORE_H
#define TW_TESTS_SCHEDULE_FORMS_MORE_H

#include "laws/schedule_forms.h"

/* ---- segmented ring: blocks c, c + p, c + 2p, … are the ring's block c ---- */

static uint64_t strided_B(const struct tw_layout *layout, int first, int stride)
{
    uint64_t bytes = 0;
    for (int b = first; b < (int)layout->blocks; b += stride)
        bytes += block_B(layout, b);
    return bytes;
}

/* Every phase sends all blocks but the rank's own, the gather all but the right neighbour's. */
static void segmented_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                              uint64_t *messages)
{
    int p = layout->ranks;
    *messages = (layout->blocks / (uint64_t)p + 1) * ((uint64_t)p - 1);
    *sent_B = 2 * whole(layout) - strided_B(layout, rank, p) - strided_B(layout, (rank + 1) % p, p);
}

static double segmented_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                                double gamma_sB)
{
    int p = layout->ranks, phases = (int)layout->blocks / p;
    double b = (double)((layout->count + (uint64_t)p - 1) / (uint64_t)p * layout->element_B);
    return (p - 1) * ((phases + 1) * alpha_s + b * (2 * beta_sB + gamma_sB));
}

/* ---- grids: chunk c is blocks c, c + inside, …; columns see the even cut of their chunk ---- */

static struct tw_layout chunk_of(const struct tw_layout *layout, int inside, int chunk)
{
    struct tw_layout column = *layout;
    column.ranks = layout->ranks / inside;
    column.blocks = layout->blocks / (uint32_t)inside;
    column.count = strided_B(layout, chunk, inside) / layout->element_B;
    return column;
}

/* In the row: all chunks but its own, later all but the right neighbour's; then the column's. */
static void grid_traffic(const struct tw_layout *layout, int inside, const struct law *between,
                         int rank, uint64_t *sent_B, uint64_t *messages)
{
    int column = rank % inside;
    struct tw_layout own = chunk_of(layout, inside, column);
    if (own.ranks > 1)
        between->traffic(&own, rank / inside, sent_B, messages);
    *messages += 2 * ((uint64_t)inside - 1);
    *sent_B += 2 * whole(layout) - whole(&own) - strided_B(layout, (column + 1) % inside, inside);
}

static double grid_seconds(const struct tw_layout *layout, int inside, const struct law *between,
                           const double *constants)
{
    struct tw_layout first = chunk_of(layout, inside, 0);
    double row_s = 2 * constants[0] + (double)whole(&first) * (2 * constants[1] + constants[2]);
    return (inside - 1) * row_s +
           between->seconds(&first, constants[0], constants[1], constants[2]);
}

static const struct law ring_law = {TW_SUM,           "ring", ring_sum_traffic,
                                    ring_sum_seconds, ALWAYS, NULL};
static const struct law rabenseifner_law = {
    TW_SUM, "rabenseifner", rabenseifner_traffic, rabenseifner_seconds, ALWAYS, NULL};

static int columns_of(int p)
{
    int a = p;
    while (a > 1 && (p % a || a * a > p))
        a--;
    return a;
}

static int composite_numbers(int p)
{
    return columns_of(p) > 1;
}

static void torus_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                          uint64_t *messages)
{
    grid_traffic(layout, columns_of(layout->ranks), &ring_law, rank, sent_B, messages);
}

static double torus_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                            double gamma_sB)
{
    const double constants[] = {alpha_s, beta_sB, gamma_sB};
    return grid_seconds(layout, columns_of(layout->ranks), &ring_law, constants);
}

static void hierarchical_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                 uint64_t *messages)
{
    grid_traffic(layout, layout->node_ranks, &rabenseifner_law, rank, sent_B, messages);
}

static double hierarchical_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                                   double gamma_sB)
{
    const double constants[] = {alpha_s, beta_sB, gamma_sB};
    return layout->ranks == 1
               ? 0
               : grid_seconds(layout, layout->node_ranks, &rabenseifner_law, constants);
}

/* ---- parameter servers ---- */

static void server_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                           uint64_t *messages)
{
    *messages = rank ? 1 : (uint64_t)layout->ranks - 1;
    *sent_B = *messages * whole(layout);
}

static double server_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                             double gamma_sB)
{
    double workers_B = (layout->ranks - 1) * (double)whole(layout);
    return layout->ranks == 1 ? 0 : 2 * (alpha_s + workers_B * beta_sB) + workers_B * gamma_sB;
}

/* Everybody's shares, then its own to everybody. */
static void sharded_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                            uint64_t *messages)
{
    uint64_t others = (uint64_t)layout->ranks - 1, own_B = block_B(layout, rank);
    *messages = 2 * others;
    *sent_B = whole(layout) - own_B + others * own_B;
}

static double sharded_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                              double gamma_sB)
{
    double workers_B = (layout->ranks - 1) * largest_B(layout);
    return layout->ranks == 1 ? 0 : 2 * (alpha_s + workers_B * beta_sB) + workers_B * gamma_sB;
}

/* ---- double binary tree ---- */

/* NCCL's rule: the lowest bit moves up by one, or is cleared where that leaves the tree. */
static int tree_parent(int nodes, int v)
{
    int bit = 1;
    while (!(v & bit))
        bit <<= 1;
    int up = (v ^ bit) | (bit << 1);
    return up < nodes ? up : v ^ bit;
}

/* In each tree and segment one message to the parent and one to every child. */
static void tree_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                         uint64_t *messages)
{
    int p = layout->ranks, segments = (int)layout->blocks / 2;
    for (int tree = 0; tree < 2; tree++) {
        int node = tree == 0 ? rank : p % 2 ? (rank + p - 1) % p : p - 1 - rank;
        uint64_t partners = node > 0;
        for (int v = 1; v < p; v++)
            partners += tree_parent(p, v) == node;
        *messages += partners * (uint64_t)segments;
        *sent_B += partners * blocks_B(layout, tree * segments, segments);
    }
}

static double tree_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                           double gamma_sB)
{
    int segments = (int)layout->blocks / 2;
    int ticks = layout->ranks == 1 ? 0 : 4 * log2_ceil(layout->ranks) + 3 * (segments - 1);
    return ticks * (alpha_s + 2 * largest_B(layout) * (beta_sB + gamma_sB));
}

/* ---- all-to-all: block r·p + q goes from r to q ---- */

static void exchange_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    int p = layout->ranks;
    *messages = (uint64_t)p - 1;
    *sent_B = blocks_B(layout, rank * p, p) - block_B(layout, rank * p + rank);
}

static double exchange_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                               double gamma_sB)
{
    (void)gamma_sB;
    return (layout->ranks - 1) * (alpha_s + largest_B(layout) * beta_sB);
}

/* A block is sent by the ranks that it passes: where the sum of the lower digits of its way brings
 * it. Seen from the block: (q, q+d) is at q + (d mod 2^k) when digit k, which d has, is its turn.
 */
static void bruck_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                          uint64_t *messages)
{
    int p = layout->ranks;
    *messages = (uint64_t)log2_ceil(p);
    for (int q = 0; q < p; q++)
        for (int digit = 1, way = (rank - q + p) % p; digit < p; digit *= 2)
            for (int d = way; d < p; d++)
                if (way < digit && d % digit == way && d / digit % 2)
                    *sent_B += block_B(layout, q * p + (q + d) % p);
}

/* log2 p·(α + p/2·bβ) on powers of two; else as many blocks per step as distances have the digit.
 */
static double bruck_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                            double gamma_sB)
{
    (void)gamma_sB;
    int blocks = 0;
    for (int digit = 1; digit < layout->ranks; digit *= 2)
        for (int d = 1; d < layout->ranks; d++)
            blocks += d / digit % 2;
    return log2_ceil(layout->ranks) * alpha_s + blocks * largest_B(layout) * beta_sB;
}

/* ---- broadcast, ranks counted from the root ---- */

static int from_root(const struct tw_layout *layout, int rank)
{
    return (rank - layout->root + layout->ranks) % layout->ranks;
}

static void spread_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                           uint64_t *messages)
{
    *messages = binomial_children(layout->ranks, from_root(layout, rank));
    *sent_B = *messages * whole(layout);
}

static double spread_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                             double gamma_sB)
{
    (void)gamma_sB;
    return log2_ceil(layout->ranks) * (alpha_s + (double)whole(layout) * beta_sB);
}

/* What node v has after dealing: v and its subtree, all nodes up to the next multiple of v's lowest
 * bit. */
static int subtree(int p, int v)
{
    int nodes = 1;
    while (v + nodes < p && (v == 0 || (v + nodes) % ((v ^ (v & (v - 1))))))
        nodes++;
    return nodes;
}

/* Dealing: its subtree but for itself, a message per child. Ring: what the right neighbour lacks.
 */
static void deal_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                         uint64_t *messages)
{
    int p = layout->ranks, v = from_root(layout, rank), right = (v + 1) % p;
    int lacks = p - subtree(p, right);
    *messages = binomial_children(p, v) + (uint64_t)lacks;
    *sent_B = blocks_B(layout, v + 1, subtree(p, v) - 1);
    *sent_B += blocks_B(layout, right + subtree(p, right), lacks);
}

/* (⌈log2 p⌉ + p − 1)α + 2(p−1)/p·Mβ for equal blocks. */
static double deal_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                           double gamma_sB)
{
    (void)gamma_sB;
    int p = layout->ranks;
    double b = largest_B(layout), m = (double)whole(layout);
    return (log2_ceil(p) + p - 1) * alpha_s + (m - b + (p - 1) * b) * beta_sB;
}

#endif
