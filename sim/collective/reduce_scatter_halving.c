/* Recursive halving: partners exchange halves of what they are still responsible for.
 *
 * Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in MPICH,
 * International Journal of High Performance Computing Applications 19(1), 2005. Ranks beyond a
 * power of two are folded away as in MPICH (fold.h); the partner of a folded rank answers for both
 * blocks.
 *
 * With P' = 2^K and numbers v of the working ranks:
 *   step k = 0 … K−1:  v and v xor P'/2^(k+1) split the numbers that they share; each sends the
 *                      blocks of the other's half and combines those of its own
 *
 * Five ranks (P' = 4, rem = 1; rank 1 is new 0 and has b0 and b1, ranks 2, 3, 4 are new 1, 2, 3):
 *
 *   step 0 fold     step 1 (xor 2)      step 2 (xor 1)      step 3 unfold
 *   0 → 1 b0-4      1 → 3 b3-4          1 → 2 b2            1 → 0 b0
 *                   3 → 1 b0-2          2 → 1 b0-1
 *                   2 → 4 b3-4          3 → 4 b4
 *                   4 → 2 b0-2          4 → 3 b3
 *
 * Cost, exact for unequal blocks too: all numbers that still share blocks are equally far, and the
 * latest (folded) ones are among them. M bytes of everything, |x| bytes of a half:
 *   H(group) = α + β·max(|lo|, |hi|) + max(γ|lo| + H(lo), γ|hi| + H(hi))
 *   H(v alone) = α + βb_{2v} where it has to unfold, else 0
 *   f(α + Mβ + Mγ) + H(all), f = 1 unless p is a power of two
 * which is log2 p·α + (p−1)/p·M(β + γ) for equal blocks on a power of two.
 * Messages sent: 1 by a folded rank, K + 1 by its partner, K by the others. */
#include "fold.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    return fold.bits + (fold.rem ? 2 : 0);
}

/* The first block of number v: those that absorbed a rank have two. v = P' gives all blocks. */
static int first_block(struct tw_fold fold, int v)
{
    return v < fold.rem ? 2 * v : v + fold.rem;
}

static struct tw_piece group(struct tw_fold fold, int v, int size, int peer, enum tw_action action)
{
    int first = first_block(fold, v & ~(size - 1));
    int end = first_block(fold, (v & ~(size - 1)) + size);
    return tw_shape_run(peer, action, first, end - first);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    struct tw_fold fold = tw_fold_of(layout->ranks);
    int k = fold.rem ? s - 1 : s;
    if (k < 0)
        return tw_fold_step(fold, rank, 0, 0, layout->ranks, out);
    if (k == fold.bits)
        return tw_fold_step(fold, rank, 1, rank & ~1, 1, out);
    if (tw_fold_waits(fold, rank))
        return 0;
    int half = 1 << (fold.bits - 1 - k), v = tw_fold_number(fold, rank), w = v ^ half;
    out[0] = group(fold, w, half, tw_fold_rank(fold, w), TW_SEND);
    out[1] = group(fold, v, half, tw_fold_rank(fold, w), TW_RECEIVE_COMBINE);
    return 2;
}

struct constants {
    const struct tw_layout *layout;
    struct tw_fold fold;
    double alpha_s, beta_sB, gamma_sB;
};

/* H of the header for numbers v … v+size−1. */
static double halved_s(const struct constants *c, int v, int size)
{
    if (size == 1)
        return v < c->fold.rem ? c->alpha_s + tw_layout_B(c->layout, 2 * v, 2 * v + 1) * c->beta_sB
                               : 0;
    int half = size / 2, middle = first_block(c->fold, v + half);
    double low_B = tw_layout_B(c->layout, first_block(c->fold, v), middle);
    double high_B = tw_layout_B(c->layout, middle, first_block(c->fold, v + size));
    double low_s = low_B * c->gamma_sB + halved_s(c, v, half);
    double high_s = high_B * c->gamma_sB + halved_s(c, v + half, half);
    return c->alpha_s + (low_B > high_B ? low_B : high_B) * c->beta_sB +
           (low_s > high_s ? low_s : high_s);
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    struct constants c = {layout, tw_fold_of(layout->ranks), alpha_s, beta_sB, gamma_sB};
    double whole_B = (double)layout->count * layout->element_B, folded_s = 0;
    if (c.fold.rem)
        folded_s = alpha_s + whole_B * beta_sB + whole_B * gamma_sB;
    return folded_s + halved_s(&c, 0, 1 << c.fold.bits);
}

const struct tw_algorithm tw_algorithm_reduce_scatter_halving = {
    .member = {.name = "halving",
               .summary = "partners exchange halves of what they still answer for: least steps",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_REDUCE_SCATTER},
    .kind = TW_REDUCE_SCATTER,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
