/* Bruck's all-to-all: a block that has d ranks to go travels the binary digits of d, together with
 * all others that have that digit. Few messages, but blocks are sent several times.
 *
 * Bruck, Ho, Kipnis, Upfal, Weathersby: Efficient algorithms for all-to-all communications in
 * multiport message-passing systems, IEEE Transactions on Parallel and Distributed Systems 8(11),
 * 1997. Its rotations move data within a rank's memory only and are not needed here, where blocks
 * have global names.
 *
 *   step k of ⌈log2 p⌉:  rank r sends to r+2^k, of every distance d with binary digit k, the block
 *                        that has come the lower digits of d: (q, q+d) with q = r − (d mod 2^k)
 *
 * Five ranks, what rank 0 sends (the others are shifted); (q, t) is what q sends t:
 *
 *   step 0 (d = 1, 3)    to 1:  (0,1) (0,3)
 *   step 1 (d = 2, 3)    to 2:  (0,2) (4,2)
 *   step 2 (d = 4)       to 4:  (0,4)
 *
 * Cost, bound (every distance at its largest block), exact for equal blocks:
 *   ⌈log2 p⌉α + β·Σ_d (binary digits of d that are 1)·max over r of the bytes of block (r, r+d)
 * which is log2 p·(α + p/2·bβ) for equal blocks of b bytes on a power of two.
 * Every rank sends ⌈log2 p⌉ messages. */
#include "rank_bits.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return tw_rank_bits_ceil(layout->ranks);
}

/* Half of the distances (or fewer) one way and the other; all of them is enough for both. */
static int pieces_max(const struct tw_layout *layout)
{
    return layout->ranks;
}

/* The blocks that leave rank `from` in step s, as pieces with `peer`. */
static int travelling(const struct tw_layout *layout, int from, int s, int peer,
                      enum tw_action action, struct tw_piece *out)
{
    int p = layout->ranks, pieces = 0, digit = 1 << s;
    for (int d = digit; d < p; d = (d + 1) | digit) {
        int source = tw_shape_around(from, -(d & (digit - 1)), p);
        int target = tw_shape_around(source, d, p);
        out[pieces++] =
            tw_shape_block(peer, action, (uint32_t)source * (uint32_t)p + (uint32_t)target);
    }
    return pieces;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int to = tw_shape_around(rank, 1 << s, layout->ranks);
    int from = tw_shape_around(rank, -(1 << s), layout->ranks);
    int pieces = travelling(layout, rank, s, to, TW_SEND, out);
    return pieces + travelling(layout, from, s, from, TW_RECEIVE_COPY, out + pieces);
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    double bytes = 0;
    for (int d = 1; d < layout->ranks; d++)
        bytes += __builtin_popcount((unsigned)d) * tw_shape_farthest_B(layout, d);
    return steps(layout) * alpha_s + bytes * beta_sB;
}

const struct tw_algorithm tw_algorithm_alltoall_bruck = {
    .member = {.name = "bruck",
               .summary = "blocks travel the binary digits of their way: least steps",
               .source = "Bruck et al., IEEE TPDS 8(11), 1997",
               .requests = 1U << TW_ALL_TO_ALL},
    .kind = TW_ALL_TO_ALL,
    .one_port = 1,
    .blocks = tw_shape_by_pair,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = pieces_max,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
