/* Ring reduce-scatter: the partial sum of each block travels once around the ring and ends at home.
 *
 * Patarasuk, Yuan: Bandwidth optimal all-reduce algorithms for clusters of workstations, Journal of
 * Parallel and Distributed Computing 69(2), 2009 (its first half, shifted so that rank r ends with
 * block r).
 *
 *   step s of p−1:  rank r sends block r−1−s to r+1 and combines block r−2−s from r−1
 *
 * Five ranks; the block that each rank sends to its right neighbour:
 *
 *   step          0   1   2   3
 *   rank 0 → 1    b4  b3  b2  b1
 *   rank 1 → 2    b0  b4  b3  b2
 *   rank 2 → 3    b1  b0  b4  b3
 *   rank 3 → 4    b2  b1  b0  b4
 *   rank 4 → 0    b3  b2  b1  b0
 *
 * Cost, exact, b bytes of the largest block (it moves in every step):
 *   (p−1)(α + bβ + bγ)
 * Every rank sends p−1 messages and all bytes but its own block's. */
#include "shapes.h"

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks, left = tw_shape_around(rank, -1, p);
    int sent = tw_shape_around(left, -s, p), received = tw_shape_around(sent, -1, p);
    out[0] = tw_shape_block(tw_shape_around(rank, 1, p), TW_SEND, (uint32_t)sent);
    out[1] = tw_shape_block(left, TW_RECEIVE_COMBINE, (uint32_t)received);
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double largest_B = tw_shape_largest_B(layout);
    return (layout->ranks - 1) * (alpha_s + largest_B * beta_sB + largest_B * gamma_sB);
}

const struct tw_algorithm tw_algorithm_reduce_scatter_ring = {
    .member = {.name = "ring",
               .summary = "partial sums travel once around the ring; blocks may be unequal",
               .source = "Patarasuk and Yuan, J. Parallel Distrib. Comput. 69(2), 2009",
               .requests = 1U << TW_REDUCE_SCATTER},
    .kind = TW_REDUCE_SCATTER,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = tw_shape_others,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
