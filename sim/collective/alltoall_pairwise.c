/* Pairwise all-to-all: in each step every rank hands another one what is meant for it.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005 (long messages).
 *
 *   step s of p−1:  rank r sends block (r, r+s+1) to r+s+1 and copies block (r−s−1, r) from r−s−1
 *
 * Five ranks; whom each rank sends its block for it:
 *
 *   step      0   1   2   3
 *   rank 0    1   2   3   4
 *   rank 1    2   3   4   0
 *   rank 2    3   4   0   1
 *   rank 3    4   0   1   2
 *   rank 4    0   1   2   3
 *
 * Cost, bound (each step at most the largest block sent in it), exact for equal blocks:
 *   Σ_{d=1…p−1} (α + β·max over r of the bytes of block (r, r+d))
 * which is (p−1)(α + bβ) for equal blocks of b bytes. Every rank sends p−1 messages. */
#include "shapes.h"

static uint32_t block_of(const struct tw_layout *layout, int from, int to)
{
    return (uint32_t)from * (uint32_t)layout->ranks + (uint32_t)to;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int to = tw_shape_around(rank, s + 1, layout->ranks);
    int from = tw_shape_around(rank, -s - 1, layout->ranks);
    out[0] = tw_shape_block(to, TW_SEND, block_of(layout, rank, to));
    out[1] = tw_shape_block(from, TW_RECEIVE_COPY, block_of(layout, from, rank));
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    double seconds = 0;
    for (int d = 1; d < layout->ranks; d++)
        seconds += alpha_s + tw_shape_farthest_B(layout, d) * beta_sB;
    return seconds;
}

const struct tw_algorithm tw_algorithm_alltoall_pairwise = {
    .member = {.name = "pairwise",
               .summary = "each rank hands every other one its block: least bytes",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_ALL_TO_ALL},
    .kind = TW_ALL_TO_ALL,
    .one_port = 1,
    .blocks = tw_shape_by_pair,
    .lanes = tw_shape_one,
    .steps = tw_shape_others,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
