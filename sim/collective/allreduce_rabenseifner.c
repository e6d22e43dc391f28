/* Rabenseifner's all-reduce: halves are exchanged until every rank has summed one block, then the
 * blocks are gathered the same way back. Least bytes in logarithmically many steps.
 *
 * Rabenseifner: Optimization of collective reduction operations, ICCS 2004, LNCS 3036; as in
 * Thakur, Rabenseifner, Gropp, International Journal of High Performance Computing Applications
 * 19(1), 2005: vector halving with distance doubling, ranks beyond a power of two folded away
 * (fold.h).
 *
 * With P' = 2^K, numbers v of the working ranks and P' blocks; a rank starts with the range of all:
 *   step k = 0 … K−1:       v and v xor 2^k cut their common range in halves; bit k of v clear
 * keeps the lower one; each sends the other's half and combines its own step K+j, k = K−1−j:    v
 * and v xor 2^k exchange what they kept in step k, and copy it
 *
 * Five ranks (P' = 4, rem = 1; rank 1 is new 0, ranks 2, 3, 4 are new 1, 2, 3):
 *
 *   step 0 fold    step 1 (xor 1)     step 2 (xor 2)   step 3 (xor 2)   step 4 (xor 1)     step 5
 *   0 → 1 b0-3     1 → 2 b2-3         1 → 3 b1         1 → 3 b0         1 → 2 b0-1         1 → 0
 *                  2 → 1 b0-1         3 → 1 b0         3 → 1 b1         2 → 1 b2-3           b0-3
 *                  3 → 4 b2-3         2 → 4 b3         2 → 4 b2         3 → 4 b0-1
 *                  4 → 3 b0-1         4 → 2 b2         4 → 2 b3         4 → 3 b2-3
 *
 * Cost, exact: new number 0 enters last and has the largest half in every step. M bytes of the
 * whole, B_k of the first P'/2^k blocks, f = 1 unless p is a power of two: Σ_{k=1…K} (2(α + B_kβ) +
 * B_kγ) + f(2(α + Mβ) + Mγ) which is (2K + 2f)α + (2(P'−1)/P' + 2f)Mβ + ((P'−1)/P' + f)Mγ when P'
 * divides the elements. Messages sent: 1 by a folded rank, 2K + 1 by its partner, 2K by the others.
 */
#include "fold.h"
#include "shapes.h"

static uint32_t blocks(const struct tw_layout *layout)
{
    return 1U << tw_rank_bits_floor(layout->ranks);
}

static int steps(const struct tw_layout *layout)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    return 2 * fold.bits + (fold.rem ? 2 : 0);
}

/* The blocks that number v has kept after `halvings`. */
static struct tw_piece kept(struct tw_fold fold, int v, int halvings, int peer,
                            enum tw_action action)
{
    int first = 0, count = 1 << fold.bits;
    for (int k = 0; k < halvings; k++) {
        count /= 2;
        first += v >> k & 1 ? count : 0;
    }
    return tw_shape_run(peer, action, first, count);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    struct tw_fold fold = tw_fold_of(layout->ranks);
    int t = fold.rem ? s - 1 : s;
    if (t < 0 || t == 2 * fold.bits)
        return tw_fold_step(fold, rank, t >= 0, 0, (int)layout->blocks, out);
    if (tw_fold_waits(fold, rank))
        return 0;
    int gathering = t >= fold.bits, k = gathering ? 2 * fold.bits - 1 - t : t;
    int v = tw_fold_number(fold, rank), w = v ^ (1 << k), peer = tw_fold_rank(fold, w);
    out[0] = kept(fold, gathering ? v : w, k + 1, peer, TW_SEND);
    out[1] = kept(fold, gathering ? w : v, k + 1, peer,
                  gathering ? TW_RECEIVE_COPY : TW_RECEIVE_COMBINE);
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    struct tw_fold fold = tw_fold_of(layout->ranks);
    int all = (int)layout->blocks;
    double whole_B = tw_layout_B(layout, 0, all), seconds = 0;
    if (fold.rem)
        seconds = 2 * (alpha_s + whole_B * beta_sB) + whole_B * gamma_sB;
    for (int half = all / 2; half > 0; half /= 2) {
        double half_B = tw_layout_B(layout, 0, half);
        seconds += 2 * (alpha_s + half_B * beta_sB) + half_B * gamma_sB;
    }
    return seconds;
}

const struct tw_algorithm tw_algorithm_allreduce_rabenseifner = {
    .member = {.name = "rabenseifner",
               .summary = "halves exchanged there and back: least bytes in few steps",
               .source = "Rabenseifner, ICCS 2004; Thakur et al., IJHPCA 19(1), 2005",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .blocks = blocks,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
