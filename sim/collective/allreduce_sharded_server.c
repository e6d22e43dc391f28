/* Sharded parameter servers: every rank serves a share of the parameters, beside its own work.
 *
 * Li, Andersen, Park, Smola, Ahmed, Josifovski, Long, Shekita, Su: Scaling distributed machine
 * learning with the parameter server, OSDI 2014; here with as many servers as workers, on the same
 * ranks, waiting for all (synchronous).
 *
 *   step 0:  rank r sends block q to every other rank q and combines block r from each, nearest
 * above first: r+1, r+2, … (mod p) step 1:  rank r sends block r to every other rank q and copies
 * block q from each
 *
 * Three ranks:
 *
 *   step 0   0 → 1 b1, 0 → 2 b2      1 → 2 b2, 1 → 0 b0      2 → 0 b0, 2 → 1 b1
 *   step 1   0 → 1 b0, 0 → 2 b0      1 → 2 b1, 1 → 0 b1      2 → 0 b2, 2 → 1 b2
 *
 * Cost, exact where a rank's p−1 messages share its link fairly, b bytes of the largest block:
 *   2(α + (p−1)bβ) + (p−1)bγ
 * The same bytes one message after the other are reduce_scatter pairwise and an all-gather, with
 * 2(p−1)α. Not one-port: max-plus refuses it, and `auto` does not choose it (incast, see
 * allreduce_parameter_server.c). */
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return layout->ranks == 1 ? 0 : 2;
}

static int pieces_max(const struct tw_layout *layout)
{
    return 2 * (layout->ranks - 1);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks;
    for (int d = 1; d < p; d++) {
        int q = tw_shape_around(rank, d, p);
        uint32_t mine = (uint32_t)rank, its = (uint32_t)q;
        out[d - 1] = tw_shape_block(q, TW_SEND, s == 0 ? its : mine);
        out[p + d - 2] =
            tw_shape_block(q, s == 0 ? TW_RECEIVE_COMBINE : TW_RECEIVE_COPY, s == 0 ? mine : its);
    }
    return 2 * (p - 1);
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double others_B = (layout->ranks - 1) * tw_shape_largest_B(layout);
    return steps(layout) * (alpha_s + others_B * beta_sB) + others_B * gamma_sB;
}

const struct tw_algorithm tw_algorithm_allreduce_sharded_server = {
    .member = {.name = "sharded_server",
               .summary = "every rank is the parameter server of a share, all at once",
               .source = "Li et al., OSDI 2014",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 0,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = pieces_max,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
