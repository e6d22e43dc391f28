/* Recursive doubling of merges: partners at distance 1, 2, 4, … exchange what they hold and both
 * merge it.
 *
 * Renggli et al.: SparCML: High-Performance Sparse Communication for Machine Learning, SC 2019
 * (arXiv 1802.08021), where it is the sparse all-reduce of least latency (SSAR_Recursive_double).
 *
 * The steps are those of allreduce "recursive_doubling", fold included: P' = 2^⌊log2 p⌋ ranks
 * double, the rem = p − P' others hand what they have to a neighbour first and get the result last.
 * After k doublings the 2^k ranks of new numbers v with equal v >> k hold one and the same partial,
 * so it has one name:
 *   block 2P' − 2P'/2^k + (v >> k)   what new number v holds after k doublings, k = 0 … log2 P'
 *   block 2P' − 1 + i                what the rank 2i hands over in the fold, i < rem
 * The result (k = log2 P', block 2P' − 2) travels in the unfold only, so without a fold it is none.
 *
 * Five ranks (P' = 4, rem = 1; ranks 1, 2, 3, 4 are new 0, 1, 2, 3; blocks over the arrows):
 *
 *   step 0 fold   step 1 (xor 1)        step 2 (xor 2)        step 3 unfold
 *   0 -7-> 1      1 -0-> 2, 2 -1-> 1    1 -4-> 3, 3 -5-> 1    1 -6-> 0
 *                 3 -2-> 4, 4 -3-> 3    2 -4-> 4, 4 -5-> 2
 *
 * Cost, B_s bytes of the largest block of step s: Σ_s (α + B_s·β). Exact for blocks of B bytes
 * each, (⌊log2 p⌋ + 2f)(α + Bβ) with f = 1 unless p is a power of two; otherwise a bound. For equal
 * blocks never above the tree's, at any α and β. What merging takes is the compressor's work and
 * not counted here. */
#include "fold.h"
#include "shapes.h"

static uint32_t level_start(struct tw_fold fold, int level)
{
    uint32_t twice = 2U << fold.bits;
    return twice - (twice >> level);
}

static uint32_t blocks(const struct tw_layout *layout)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    uint32_t doubled = level_start(fold, fold.bits), folded = (uint32_t)fold.rem;
    if (layout->ranks == 1)
        return 1; /* nothing travels, but a layout has a block */
    return folded ? doubled + 1 + folded : doubled;
}

static int steps(const struct tw_layout *layout)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    return fold.bits + (fold.rem ? 2 : 0);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    struct tw_fold fold = tw_fold_of(layout->ranks);
    int k = fold.rem ? s - 1 : s, result = (int)level_start(fold, fold.bits);
    if (k < 0)
        return tw_fold_step(fold, rank, 0, result + 1 + rank / 2, 1, out);
    if (k == fold.bits)
        return tw_fold_step(fold, rank, 1, result, 1, out);
    if (tw_fold_waits(fold, rank))
        return 0;
    int number = tw_fold_number(fold, rank), other = number ^ (1 << k);
    int partner = tw_fold_rank(fold, other);
    uint32_t first = level_start(fold, k);
    out[0] = tw_shape_block(partner, TW_SEND, first + ((uint32_t)number >> k));
    out[1] = tw_shape_block(partner, TW_RECEIVE_COMBINE, first + ((uint32_t)other >> k));
    return 2;
}

static double largest_B(const struct tw_layout *layout, uint32_t first, uint32_t count)
{
    uint64_t most = 0;
    for (uint32_t b = first; b < first + count; b++) {
        uint64_t elements = tw_layout_elements(layout, b);
        most = elements > most ? elements : most;
    }
    return (double)most * layout->element_B;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    uint32_t result = level_start(fold, fold.bits);
    double seconds = 0;
    (void)gamma_sB;
    for (int k = 0; k < fold.bits; k++)
        seconds +=
            alpha_s + largest_B(layout, level_start(fold, k), 1U << (fold.bits - k)) * beta_sB;
    if (fold.rem)
        seconds += 2 * alpha_s + (largest_B(layout, result, 1) +
                                  largest_B(layout, result + 1, (uint32_t)fold.rem)) *
                                     beta_sB;
    return seconds;
}

const struct tw_algorithm tw_algorithm_merge_recursive_doubling = {
    .member = {.name = "recursive_doubling",
               .summary = "partners at doubling distances exchange partials, both merge: auto",
               .source = "Renggli et al., SC 2019, arXiv 1802.08021",
               .requests = 1U << TW_MERGE},
    .kind = TW_MERGE,
    .one_port = 1,
    .blocks = blocks,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
