/* Double binary tree all-reduce, pipelined: half of the data goes up and down one tree, half
 * another one, and the inner ranks of the one are leaves of the other.
 *
 * Sanders, Speck, Träff: Two-tree algorithms for full bandwidth broadcast, reduction and scan,
 * Parallel Computing 35(12), 2009; the trees are NCCL's (src/graph/trees.cc). NCCL's chunks are
 * sent as they come; here every message has its tick, so that a rank sends and receives at most one
 * message per tree and tick.
 *
 * Tree of nodes 0 … p−1: below node v with lowest bit 2^h hang v − 2^(h−1) and v + 2^(h−1), or,
 * where that is beyond the last, the next v + 2^j that is not; below 0 hangs the largest power of
 * two < p. Lane 0: node v is rank v. Lane 1: rank p−1−v for even p, v+1 (mod p) for odd p.
 *
 *   0---------------8               Six ranks, lane 0:  0 - 4, 4 - 2 and 4 - 5, 2 - 1 and 2 - 3
 *          ______/ \______                    lane 1:  5 - 1, 1 - 3 and 1 - 0, 3 - 4 and 3 - 2
 *         4               12
 *       /   \            /  \
 *     2       6       10     \
 *    / \     / \     /  \     \
 *   1   3   5   7   9   11    13
 *
 * Ticks. Each tree has m segments. An inner node takes a segment from two children and its parent,
 * and gives one to each of them: a segment every three ticks. Let x(v) be the sum over the edges
 * between v and the root of 1 for a left child and 2 for a right one, depth(v) their number, A =
 * 2⌈log2 p⌉ − 1: segment t goes up from v to its parent in tick      A − 3·depth(v) + x(v) + 3t
 *   segment t comes down to v from its parent in tick   A + x(v) + 3t
 * So children are heard one and two ticks before their parent is told, both trees of a segment pass
 * each other in opposite directions, and, modulo 3, all of a node's sends differ, and its receives.
 * Ticks: 4⌈log2 p⌉ + 3(m−1), idle ones included, which cost nothing.
 *
 * Cost, bound: every tick as long as a message of s bytes (the largest segment) in either lane, the
 * lanes sharing link and device:
 *   (4⌈log2 p⌉ + 3(m−1))(α + 2s(β + γ))
 * No closed form is known. Ticks of lanes overlap: an inner rank has three messages per segment in
 * one lane and one in the other, 2Mβ in all, so that long vectors take about 2/3 of the bound. A
 * segment is 512 KiB (NCCL's buffers of 4 MiB have 8 slots) unless the layout names another size.
 */
#include "rank_bits.h"
#include "shapes.h"

enum { SEGMENT_B = 1 << 19, SEGMENTS_MAX = 1 << 20 };

static int fits(const struct tw_layout *layout)
{
    return tw_shape_segments_fit(layout, 2, SEGMENTS_MAX);
}

static uint32_t blocks(const struct tw_layout *layout)
{
    return 2 * tw_shape_segments(layout, 2, SEGMENT_B, SEGMENTS_MAX);
}

static int steps(const struct tw_layout *layout)
{
    int levels = tw_rank_bits_ceil(layout->ranks), segments = (int)(layout->blocks / 2);
    return layout->ranks == 1 ? 0 : 4 * levels + 3 * (segments - 1);
}

/* ---- the tree ---- */

static int parent_of(int nodes, int v)
{
    int bit = v & -v, parent = (v ^ bit) | bit << 1;
    return parent < nodes ? parent : v ^ bit;
}

static int left_of(int v)
{
    int half = (v & -v) / 2;
    return half > 0 ? v - half : -1;
}

static int right_of(int nodes, int v)
{
    int half = v == 0 ? 1 << tw_rank_bits_ceil(nodes) : v & -v;
    for (half /= 2; half > 0; half /= 2)
        if (v + half < nodes)
            return v + half;
    return -1;
}

/* A rank's place, and its way back; each other's inverse for lane 0 and for even p. */
static int node_of(int ranks, int lane, int rank)
{
    return lane == 0 ? rank : ranks % 2 ? tw_shape_around(rank, -1, ranks) : ranks - 1 - rank;
}

static int rank_of(int ranks, int lane, int v)
{
    return lane == 0 ? v : ranks % 2 ? tw_shape_around(v, 1, ranks) : ranks - 1 - v;
}

/* ---- ticks ---- */

struct place {
    const struct tw_layout *layout;
    int lane, s;
};

/* A piece with node `other`, when the tick is that of a segment whose first one is in tick `from`.
 */
static int at(const struct place *place, int other, enum tw_action action, int from,
              struct tw_piece *out)
{
    int segments = (int)(place->layout->blocks / 2), since = place->s - from;
    if (other < 0 || since < 0 || since % 3 != 0 || since / 3 >= segments)
        return 0;
    int peer = rank_of(place->layout->ranks, place->lane, other);
    *out = tw_shape_block(peer, action, (uint32_t)(place->lane * segments + since / 3));
    return 1;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    struct place place = {layout, lane, s};
    int p = layout->ranks, v = node_of(p, lane, rank), down = 2 * tw_rank_bits_ceil(p) - 1;
    int up = down, pieces = 0;
    for (int node = v; node > 0; node = parent_of(p, node)) {
        int delay = node < parent_of(p, node) ? 1 : 2;
        down += delay;
        up += delay - 3;
    }
    if (v > 0) {
        pieces += at(&place, parent_of(p, v), TW_SEND, up, out + pieces);
        pieces += at(&place, parent_of(p, v), TW_RECEIVE_COPY, down, out + pieces);
    }
    int left = v == 0 ? -1 : left_of(v), right = right_of(p, v);
    pieces += at(&place, left, TW_RECEIVE_COMBINE, up - 2, out + pieces);
    pieces += at(&place, right, TW_RECEIVE_COMBINE, up - 1, out + pieces);
    pieces += at(&place, left, TW_SEND, down + 1, out + pieces);
    pieces += at(&place, right, TW_SEND, down + 2, out + pieces);
    return pieces;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double both_B = 2 * tw_shape_largest_B(layout);
    return steps(layout) * (alpha_s + both_B * (beta_sB + gamma_sB));
}

const struct tw_algorithm tw_algorithm_allreduce_double_binary_tree = {
    .member = {.name = "double_binary_tree",
               .summary =
                   "two pipelined trees, each rank a leaf of one: few steps, most bytes' speed",
               .source = "Sanders, Speck and Träff, Parallel Computing 35(12), 2009; NCCL's trees",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .fits = fits,
    .blocks = blocks,
    .lanes = tw_shape_two,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
