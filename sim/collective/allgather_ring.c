/* Ring all-gather of unequal contributions: each block travels once around the ring.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005 (ring algorithm).
 *
 *   step s of p−1:  rank r sends block r−s to r+1 and copies block r−s−1 from r−1
 *
 * Five ranks; the block that each rank sends to its right neighbour:
 *
 *   step          0   1   2   3
 *   rank 0 → 1    b0  b4  b3  b2
 *   rank 1 → 2    b1  b0  b4  b3
 *   rank 2 → 3    b2  b1  b0  b4
 *   rank 3 → 4    b3  b2  b1  b0
 *   rank 4 → 0    b4  b3  b2  b1
 *
 * Cost, exact on equal links, b_i bytes contributed by rank i (the largest moves in every step):
 *   (p−1)(α + β·max b_i)
 * Every rank sends p−1 messages, empty ones included, and all bytes but its right neighbour's. */
#include "shapes.h"

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks;
    int sent = rank >= s ? rank - s : rank - s + p, received = sent == 0 ? p - 1 : sent - 1;
    int right = rank + 1 == p ? 0 : rank + 1, left = rank == 0 ? p - 1 : rank - 1;
    out[0] = (struct tw_piece){right, TW_SEND, (uint32_t)sent, 1, 1};
    out[1] = (struct tw_piece){left, TW_RECEIVE_COPY, (uint32_t)received, 1, 1};
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    return (layout->ranks - 1) * (alpha_s + tw_shape_largest_B(layout) * beta_sB);
}

const struct tw_algorithm tw_algorithm_allgather_ring = {
    .member = {.name = "ring",
               .summary = "each rank's block travels once around the ring; blocks may be unequal",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_GATHER},
    .kind = TW_GATHER,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = tw_shape_others,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
