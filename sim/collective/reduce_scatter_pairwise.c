/* Pairwise reduce-scatter: in each step every rank hands another one the block that is its.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005 (pairwise exchange).
 *
 *   step s of p−1:  rank r sends block r+s+1 to its owner, and combines its own block from r−s−1
 *
 * Five ranks; whom each rank sends that one's block:
 *
 *   step      0   1   2   3
 *   rank 0    1   2   3   4
 *   rank 1    2   3   4   0
 *   rank 2    3   4   0   1
 *   rank 3    4   0   1   2
 *   rank 4    0   1   2   3
 *
 * Cost, exact, b bytes of the largest block (its owner receives it in every step):
 *   (p−1)(α + bβ + bγ)
 * Every rank sends p−1 messages and all bytes but its own block's. */
#include "shapes.h"

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int to = tw_shape_around(rank, s + 1, layout->ranks);
    int from = tw_shape_around(rank, -s - 1, layout->ranks);
    out[0] = tw_shape_block(to, TW_SEND, (uint32_t)to);
    out[1] = tw_shape_block(from, TW_RECEIVE_COMBINE, (uint32_t)rank);
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double largest_B = tw_shape_largest_B(layout);
    return (layout->ranks - 1) * (alpha_s + largest_B * beta_sB + largest_B * gamma_sB);
}

const struct tw_algorithm tw_algorithm_reduce_scatter_pairwise = {
    .member = {.name = "pairwise",
               .summary = "each rank hands every other one its block; blocks may be unequal",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
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
