/* Bruck's all-gather: everyone passes on what it has to a rank ever farther away.
 *
 * Bruck, Ho, Kipnis, Upfal, Weathersby: Efficient algorithms for all-to-all communications in
 * multiport message-passing systems, IEEE Transactions on Parallel and Distributed Systems 8(11),
 * 1997. Its final rotation moves data within a rank's memory only; blocks have global names here,
 * so that there is none.
 *
 *   step k of ⌈log2 p⌉:  rank r sends its first c = min(2^k, p − 2^k) blocks r, r+1, … (mod p) to
 *                        r − 2^k and copies as many from r + 2^k
 *
 * Five ranks, what rank 0 copies (the others are shifted):
 *
 *   step 0    from 1: b1
 *   step 1    from 2: b2 b3
 *   step 2    from 4: b4        (the last step brings what is missing)
 *
 * Cost, bound (each step at most the largest message sent in it), exact for equal blocks:
 *   Σ_k (α + β·max over r of the bytes of c blocks from r on)
 * which is ⌈log2 p⌉α + (p−1)bβ for equal blocks of b bytes. Every rank sends ⌈log2 p⌉ messages. */
#include "rank_bits.h"
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return tw_rank_bits_ceil(layout->ranks);
}

static int blocks_sent(int ranks, int s)
{
    int distance = 1 << s;
    return distance < ranks - distance ? distance : ranks - distance;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    int p = layout->ranks, count = blocks_sent(p, s);
    int to = tw_shape_around(rank, -(1 << s), p), from = tw_shape_around(rank, 1 << s, p);
    int pieces = tw_shape_wrapped(layout, to, TW_SEND, rank, count, out);
    return pieces + tw_shape_wrapped(layout, from, TW_RECEIVE_COPY, from, count, out + pieces);
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    (void)gamma_sB; /* nothing is combined */
    int p = layout->ranks;
    double seconds = 0, whole_B = tw_layout_B(layout, 0, p);
    for (int s = 0; s < steps(layout); s++) {
        double most_B = 0;
        for (int r = 0; r < p; r++) {
            int end = r + blocks_sent(p, s);
            double sent_B =
                end <= p ? tw_layout_B(layout, r, end) : whole_B - tw_layout_B(layout, end - p, r);
            most_B = sent_B > most_B ? sent_B : most_B;
        }
        seconds += alpha_s + most_B * beta_sB;
    }
    return seconds;
}

const struct tw_algorithm tw_algorithm_allgather_bruck = {
    .member = {.name = "bruck",
               .summary = "all that a rank has goes ever farther: least steps for any ranks",
               .source = "Bruck et al., IEEE TPDS 8(11), 1997",
               .requests = 1U << TW_GATHER},
    .kind = TW_GATHER,
    .one_port = 1,
    .blocks = tw_shape_by_rank,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_four,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_BOUND,
};
