/* Binomial broadcast: everyone who has the data passes it on to somebody who has not.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005 (short messages).
 *
 * With L = ⌈log2 p⌉ and ranks counted from the root, v = r − root (mod p):
 *   step k = 0 … L−1, d = 2^(L−1−k):  every multiple v of 2d sends everything to v + d
 *
 * Five ranks, root 0 (L = 3):
 *
 *   step 0 (d=4)   step 1 (d=2)   step 2 (d=1)
 *   0 → 4          0 → 2          0 → 1
 *                                 2 → 3
 *
 * Cost, exact, M bytes of everything (the root is busy in every step): ⌈log2 p⌉(α + Mβ)
 * Messages sent: one per child. */
#include "rank_bits.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return tw_rank_bits_ceil(layout->ranks);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks, distance = 1 << (steps(layout) - 1 - s);
    int v = tw_shape_around(rank, -layout->root, p);
    if (v & (distance - 1))
        return 0;
    int child = (v & distance) != 0, other = child ? v - distance : v + distance;
    if (other >= p)
        return 0;
    out[0] = tw_shape_block(tw_shape_around(other, layout->root, p),
                            child ? TW_RECEIVE_COPY : TW_SEND, 0);
    return 1;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    return steps(layout) * (alpha_s + (double)layout->count * layout->element_B * beta_sB);
}

const struct tw_algorithm tw_algorithm_broadcast_binomial = {
    .member = {.name = "binomial",
               .summary = "everyone who has the data passes it on: least steps",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_BROADCAST},
    .kind = TW_BROADCAST,
    .one_port = 1,
    .blocks = tw_shape_whole,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_one,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
