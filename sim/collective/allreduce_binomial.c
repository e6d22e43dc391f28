/* Binomial all-reduce: a binomial tree reduces to rank 0, the same tree broadcasts from it.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005 (both halves).
 *
 * With L = ⌈log2 p⌉ and the distance d = 2^k, every rank that is an odd multiple of d is a child
 * of the rank d below it:
 *   step k = 0 … L−1:         children at distance 2^k send everything, parents combine
 *   step L+j, k = L−1−j:      parents send everything to the child at distance 2^k, it copies
 *
 * Five ranks (L = 3):
 *
 *   reduce  step 0 (d=1)   step 1 (d=2)   step 2 (d=4)      tree       0
 *           1 → 0          2 → 0          4 → 0                      / | \
 *           3 → 2                                                   1  2  4
 *   bcast   step 3 (d=4)   step 4 (d=2)   step 5 (d=1)                 |
 *           0 → 4          0 → 2          0 → 1                        3
 *                                         2 → 3
 *
 * Cost, exact, M bytes of the whole vector (rank 0 is busy in every step):
 *   2⌈log2 p⌉(α + Mβ) + ⌈log2 p⌉Mγ
 * Messages sent: one per child, and one to the parent. */
#include "rank_bits.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return 2 * tw_rank_bits_ceil(layout->ranks);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int levels = tw_rank_bits_ceil(layout->ranks), reducing = s < levels;
    int distance = 1 << (reducing ? s : 2 * levels - 1 - s);
    if (rank & (distance - 1))
        return 0;
    int child = (rank & distance) != 0, peer = child ? rank - distance : rank + distance;
    if (peer >= layout->ranks)
        return 0;
    enum tw_action takes = reducing ? TW_RECEIVE_COMBINE : TW_RECEIVE_COPY;
    out[0] = (struct tw_piece){peer, child == reducing ? TW_SEND : takes, 0, 1, 1};
    return 1;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double levels = tw_rank_bits_ceil(layout->ranks);
    double whole_B = (double)layout->count * layout->element_B;
    return 2 * levels * (alpha_s + whole_B * beta_sB) + levels * whole_B * gamma_sB;
}

const struct tw_algorithm tw_algorithm_allreduce_binomial = {
    .member = {.name = "binomial",
               .summary = "a binomial tree reduces to rank 0 and broadcasts from it",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .blocks = tw_shape_whole,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_one,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
