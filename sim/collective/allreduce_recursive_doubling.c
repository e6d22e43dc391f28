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
#include "rank_bits.h"
#include "schedule.h"

static uint32_t blocks(int ranks, uint64_t count)
{
    (void)ranks;
    (void)count;
    return 1;
}

static int lanes(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

/* Ranks that are left over by the largest power of two. */
static int leftover(int ranks)
{
    return ranks - (1 << tw_rank_bits_floor(ranks));
}

static int steps(const struct tw_layout *layout)
{
    return tw_rank_bits_floor(layout->ranks) + (leftover(layout->ranks) ? 2 : 0);
}

static int pieces_max(const struct tw_layout *layout)
{
    (void)layout;
    return 2;
}

static struct tw_piece whole(int peer, enum tw_action action)
{
    return (struct tw_piece){peer, action, 0, 1, 1};
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int doublings = tw_rank_bits_floor(layout->ranks), rem = leftover(layout->ranks);
    int paired = rank < 2 * rem, folded = paired && rank % 2 == 0;
    int k = rem ? s - 1 : s;
    if (k < 0 || k == doublings) {
        if (!paired)
            return 0;
        int gives = k < 0 ? folded : !folded;
        enum tw_action takes = k < 0 ? TW_RECEIVE_COMBINE : TW_RECEIVE_COPY;
        out[0] = whole(folded ? rank + 1 : rank - 1, gives ? TW_SEND : takes);
        return 1;
    }
    if (folded)
        return 0;
    int partner = (paired ? rank / 2 : rank - rem) ^ (1 << k);
    partner = partner < rem ? 2 * partner + 1 : partner + rem;
    out[0] = whole(partner, TW_SEND);
    out[1] = whole(partner, TW_RECEIVE_COMBINE);
    return 2;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double doublings = tw_rank_bits_floor(layout->ranks), fold = leftover(layout->ranks) ? 1 : 0;
    double whole_B = (double)layout->count * layout->element_B;
    return (doublings + 2 * fold) * (alpha_s + whole_B * beta_sB) +
           (doublings + fold) * whole_B * gamma_sB;
}

const struct tw_algorithm tw_algorithm_allreduce_recursive_doubling = {
    .member = {.name = "recursive_doubling",
               .summary = "partners at doubling distances exchange everything: least steps",
               .source = "Thakur, Rabenseifner and Gropp, IJHPCA 19(1), 2005",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .blocks = blocks,
    .lanes = lanes,
    .steps = steps,
    .pieces_max = pieces_max,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
