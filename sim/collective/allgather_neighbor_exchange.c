/* Neighbour exchange: every rank trades with its left and its right neighbour in turn, two blocks
 * at a time, so that only neighbours ever talk and half the ring's steps are enough.
 *
 * Chen, Zhang, Yuan, Zhang: Performance evaluation of Allgather algorithms on terascale Linux
 * cluster with fast Ethernet, HPC Asia 2005. For even numbers of ranks only, as there and in Open
 * MPI.
 *
 * Pair i is blocks 2i and 2i+1. Step 0: ranks 2i and 2i+1 exchange their blocks. Step s ≥ 1: the
 * pair that a rank got last (its own in step 1) against the neighbour's; even ranks turn left in
 * odd steps and right in even ones, odd ranks the other way. Even rank r = 2i so receives pairs
 *   i−1, i+1, i−2, i+2, …  (mod p/2), odd rank 2i+1 mirrored: i+1, i−1, i+2, …
 *
 * Six ranks:
 *
 *   step 0                step 1                       step 2
 *   0 ↔ 1  b0, b1         1 ↔ 2  b0-1 against b2-3     0 ↔ 1  b4-5 against b2-3
 *   2 ↔ 3  b2, b3         3 ↔ 4  b2-3 against b4-5     2 ↔ 3  b0-1 against b4-5
 *   4 ↔ 5  b4, b5         5 ↔ 0  b4-5 against b0-1     4 ↔ 5  b2-3 against b0-1
 *
 * Cost, bound (the largest block, then the largest pair in every step), exact for equal blocks:
 *   p/2·α + β·max b_i + (p/2 − 1)β·max(b_2i + b_{2i+1})
 * which is p/2·α + (p−1)bβ for equal blocks of b bytes. Every rank sends p/2 messages. */
#include "shapes.h"

static int fits(const struct tw_layout *layout)
{
    return layout->ranks % 2 == 0 || layout->ranks == 1;
}

static int steps(const struct tw_layout *layout)
{
    return layout->ranks / 2;
}

/* The pair that a rank receives in step s ≥ 1; its own for s = 0. */
static int pair_received(int ranks, int rank, int s)
{
    int pairs = ranks / 2, distance = (s + 1) / 2;
    int up = (rank % 2 == 0) == (s % 2 == 0);
    return tw_shape_around(rank / 2, up ? distance : -distance, pairs);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks, right = (rank % 2 == 0) == (s % 2 == 0);
    int peer = tw_shape_around(rank, right ? 1 : -1, p);
    if (s == 0) {
        out[0] = tw_shape_block(peer, TW_SEND, (uint32_t)rank);
        out[1] = tw_shape_block(peer, TW_RECEIVE_COPY, (uint32_t)peer);
        return 2;
    }
    out[0] = tw_shape_run(peer, TW_SEND, 2 * pair_received(p, rank, s - 1), 2);
    out[1] = tw_shape_run(peer, TW_RECEIVE_COPY, 2 * pair_received(p, rank, s), 2);
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    int pairs = layout->ranks / 2;
    double pair_B = 0;
    for (int i = 0; i < pairs; i++) {
        double both_B = tw_layout_B(layout, 2 * i, 2 * i + 2);
        pair_B = both_B > pair_B ? both_B : pair_B;
    }
    if (pairs == 0)
        return 0;
    return pairs * alpha_s + tw_shape_largest_B(layout) * beta_sB + (pairs - 1) * pair_B * beta_sB;
}

const struct tw_algorithm tw_algorithm_allgather_neighbor_exchange = {
    .member = {.name = "neighbor_exchange",
               .summary = "pairs of blocks go left and right in turn; even numbers of ranks",
               .source = "Chen, Zhang, Yuan and Zhang, HPC Asia 2005",
               .requests = 1U << TW_GATHER},
    .kind = TW_GATHER,
    .one_port = 1,
    .fits = fits,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
