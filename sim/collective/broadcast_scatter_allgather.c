/* Broadcast as a scatter and an all-gather: a binomial tree deals the blocks out, then they go
 * around the ring.
 *
 * Barnett, Gupta, Payne, Shuler, van de Geijn, Watts: Interprocessor collective communication
 * library, SHPCC 1994; Thakur, Rabenseifner, Gropp, International Journal of High Performance
 * Computing Applications 19(1), 2005 (long messages). A rank is not sent again what it still has
 * from dealing (Zhou, Marjanovic, Niethammer, Gracia: A bandwidth-saving optimization for MPI
 * broadcast collective operation, ICPP Workshops 2015); in particular nothing is sent to the root.
 *
 * With L = ⌈log2 p⌉ and ranks counted from the root, v = r − root (mod p); p blocks:
 *   step k = 0 … L−1, d = 2^(L−1−k):  every multiple v of 2d sends blocks v+d … v+2d−1 to v + d
 *   step L+s, s = 0 … p−2:            v sends block v−s to v+1, unless that one has it from dealing
 *
 * Five ranks, root 0 (L = 3); after dealing 0 has all, 2 has b2 and b3, the others their own:
 *
 *   step 0        step 1          step 2       step       3   4   5   6
 *   0 → 4  b4     0 → 2  b2 b3    0 → 1  b1    0 → 1      b0  b4  b3  b2
 *                                 2 → 3  b3    1 → 2      b1  b0  b4  (b3)
 *                                              2 → 3      b2  b1  b0  b4
 *                                              3 → 4      b3  b2  b1  b0
 *
 * Cost, exact, M bytes of everything, b of the first (largest) block: the root deals in every step,
 * then its own block goes all the way.
 *   (⌈log2 p⌉ + p−1)α + (M − b)β + (p−1)bβ
 * which is (⌈log2 p⌉ + p−1)α + 2(p−1)/p·Mβ for equal blocks. */
#include "rank_bits.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return tw_rank_bits_ceil(layout->ranks) + layout->ranks - 1;
}

/* How many blocks, from its own on, a rank has after dealing. */
static int dealt(int ranks, int v)
{
    int below = v & -v;
    return v == 0 ? ranks : below < ranks - v ? below : ranks - v;
}

static int deal(const struct tw_layout *layout, int v, int distance, struct tw_piece *out)
{
    int p = layout->ranks, child = (v & distance) != 0;
    if (v & (distance - 1) || (!child && v + distance >= p))
        return 0;
    int first = child ? v : v + distance, count = distance < p - first ? distance : p - first;
    int peer = tw_shape_around(child ? v - distance : first, layout->root, p);
    out[0] = tw_shape_run(peer, child ? TW_RECEIVE_COPY : TW_SEND, first, count);
    return 1;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks, levels = tw_rank_bits_ceil(p), pieces = 0;
    int v = tw_shape_around(rank, -layout->root, p);
    if (s < levels)
        return deal(layout, v, 1 << (levels - 1 - s), out);
    int t = s - levels, right = tw_shape_around(v, 1, p);
    if (t < p - dealt(p, right))
        out[pieces++] = tw_shape_block(tw_shape_around(rank, 1, p), TW_SEND,
                                       (uint32_t)tw_shape_around(v, -t, p));
    if (t < p - dealt(p, v))
        out[pieces++] = tw_shape_block(tw_shape_around(rank, -1, p), TW_RECEIVE_COPY,
                                       (uint32_t)tw_shape_around(v, -1 - t, p));
    return pieces;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    double first_B = tw_layout_B(layout, 0, 1), whole_B = tw_layout_B(layout, 0, layout->ranks);
    return steps(layout) * alpha_s + (whole_B - first_B + (layout->ranks - 1) * first_B) * beta_sB;
}

const struct tw_algorithm tw_algorithm_broadcast_scatter_allgather = {
    .member = {.name = "scatter_allgather",
               .summary = "blocks are dealt out, then go around the ring: least bytes",
               .source = "Thakur et al., IJHPCA 19(1), 2005; Zhou et al., ICPP Workshops 2015",
               .requests = 1U << TW_BROADCAST},
    .kind = TW_BROADCAST,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
