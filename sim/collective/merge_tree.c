/* Binomial tree of merges: partial results meet pairwise on the way to rank 0, then the result is
 * broadcast by the same tree.
 *
 * Shi et al.: A Distributed Synchronous SGD Algorithm with Global Top-k Sparsification for Low
 * Bandwidth Networks, ICDCS 2019 (arXiv 1901.04359), whose gTop-k all-reduce it carries.
 *
 * The steps are those of allreduce "binomial", with L = ⌈log2 p⌉: in step k < L every odd multiple
 * of 2^k sends what it holds to the rank 2^k below, which merges it with its own; then the result
 * goes back down. What travels has a name, since no two partials need be of one size:
 *   block r > 0   what rank r sends up
 *   block 0       the result
 *
 * Five ranks (L = 3):
 *
 *   step 0        step 1     step 2     step 3     step 4     step 5
 *   1 -1-> 0      2 -2-> 0   4 -4-> 0   0 -0-> 4   0 -0-> 2   0 -0-> 1
 *   3 -3-> 2                                                  2 -0-> 3
 *
 * Cost, B_s bytes of the largest block of step s: Σ_s (α + B_s·β). Exact for blocks of B bytes
 * each, 2⌈log2 p⌉(α + Bβ); otherwise a bound, since a rank that has little to do goes ahead. What
 * merging takes is the compressor's work and not counted here. */
#include "rank_bits.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return 2 * tw_rank_bits_ceil(layout->ranks);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int levels = tw_rank_bits_ceil(layout->ranks), rising = s < levels;
    int distance = 1 << (rising ? s : 2 * levels - 1 - s);
    if (rank & (distance - 1))
        return 0;
    int child = (rank & distance) != 0, peer = child ? rank - distance : rank + distance;
    if (peer >= layout->ranks)
        return 0;
    uint32_t block = rising ? (uint32_t)(child ? rank : peer) : 0;
    enum tw_action takes = rising ? TW_RECEIVE_COMBINE : TW_RECEIVE_COPY;
    out[0] = tw_shape_block(peer, child == rising ? TW_SEND : takes, block);
    return 1;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double seconds = 0;
    (void)gamma_sB;
    for (int distance = 1; distance < layout->ranks; distance *= 2) {
        uint64_t most = 0;
        for (int child = distance; child < layout->ranks; child += 2 * distance) {
            uint64_t elements = tw_layout_elements(layout, (uint32_t)child);
            most = elements > most ? elements : most;
        }
        most += tw_layout_elements(layout, 0);
        seconds += 2 * alpha_s + (double)most * layout->element_B * beta_sB;
    }
    return seconds;
}

const struct tw_algorithm tw_algorithm_merge_tree = {
    .member = {.name = "tree",
               .summary = "a binomial tree merges towards rank 0 and broadcasts from it",
               .source = "Shi et al., ICDCS 2019, arXiv 1901.04359",
               .requests = 1U << TW_MERGE},
    .kind = TW_MERGE,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_one,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
