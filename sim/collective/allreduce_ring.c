/* Ring all-reduce: a ring reduce-scatter, then a ring all-gather, over as many blocks as ranks.
 *
 * Patarasuk, Yuan: Bandwidth optimal all-reduce algorithms for clusters of workstations, Journal of
 * Parallel and Distributed Computing 69(2), 2009.
 *
 *   step s of the first p−1:   rank r sends block r−s to r+1 and combines block r−s−1 from r−1
 *   step t of the second p−1:  rank r sends block r+1−t to r+1 and copies block r−t from r−1
 *
 * Five ranks; the block that each rank sends to its right neighbour:
 *
 *                 reduce-scatter            all-gather
 *   step          0   1   2   3             4   5   6   7
 *   rank 0 → 1    b0  b4  b3  b2            b1  b0  b4  b3
 *   rank 1 → 2    b1  b0  b4  b3            b2  b1  b0  b4
 *   rank 2 → 3    b2  b1  b0  b4            b3  b2  b1  b0
 *   rank 3 → 4    b3  b2  b1  b0            b4  b3  b2  b1
 *   rank 4 → 0    b4  b3  b2  b1            b0  b4  b3  b2
 *
 * After step 3 rank r holds the finished block r+1.
 *
 * Cost, exact, with b bytes in the largest block ⌈n/p⌉ (that block moves in every step):
 *   2(p−1)(α + bβ) + (p−1)bγ
 * Fewer elements than ranks leave blocks empty; they are sent all the same and cost α.
 * Every rank sends 2(p−1) messages. */
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return 2 * (layout->ranks - 1);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks, gathering = s >= p - 1;
    int sent = gathering ? rank + 1 - (s - (p - 1)) : rank - s;
    sent = sent < 0 ? sent + p : sent >= p ? sent - p : sent;
    int received = sent == 0 ? p - 1 : sent - 1;
    int right = rank + 1 == p ? 0 : rank + 1, left = rank == 0 ? p - 1 : rank - 1;
    out[0] = (struct tw_piece){right, TW_SEND, (uint32_t)sent, 1, 1};
    out[1] = (struct tw_piece){left, gathering ? TW_RECEIVE_COPY : TW_RECEIVE_COMBINE,
                               (uint32_t)received, 1, 1};
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double hops = layout->ranks - 1, largest_B = tw_shape_largest_B(layout);
    return 2 * hops * (alpha_s + largest_B * beta_sB) + hops * largest_B * gamma_sB;
}

const struct tw_algorithm tw_algorithm_allreduce_ring = {
    .member = {.name = "ring",
               .summary = "reduce-scatter and all-gather around a ring: least bytes, most steps",
               .source = "Patarasuk and Yuan, J. Parallel Distrib. Comput. 69(2), 2009",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
