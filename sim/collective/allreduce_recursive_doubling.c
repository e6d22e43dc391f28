/* Recursive doubling all-reduce: partners at distance 1, 2, 4, … exchange everything and add.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005.
 *
 * P' = 2^⌊log2 p⌋ ranks double; the rem = p − P' others are folded into a neighbour before and
 * unfolded after, as MPICH and Open MPI do: of the first 2·rem ranks each even one hands its
 * vector to the odd one above it and waits for the result. The doubling ranks are numbered anew,
 * without holes:
 *   new number of r:  r/2 for odd r < 2·rem,  r − rem for r ≥ 2·rem
 *   step k:           new number v exchanges with v xor 2^k; both combine
 *
 * Five ranks (P' = 4, rem = 1; rank 1 is new 0, ranks 2, 3, 4 are new 1, 2, 3):
 *
 *   step 0 fold     step 1 (xor 1)     step 2 (xor 2)     step 3 unfold
 *   0 → 1           1 ↔ 2              1 ↔ 3              1 → 0
 *                   3 ↔ 4              2 ↔ 4
 *
 * Cost, exact, M bytes of the whole vector, f = 1 unless p is a power of two:
 *   (⌊log2 p⌋ + 2f)(α + Mβ) + (⌊log2 p⌋ + f)Mγ
 * Messages sent: 1 by a folded rank, ⌊log2 p⌋ + 1 by its partner, ⌊log2 p⌋ by the others.
 * Partners add the same two numbers in either order, so all ranks end with the same bits. */
#include "fold.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    return fold.bits + (fold.rem ? 2 : 0);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    struct tw_fold fold = tw_fold_of(layout->ranks);
    int k = fold.rem ? s - 1 : s;
    if (k < 0 || k == fold.bits)
        return tw_fold_step(fold, rank, k >= 0, 0, 1, out);
    if (tw_fold_waits(fold, rank))
        return 0;
    int partner = tw_fold_rank(fold, tw_fold_number(fold, rank) ^ (1 << k));
    out[0] = tw_shape_block(partner, TW_SEND, 0);
    out[1] = tw_shape_block(partner, TW_RECEIVE_COMBINE, 0);
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    double doublings = fold.bits, folds = fold.rem ? 1 : 0;
    double whole_B = (double)layout->count * layout->element_B;
    return (doublings + 2 * folds) * (alpha_s + whole_B * beta_sB) +
           (doublings + folds) * whole_B * gamma_sB;
}

const struct tw_algorithm tw_algorithm_allreduce_recursive_doubling = {
    .member = {.name = "recursive_doubling",
               .summary = "partners at doubling distances exchange everything: least steps",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .blocks = tw_shape_whole,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
