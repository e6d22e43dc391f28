/* Recursive doubling all-gather: partners at distance 1, 2, 4, … exchange all that they have.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005. For powers of two
 * only, as there and in Open MPI; other numbers of ranks are refused.
 *
 *   step k of log2 p:  rank r and r xor 2^k exchange the blocks of their groups of 2^k ranks
 *
 * Four ranks:
 *
 *   step 0 (xor 1)            step 1 (xor 2)
 *   0 ↔ 1  b0 against b1      0 ↔ 2, 1 ↔ 3  b0-1 against b2-3
 *   2 ↔ 3  b2 against b3
 *
 * Cost, exact for unequal blocks too: the ranks of a group are equally far. |x| bytes of a group:
 *   G(group) = max(G(lo), G(hi)) + α + β·max(|lo|, |hi|),  G(a rank alone) = 0
 * which is log2 p·α + (p−1)bβ for equal blocks of b bytes. Every rank sends log2 p messages. */
#include "rank_bits.h"
#include "shapes.h"

static int fits(const struct tw_layout *layout)
{
    return (layout->ranks & (layout->ranks - 1)) == 0;
}

static int steps(const struct tw_layout *layout)
{
    return tw_rank_bits_floor(layout->ranks);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)layout;
    (void)lane;
    int size = 1 << s, peer = rank ^ size;
    out[0] = tw_shape_run(peer, TW_SEND, rank & ~(size - 1), size);
    out[1] = tw_shape_run(peer, TW_RECEIVE_COPY, peer & ~(size - 1), size);
    return 2;
}

/* G of the header for ranks r … r+size−1. */
static double gathered_s(const struct tw_layout *layout, int r, int size, double alpha_s,
                         double beta_sB)
{
    if (size == 1)
        return 0;
    int middle = r + size / 2;
    double low_B = tw_layout_B(layout, r, middle), high_B = tw_layout_B(layout, middle, r + size);
    double low_s = gathered_s(layout, r, size / 2, alpha_s, beta_sB);
    double high_s = gathered_s(layout, middle, size / 2, alpha_s, beta_sB);
    return (low_s > high_s ? low_s : high_s) + alpha_s +
           (low_B > high_B ? low_B : high_B) * beta_sB;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    return gathered_s(layout, 0, layout->ranks, alpha_s, beta_sB);
}

const struct tw_algorithm tw_algorithm_allgather_recursive_doubling = {
    .member = {.name = "recursive_doubling",
               .summary = "partners exchange all they have; powers of two, blocks may be unequal",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
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
    .cost_kind = TW_COST_EXACT,
};
